"""Screens that cover a search's own."""

from __future__ import annotations

from collections.abc import Iterable

from support.fake_source import FakeSource, make_trial, make_view
from support.running_app import running
from textual.widget import Widget
from textual.widgets import Static

from tui_tuner.engine.view import TrialState
from tui_tuner.tui.screens.over_search import OverSearch
from tui_tuner.tui.state import ScreenState


class Counting(OverSearch):
    """Shows how many trials there are and which are marked."""

    scope = "trial"

    def body(self) -> Iterable[Widget]:
        yield Static("", id="count")

    def show(self, state: ScreenState) -> None:
        self.query_one("#count", Static).update(f"{len(state.view.trials)} trials, marked {', '.join(state.marked)}")

    @property
    def said(self) -> str:
        return str(self.query_one("#count", Static).content)


def two_trials() -> FakeSource:
    return FakeSource(make_view([make_trial(0), make_trial(1, TrialState.RUNNING, done=4)]))


async def test_it_is_kept_up_to_date_and_the_panes_catch_up_when_it_is_closed() -> None:
    source = two_trials()
    async with running(source) as app:
        over = Counting()
        app.screen.open_over(over)
        await app.until(lambda: over.is_mounted and over.said.startswith("2 trials"))
        source.put(trials={trial.trial_id: trial for trial in map(make_trial, range(5))})
        app.screen.poll()
        await app.until(lambda: over.said.startswith("5 trials"))
        assert len(app.pane("leaderboard").keys) == 2
        await app.press("escape")
        await app.until(lambda: not app.has_dialog and len(app.pane("leaderboard").keys) == 5)


async def test_what_is_marked_is_known_to_it() -> None:
    async with running(two_trials()) as app:
        over = Counting()
        app.screen.open_over(over)
        await app.until(lambda: over.is_mounted and over.said)
        app.screen.mark(["1", "0"])
        await app.until(lambda: over.said.endswith("marked 1, 0"))
