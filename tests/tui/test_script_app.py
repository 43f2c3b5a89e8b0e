"""The app around a script, on a script that only says what the test wants."""

from __future__ import annotations

import math
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from threading import Event

import pytest
from support.fake_source import FakeSource, make_trial, make_view
from textual.pilot import Pilot

from tui_tuner.engine.view import SearchSource, SearchState, TrialState
from tui_tuner.errors import TunerError
from tui_tuner.interop.script_messages import Activity, ScriptMessage, SearchBegan, SearchEnded
from tui_tuner.tui.choices import Choices
from tui_tuner.tui.memory import Memory
from tui_tuner.tui.screens.question import Question
from tui_tuner.tui.screens.script_output import ScriptOutput
from tui_tuner.tui.screens.script_search import ScriptSearchScreen
from tui_tuner.tui.script_app import ScriptApp
from tui_tuner.tui.state import Leave

DEADLINE_S = 10.0


class FakeScript:
    """A script's process that says what it is told to say."""

    def __init__(self) -> None:
        self.started = time.time()
        self.exit_code: int | None = None
        self.said: list[ScriptMessage] = []
        self.over = Event()
        self.interrupted = 0
        self.killed = 0

    def say(self, *messages: ScriptMessage) -> None:
        self.said += messages

    def end(self, exit_code: int = 0) -> None:
        self.exit_code = exit_code
        self.over.set()

    def messages(self) -> list[ScriptMessage]:
        said, self.said = self.said, []
        return said

    def interrupt(self) -> None:
        self.interrupted += 1

    def kill(self) -> None:
        self.killed += 1
        self.end(137)

    def wait(self, released: Callable[[], bool]) -> None:
        while not released() and not self.over.wait(0.01):
            pass


class Running:
    """The app under test."""

    def __init__(self, app: ScriptApp, pilot: Pilot[Leave], script: FakeScript) -> None:
        self.app = app
        self.pilot = pilot
        self.script = script

    async def until(self, condition: Callable[[], object]) -> None:
        deadline = time.monotonic() + DEADLINE_S
        while not condition():
            assert time.monotonic() < deadline, "the condition never held"
            await self.pilot.pause(0.01)

    async def press(self, *keys: str) -> None:
        """Press keys once what is on top was drawn: sooner, they would be meant for what was there before."""
        await self.until(lambda: not math.isinf(self.app.type_ahead._in_sight_from))
        await self.pilot.press(*keys)

    async def begin(self, root: str, *, overwrite: bool = False) -> None:
        """The script begins a search, and its panes are shown."""
        self.script.say(SearchBegan(root, overwrite))
        await self.until(lambda: isinstance(self.app.screen, ScriptSearchScreen) and self.app.screen is self.app.search)
        await self.until(lambda: self.app.search is not None and self.app.search.state is not None)

    @property
    def shows_output(self) -> bool:
        return isinstance(self.app.screen, ScriptOutput)


Sources = dict[str, FakeSource]


@pytest.fixture
def sources() -> Sources:
    """What there is to open, by the search's name."""
    return {name: FakeSource(make_view([make_trial(0)])) for name in ("one", "two", "three")}


@asynccontextmanager
async def running(
    tmp_path: Path, sources: Sources, again: Callable[[], FakeScript] | None = None, *, quiet: bool = False
) -> AsyncIterator[Running]:
    def open_source(root: Path) -> SearchSource:
        if root.name not in sources:
            raise TunerError(f"{root}: there is no search [here].")
        return sources[root.name]

    def start_again() -> FakeScript:
        assert again is not None
        return again()

    log = tmp_path / "script.log"
    log.write_text("it begins\n")
    script = FakeScript()
    app = ScriptApp("script.py", log, script, start_again, open_source, quiet=quiet)
    async with app.run_test(size=(120, 40)) as pilot:
        found = Running(app, pilot, script)
        await found.until(lambda: app.output.lines)
        yield found
        script.end()


