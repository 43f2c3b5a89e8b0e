"""The app on a search that is over: what each key does to the moment that is shown."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from support.filmed_search import Filmed
from support.running_app import App
from support.terminal import Terminal

from tui_tuner.engine.commands import Command, CommandKind
from tui_tuner.engine.replay import ReplaySource
from tui_tuner.engine.view import SearchState, TrialState
from tui_tuner.tui.actions import ACTIONS, SCOPES
from tui_tuner.tui.actions.search import GROUP as STEERING
from tui_tuner.tui.app import TunerApp
from tui_tuner.tui.screens.help import HelpScreen
from tui_tuner.tui.screens.replay import SPEEDS, ReplayScreen


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A search of five trials, with a pause by hand and failures."""
    root = tmp_path_factory.mktemp("replay") / "[red]search[/red]"
    Filmed(root, seed=5).run({8: Command(CommandKind.PAUSE)})
    return root


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class Replaying(App):
    """A running replay."""

    replay: ReplaySource
    clock: Clock

    @property
    def scrub(self) -> str:
        return str(self.pane("scrub").shown.plain)


@asynccontextmanager
async def replaying(root: Path, *, size: tuple[int, int] = (160, 45)) -> AsyncIterator[Replaying]:
    clock = Clock()
    source = ReplaySource(root, clock=clock)
    app = TunerApp(source, drive=None, read_only=True, label="replay", clock=source.now, screen=ReplayScreen)
    async with app.run_test(size=size) as pilot:
        found = Replaying(app, pilot, source)  # type: ignore[arg-type]
        found.replay, found.clock = source, clock
        await found.until(lambda: app.search.state is not None)
        yield found
    source.close()


async def test_space_plays_and_holds(finished: Path) -> None:
    async with replaying(finished) as app:
        assert "❚❚" in app.scrub
        await app.press("space")
        assert app.replay.playing
        assert "▶" in app.scrub
        before = app.replay.now()
        half_s = (app.replay.end_s - before) / 2  # the search may have taken a few hundredths of a second
        app.clock.now += half_s / 60
        assert app.replay.now() - before == pytest.approx(half_s, abs=1e-5)
        await app.press("space")
        await app.until(lambda: not app.replay.playing)
        await app.until(lambda: "❚❚" in app.scrub)


async def test_help_and_quit_are_offered_also_on_80_columns(finished: Path) -> None:
    async with replaying(finished, size=(80, 24)) as app:
        await app.until(lambda: "space Play" in app.text.splitlines()[-1])
        assert "? Help" in app.text.splitlines()[-1]
        assert "q Quit" in app.text.splitlines()[-1]


async def test_it_plays_to_the_end_and_shows_it(finished: Path) -> None:
    async with replaying(finished) as app:
        assert "starting" in app.header
        assert "replay" in app.header
        await app.press("space")
        app.clock.now += 3600.0
        await app.poll()
        assert "✓ completed" in app.header
        assert "❚❚" in app.scrub
        assert len(app.pane("leaderboard").keys) == 5


async def test_plus_and_minus_change_the_speed_within_its_limits(finished: Path) -> None:
    async with replaying(finished) as app:
        await app.press("plus")
        assert app.replay.speed == 120.0
        assert "120x" in app.scrub
        await app.press(*["minus"] * len(SPEEDS))
        assert app.replay.speed == 1.0
        await app.press(*["plus"] * len(SPEEDS))
        assert app.replay.speed == 1000.0
        assert "1000x" in app.scrub


async def test_it_steps_by_one_thing_that_happened(finished: Path) -> None:
    async with replaying(finished) as app:
        await app.press("space", "full_stop", "full_stop")
        assert (app.replay.position, app.replay.playing) == (3, False)
        assert "3 of " in app.scrub
        await app.press("comma")
        assert app.replay.position == 2


