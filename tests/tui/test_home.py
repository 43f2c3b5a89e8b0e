"""The list of searches: what each key does, and what it shows of searches with any name."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from support.small_searches import make_search
from support.terminal import Terminal
from textual import events
from textual.pilot import Pilot

from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.engine.lock import EngineLock
from tui_tuner.engine.view import SearchState
from tui_tuner.system import recent
from tui_tuner.tui.home_app import HomeApp
from tui_tuner.tui.screens.compare_searches import CompareSearches
from tui_tuner.tui.screens.help import HelpScreen
from tui_tuner.tui.screens.home import ChoiceKind, HomeChoice
from tui_tuner.tui.screens.question import Question
from tui_tuner.tui.state import Leave

HOSTILE = "[red]bad[/red]\x1b[31m \u202eabc " + "x" * 300


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state"


class Home:
    """A running list."""

    def __init__(self, app: HomeApp, pilot: Pilot[Leave]) -> None:
        self.app = app
        self.pilot = pilot
        self.searches = app.home.searches
        self.new = app.home.new

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    async def until(self, condition: Callable[[], object]) -> None:
        for _ in range(2000):
            if condition():
                return
            await self.pilot.pause(0.01)
        raise AssertionError("the condition never held")

    @property
    def focused(self) -> str | None:
        """The id of the list with the focus."""
        return None if self.app.focused is None else self.app.focused.id

    @property
    def names(self) -> list[str]:
        return [Path(key).name for key in self.searches.keys]

    @property
    def text(self) -> str:
        strips = self.app.screen._compositor.render_strips()
        return "\n".join("".join(segment.text for segment in strip) for strip in strips)

    @property
    def footer(self) -> str:
        return self.text.splitlines()[-1]


@asynccontextmanager
async def home(
    here: Path, *, searches: int = 1, size: tuple[int, int] = (160, 45), notice: str = ""
) -> AsyncIterator[Home]:
    app = HomeApp(here, notice=notice)
    async with app.run_test(size=size) as pilot:
        found = Home(app, pilot)
        await found.until(lambda: found.new.keys and len(found.searches.keys) == searches)
        await pilot.pause()
        yield found


async def test_it_lists_the_searches_here_and_those_that_were_opened_elsewhere(tmp_path: Path) -> None:
    make_search(tmp_path / "here" / "near", (0.5, 0.81234))
    recent.remember(make_search(tmp_path / "elsewhere" / "far", ()))
    recent.remember(tmp_path / "gone")
    async with home(tmp_path / "here", searches=2, size=(280, 45)) as app:
        assert sorted(app.names) == ["far", "near"]
        (near,) = (line for line in app.text.splitlines() if line.startswith("│    near "))
        for part in ("✓ completed", "0.8123", "val_accuracy", "2 of 10", "▁█", "now"):
            assert part in near
        (far,) = (line for line in app.text.splitlines() if line.startswith("│    far "))
        assert "—" in far
        assert str(tmp_path / "elsewhere" / "far") in far
        assert "2 searches" in app.text


async def test_a_search_that_is_begun_meanwhile_appears(tmp_path: Path) -> None:
    make_search(tmp_path / "one")
    clock = [1_000_000.0]
    app = HomeApp(tmp_path, clock=lambda: clock[0])
    async with app.run_test(size=(160, 45)) as pilot:
        shown = Home(app, pilot)
        await shown.until(lambda: shown.names == ["one"])
        make_search(tmp_path / "two")
        clock[0] += 60.0
        app._look()
        await shown.until(lambda: sorted(shown.names) == ["one", "two"])


async def test_help_and_quit_are_offered_also_on_80_columns(tmp_path: Path) -> None:
    make_search(tmp_path / "one")
    async with home(tmp_path, size=(80, 24)) as app:
        bar = app.text.splitlines()[-1]
        assert "enter Open" in bar
        assert "? Help" in bar
        assert "q Quit" in bar


async def test_what_runs_comes_first_and_is_counted(tmp_path: Path) -> None:
    make_search(tmp_path / "over")
    lock = EngineLock(SearchDirectory(make_search(tmp_path / "running", state=SearchState.RUNNING)).lock)
    lock.acquire()
    make_search(tmp_path / "a_later_one")
    async with home(tmp_path, searches=3) as app:
        assert app.names[0] == "running"
        assert "● 1 running" in app.text
        await app.press("r")
        assert app.app.choice is None
        await app.press("D")
        assert not isinstance(app.app.screen, Question)
    lock.release()


@pytest.mark.parametrize(
    ("key", "kind"),
    [("enter", ChoiceKind.OPEN), ("w", ChoiceKind.WATCH), ("p", ChoiceKind.REPLAY), ("r", ChoiceKind.RESUME)],
)
async def test_a_key_chooses_what_becomes_of_the_search(tmp_path: Path, key: str, kind: ChoiceKind) -> None:
    make_search(tmp_path / "one", state=SearchState.STOPPED)
    two = make_search(tmp_path / "two", state=SearchState.STOPPED)
    async with home(tmp_path, searches=2) as app:
        if app.searches.cursor_key != str(two):
            await app.press("down")
        await app.press(key)
        assert app.app.choice == HomeChoice(kind, two)


async def test_a_search_that_is_complete_is_not_resumed(tmp_path: Path) -> None:
    make_search(tmp_path / "one")
    async with home(tmp_path) as app:
        await app.press("r")
        assert app.app.choice is None


async def test_what_can_be_started_is_started(tmp_path: Path) -> None:
    make_search(tmp_path / "one")
    (tmp_path / "mine.yaml").write_text("model: dense\nsearch: {}\n")
    async with home(tmp_path) as app:
        await app.press("n")
        assert app.focused == "new"
        assert "enter Start" in app.footer
        assert "Resume" not in app.footer
        await app.press("down", "enter")
        assert app.app.choice == HomeChoice(ChoiceKind.RUN, tmp_path / "mine.yaml")


async def test_without_searches_the_demo_is_a_key_away(tmp_path: Path) -> None:
    async with home(tmp_path, searches=0) as app:
        assert "None here yet" in app.text
        await app.until(lambda: app.focused == "new")
        await app.press("enter")
        assert app.app.choice is not None
        assert app.app.choice.kind is ChoiceKind.DEMO


async def test_tab_goes_to_the_other_list_and_back(tmp_path: Path) -> None:
    make_search(tmp_path / "one")
    async with home(tmp_path) as app:
        assert app.focused == "searches"
        await app.press("tab")
        assert app.focused == "new"
        await app.press("tab")
        assert app.focused == "searches"


async def test_a_search_is_deleted_only_after_a_question(tmp_path: Path) -> None:
    one = make_search(tmp_path / "one")
    (one / "final").mkdir()
    recent.remember(one)
    async with home(tmp_path) as app:
        await app.press("D")
        assert isinstance(app.app.screen, Question)
        await app.pilot.pause()
        assert "3 trials, its final model, one. There is no way back." in app.text
        await app.press("enter")  # what is offered first keeps it
        assert one.exists()
        await app.press("D", "escape")
        assert one.exists()
        await app.press("D", "y")
        assert not one.exists()
        assert recent.remembered() == []
        assert not app.searches.keys


async def test_two_answers_at_once_are_one(tmp_path: Path) -> None:
    one = make_search(tmp_path / "one")
    recent.remember(one)
    async with home(tmp_path) as app:
        await app.press("D")
        for _ in range(2):
            app.app.post_message(events.Key("n", "n"))
        await app.until(lambda: app.app.screen is app.app.home)
        await app.pilot.pause()
        assert app.app.is_running
        assert one.exists()


async def test_what_was_left_of_a_deleted_search_is_told(tmp_path: Path) -> None:
    one = make_search(tmp_path / "one")
    (one / "[b]thesis.tex").touch()
    async with home(tmp_path) as app:
        await app.press("D", "y")
        await app.pilot.pause()
        (told,) = app.app._notifications
        assert "[b]thesis.tex" in told.message
        assert (one / "[b]thesis.tex").exists()


async def test_marked_searches_are_compared(tmp_path: Path) -> None:
    make_search(tmp_path / "one", (0.5,), values={"units": 8, "layers": 2})
    make_search(tmp_path / "two", (0.75, None), values={"units": 64, "layers": 2, "[b]lr": 1e-4})
    async with home(tmp_path, searches=2) as app:
        await app.press("c")
        assert not isinstance(app.app.screen, CompareSearches)
        await app.press("space", "down", "space", "c")
        screen = app.app.screen
        assert isinstance(screen, CompareSearches)
        await app.until(lambda: "units" in screen.text)
        for part in ("one", "two", "0.5000", "0.7500", "[b]lr", "1e-4", "64"):
            assert part in screen.text
        await app.press("escape", "space")
        assert len(app.searches.marked) == 1


@pytest.mark.parametrize("width", [160, 60])
async def test_compared_searches_of_one_name_are_told_apart_by_their_folders(tmp_path: Path, width: int) -> None:
    make_search(tmp_path / "searches" / "a_long_name_of_a_search_1", name="titanic")
    make_search(tmp_path / "searches" / "a_long_name_of_a_search_2", name="titanic")
    async with home(tmp_path, searches=2, size=(width, 24)) as app:
        await app.press("space", "down", "space", "c")
        screen = app.app.screen
        assert isinstance(screen, CompareSearches)
        await app.until(lambda: "folder" in screen.text)
        row = next(line for line in screen.text.splitlines() if line.startswith("folder"))
        shown = row.removeprefix("folder").split()
        assert len(set(shown)) == 2
        assert all(text[:-1].endswith("a_search_") for text in shown)


async def test_different_objectives_are_not_compared_in_silence(tmp_path: Path) -> None:
    make_search(tmp_path / "one")
    make_search(tmp_path / "two", objective="val_loss")
    async with home(tmp_path, searches=2) as app:
        await app.press("space", "down", "space", "c")
        screen = app.app.screen
        assert isinstance(screen, CompareSearches)
        await app.until(lambda: "Their objectives differ" in screen.text)


@pytest.mark.parametrize("size", [(160, 45), (80, 24), (60, 20), (20, 8)])
async def test_any_name_is_shown_as_text(tmp_path: Path, size: tuple[int, int]) -> None:
    make_search(tmp_path / "[red]dir", name=HOSTILE, objective="[b]acc\x1b[0m", values={HOSTILE: HOSTILE})
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "search.db").write_text("hello")
    async with home(tmp_path, searches=2, size=size) as app:
        assert "\x1b" not in app.text
        assert "\u202e" not in app.text
        await app.press("space", "down", "space", "c")
        await app.pilot.pause()
        assert "\x1b" not in app.text
        if size[0] >= 80:
            assert "[red]bad[/red]" in app.text


async def test_a_broken_search_says_why_when_it_is_opened(tmp_path: Path) -> None:
    (tmp_path / "search.db").write_text("hello")
    async with home(tmp_path) as app:
        assert "✗ unreadable" in app.text
        await app.press("enter")
        await app.pilot.pause()
        (told,) = app.app._notifications
        assert "cannot be opened as a search" in told.message
        assert app.app.choice is None


async def test_help_and_quitting(tmp_path: Path) -> None:
    async with home(tmp_path, searches=0) as app:
        await app.press("question_mark")
        assert isinstance(app.app.screen, HelpScreen)
        await app.pilot.pause()
        assert "Delete the search, after a question." in app.text
        await app.press("escape", "q")
        assert app.app.choice is None
        assert app.app.return_value is Leave.FINISHED


async def test_what_went_wrong_before_is_told(tmp_path: Path) -> None:
    async with home(tmp_path, searches=0, notice="[b]no such file") as app:
        await app.pilot.pause()
        (told,) = app.app._notifications
        assert told.message == "[b]no such file"


def test_from_the_list_into_a_search_and_back(tmp_path: Path) -> None:
    make_search(tmp_path / "one", state=SearchState.COMPLETED)
    command = [sys.executable, "-m", "tui_tuner.cli"]
    with Terminal(command, size=(120, 36), cwd=tmp_path) as terminal:
        terminal.until("1 search")
        terminal.until("callbacks.yaml")
        terminal.press("enter")
        terminal.until("Leaderboard")
        terminal.press("q")
        terminal.until("1 search")
        terminal.press("q")
        assert terminal.until_exit() == 0
        assert terminal.is_restored
    assert recent.remembered() == [tmp_path / "one"]


def test_a_mistake_leads_back_to_the_list(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("model: dense\nsearch: {tunre: random}\n")
    command = [sys.executable, "-m", "tui_tuner.cli"]
    with Terminal(command, size=(120, 36), cwd=tmp_path) as terminal:
        terminal.until("mine.yaml")
        terminal.press("down")
        terminal.until("mine.yaml")
        terminal.press("enter")
        terminal.until("tunre")
        terminal.press("q")
        assert terminal.until_exit() == 0


def test_a_demo_is_started_left_running_and_found_again(tmp_path: Path) -> None:
    (tmp_path / "tmp").mkdir()
    env = {"TMPDIR": str(tmp_path / "tmp")}
    command = [sys.executable, "-m", "tui_tuner.cli"]
    with Terminal(command, size=(120, 36), cwd=tmp_path, env=env) as terminal:
        terminal.until("What a search looks like")
        terminal.press("enter")
        terminal.until("● running")
        assert "demo: the training is made up" in terminal.text
        terminal.press("q")
        terminal.until("Leave it running")
        terminal.press("h")
        assert terminal.until_exit() == 0
        assert terminal.is_restored
    with Terminal(command, size=(120, 36), cwd=tmp_path, env=env) as terminal:
        terminal.until("1 search")
        terminal.until("demo (made-up training)")
        terminal.press("enter")
        terminal.until("attached")
        terminal.press("S")
        terminal.until("Stop the search now?")
        terminal.press("y")
        terminal.until("■ stopped")
        terminal.press("r")  # from the list of searches a stopped search is gone on with where it is shown
        terminal.until("● running")
        terminal.press("q")
        terminal.until("Stop it and quit")
        terminal.press("s")
        terminal.until("1 search")
        terminal.press("q")
        assert terminal.until_exit() == 0