async def test_it_says_what_the_script_is_busy_with(tmp_path: Path, sources: Sources) -> None:
    async with running(tmp_path, sources) as now:
        assert now.app.output.lines == ["it begins"]
        assert "before its first search" in now.app.output.text
        now.script.say(Activity("importing tensorflow"))
        await now.until(lambda: "importing tensorflow" in now.app.output.text)
        now.script.say(Activity(""))
        await now.until(lambda: "importing" not in now.app.output.text)


async def test_each_search_gets_a_screen_and_the_screens_of_earlier_ones_go(tmp_path: Path, sources: Sources) -> None:
    async with running(tmp_path, sources) as now:
        screens = []
        for name in ("one", "two", "three"):
            await now.begin(name)
            assert now.app.search is not None
            screens.append(now.app.search)
            now.script.say(SearchEnded(name))
            await now.until(lambda: now.shows_output)
        await now.until(lambda: not screens[0].is_attached and not screens[1].is_attached)
        assert screens[2].is_attached
        await now.press("o")
        await now.until(lambda: now.app.screen is screens[2])
        assert [root.name for root in now.app.sources] == ["one", "two", "three"]


async def test_a_question_is_not_taken_away_when_the_search_ends(tmp_path: Path, sources: Sources) -> None:
    async with running(tmp_path, sources) as now:
        await now.begin("one")
        await now.press("q")
        await now.until(lambda: isinstance(now.app.screen, Question))
        now.script.say(SearchEnded("one"), SearchBegan("two", False))
        await now.until(lambda: not now.script.said)
        await now.pilot.pause()
        assert isinstance(now.app.screen, Question)
        await now.press("escape")
        await now.until(lambda: now.app.screen is now.app.search)
        assert [root.name for root in now.app.sources] == ["one", "two"]


async def test_a_search_that_cannot_be_opened_is_told(tmp_path: Path, sources: Sources) -> None:
    async with running(tmp_path, sources) as now:
        now.script.say(SearchBegan("nowhere", False))
        await now.until(lambda: any("no search [here]" in note.message for note in now.app._notifications))
        assert now.shows_output


async def test_stopping_waits_for_the_script_and_killing_does_not(tmp_path: Path, sources: Sources) -> None:
    async with running(tmp_path, sources) as now:
        await now.begin("one")
        await now.press("q", "s")
        await now.until(lambda: now.script.interrupted == 1)
        await now.until(lambda: now.shows_output and "stopping" in now.app.output.text)
        await now.press("q")
        await now.until(lambda: isinstance(now.app.screen, Question))
        await now.press("k")
        await now.until(lambda: now.script.killed == 1)
        await now.until(lambda: now.app.return_value is Leave.STOPPED)


@pytest.mark.parametrize("key", ["h"])
async def test_leaving_it_running_does_nothing_to_the_script(tmp_path: Path, sources: Sources, key: str) -> None:
    async with running(tmp_path, sources) as now:
        await now.press("q")
        await now.until(lambda: isinstance(now.app.screen, Question))
        await now.press(key)
        await now.until(lambda: now.app.return_value is Leave.HEADLESS)
        assert (now.script.interrupted, now.script.killed) == (0, 0)


@pytest.mark.parametrize("search", ["", "one"])
async def test_d_leaves_it_running_at_once(tmp_path: Path, sources: Sources, search: str) -> None:
    async with running(tmp_path, sources) as now:
        if search:
            await now.begin(search)
        await now.press("d")
        await now.until(lambda: now.app.return_value is Leave.HEADLESS)
        assert (now.script.interrupted, now.script.killed) == (0, 0)


async def test_a_script_that_is_over_is_left_without_a_question(tmp_path: Path, sources: Sources) -> None:
    async with running(tmp_path, sources) as now:
        now.script.end(3)
        await now.until(lambda: "ended with exit code 3" in now.app.output.text)
        await now.press("q")
        await now.until(lambda: now.app.return_value is Leave.FINISHED)


async def test_a_script_that_has_just_ended_is_left_without_a_question(tmp_path: Path, sources: Sources) -> None:
    async with running(tmp_path, sources) as now:
        now.script.exit_code = 0  # the thread that waits for it has not heard of it
        await now.until(lambda: "✓ ended" in now.app.output.text)
        await now.press("q")
        await now.until(lambda: now.app.return_value is Leave.FINISHED)