async def test_it_goes_from_trial_to_trial(finished: Path) -> None:
    async with replaying(finished) as app:
        await app.press("greater_than_sign")
        assert [trial.status for trial in app.replay.poll().trials.values()] == [TrialState.RUNNING]
        await app.until(lambda: len(app.pane("leaderboard").keys) == 1)
        began = app.replay.position
        await app.press("greater_than_sign", "less_than_sign")
        assert app.replay.position == began


async def test_it_goes_from_mark_to_mark(finished: Path) -> None:
    async with replaying(finished) as app:
        marks = [mark.position for mark in app.replay.marks]
        assert len(marks) > 2
        for position in marks:
            await app.press("right_square_bracket")
            assert app.replay.position == position
        await app.press("right_square_bracket")
        assert app.replay.position == marks[-1]
        for position in reversed(marks[:-1]):
            await app.press("left_square_bracket")
            assert app.replay.position == position
        await app.press("left_square_bracket")
        assert app.replay.position == marks[0]


async def test_it_goes_to_the_end_and_to_the_beginning(finished: Path) -> None:
    async with replaying(finished) as app:
        await app.press("E")
        assert app.replay.at_end
        assert app.screen.state is not None
        assert app.screen.state.state is SearchState.COMPLETED
        assert app.scrub.count("★") >= 1
        assert "✎" in app.scrub
        await app.press("B")
        assert app.replay.position == 1
        assert "starting" in app.header
        await app.until(lambda: len(app.pane("leaderboard").keys) == 0)


async def test_a_click_on_the_bar_goes_there(finished: Path) -> None:
    async with replaying(finished) as app:
        bar = app.pane("scrub")
        start = app.scrub.index("●")
        width = len(app.scrub[start:].split("  ")[0])
        await app.pilot.click("#scrub", offset=(start + width, 0))  # the padding is one cell
        assert app.replay.position == app.replay.timeline.end
        await app.pilot.click("#scrub", offset=(start + 1 + width // 2, 0))
        assert abs(app.replay.position - app.replay.timeline.end / 2) < app.replay.timeline.end / width + 1
        await app.pilot.click("#scrub", offset=(2, 0))
        assert app.replay.position > 1
        assert bar.size.height == 1


async def test_nothing_is_steered(finished: Path) -> None:
    async with replaying(finished) as app:
        await app.press("greater_than_sign")
        for action in ACTIONS:
            if action.group == STEERING:
                assert not action.available(app.screen.situation)
        await app.press("x", "s", "S", "P", "e", "R", "n", "b", "r", "d")
        assert not app.has_dialog
        assert not app.app._notifications
        footer = app.text.splitlines()[-1]
        assert "space Play" in footer
        assert "Pause" not in footer
        await app.press("question_mark")
        assert isinstance(app.app.screen, HelpScreen)
        await app.pilot.pause()
        assert "Go on by one event or epoch." in app.text
        assert "Cut off the running trials" not in app.text


@pytest.mark.parametrize("size", [(160, 45), (80, 24), (60, 20), (30, 10)])
async def test_the_bar_fits_its_line(finished: Path, size: tuple[int, int]) -> None:
    async with replaying(finished, size=size) as app:
        await app.press("E")
        await app.pilot.pause()
        assert "●" in app.scrub
        assert app.pane("scrub").shown.cell_length <= size[0] - 2


def test_no_pane_takes_a_key_of_the_replay_away() -> None:
    keys = {key for action in SCOPES["replay"] for key in action.keys.split(",")}
    for scope in ("leaderboard", "curves", "space", "best", "log"):
        for action in SCOPES[scope]:
            assert keys.isdisjoint(action.keys.split(",")), f"{scope} binds {action.id} to a key of the replay"


def test_the_command_replays_a_search_in_a_terminal(finished: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tui_tuner.cli", "replay", str(finished), "--speed", "1000"]
    with Terminal(command, size=(100, 30), env={"XDG_STATE_HOME": str(tmp_path)}) as terminal:
        terminal.until("✓ completed")
        assert "replay" in terminal.text
        terminal.press("q")
        assert terminal.until_exit() == 0
        assert terminal.is_restored