async def test_a_question_about_a_script_goes_away_when_that_ends(tmp_path: Path, sources: Sources) -> None:
    async with running(tmp_path, sources) as now:
        await now.press("q")
        await now.until(lambda: isinstance(now.app.screen, Question))
        now.script.end(0)
        await now.until(lambda: not isinstance(now.app.screen, Question))
        assert now.app.return_value is None
        await now.until(lambda: "ended" in now.app.output.text)


async def test_r_runs_the_script_again_after_its_search_was_stopped(tmp_path: Path, sources: Sources) -> None:
    second = FakeScript()
    async with running(tmp_path, sources, lambda: second) as now:
        await now.begin("one")
        await now.press("r")  # nothing to resume: it runs
        sources["one"].put(state=SearchState.STOPPED, run_started=None)
        now.script.say(SearchEnded("one"))
        await now.until(lambda: now.shows_output)
        await now.press("r")  # the script still runs
        assert now.app.process is now.script
        now.script.end()
        await now.until(lambda: "search stopped" in now.app.output.text and not now.app.output.situation.driving)
        await now.press("r")
        await now.until(lambda: now.app.process is second)
        await now.until(lambda: "● running" in now.app.output.text)
        sources["one"].put(state=SearchState.RUNNING, run_started=1.0)
        second.say(SearchBegan("one", False))
        await now.until(lambda: isinstance(now.app.screen, ScriptSearchScreen))
        second.end()
        await now.until(lambda: now.shows_output)


async def test_r_does_not_run_a_script_that_would_delete_its_search(tmp_path: Path, sources: Sources) -> None:
    async with running(tmp_path, sources) as now:
        await now.begin("one", overwrite=True)
        sources["one"].put(state=SearchState.STOPPED, run_started=None)
        now.script.say(SearchEnded("one"))
        now.script.end()
        await now.until(lambda: not now.app.output.situation.driving)
        await now.press("r")
        await now.until(lambda: any("overwrite=True" in note.message for note in now.app._notifications))
        assert now.app.process is now.script


async def test_help_and_palette_work_on_the_output(tmp_path: Path, sources: Sources) -> None:
    async with running(tmp_path, sources) as now:
        await now.press("question_mark")
        await now.until(lambda: len(now.app.screen_stack) == 2)
        await now.press("escape")
        await now.until(lambda: now.shows_output)
        titles = [command.title for command in now.app.get_system_commands(now.app.screen)]
        assert "Theme" in titles
        assert "Leave; a running search can be stopped or left running" in titles
        assert "Show the next metric's curves" not in titles


async def test_a_person_who_looks_elsewhere_is_told_of_each_search(
    tmp_path: Path, sources: Sources, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    written: list[str] = []
    monkeypatch.setattr(ScriptApp, "tell_terminal", lambda _, text: written.append(text))
    async with running(tmp_path, sources) as now:
        for name in ("one", "two"):
            written.clear()
            await now.begin(name)
            await now.until(lambda: any(text.startswith("\x1b]2;") for text in written))
            sources[name].put_trial(make_trial(1, TrialState.FAILED, message="no memory"))
            await now.until(lambda: any("trial 0001 failed: no memory" in text for text in written))
        titles = {command.title for command in now.app.get_system_commands(now.app.screen)}
        assert "No notifications" in titles


async def test_quiet_holds_for_every_search_of_a_script(tmp_path: Path, sources: Sources) -> None:
    async with running(tmp_path, sources, quiet=True) as now:
        await now.begin("one")
        await now.begin("two")
        assert now.app.herald.quiet


async def test_what_was_seen_and_chosen_of_a_scripts_search_is_kept(tmp_path: Path, sources: Sources) -> None:
    async with running(tmp_path, sources) as now:
        await now.begin("one")
        await now.press("H", "d")
        await now.until(lambda: now.app.return_value is Leave.HEADLESS)
    assert Memory(Path("one"), time.time).recall() is not None
    assert Choices(Path("one")).read("hardware") != {}
