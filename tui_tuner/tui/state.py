"""What the screen shows at one moment, beyond the snapshot itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from tui_tuner.engine.view import SearchState, SearchView, TrialState, TrialView
from tui_tuner.tui.trial_colours import assign


class Leave(StrEnum):
    """Why the app was left; what `TunerApp.run()` returns."""

    FINISHED = "finished"
    """The search was over, or belongs to nobody here, and the user quit."""
    STOPPED = "stopped"
    """The user stopped the search on leaving; it has reached its end state."""
    HEADLESS = "headless"
    """The search goes on without the app."""
    HANGUP = "hangup"
    """The terminal went away; nothing can be written to it any more."""
    TERMINATED = "terminated"
    """SIGTERM: the process is asked to end."""


@dataclass(frozen=True)
class ScreenState:
    """What every pane is given.

    Args:
        state: The search's state as it is shown: what the user has just asked for counts as done.
        word: The state in a word: `running`, or `pausing` while the engine has not answered yet.
        shown: The trial whose curves and log are shown, if there is one.
        following: Whether that is the running trial by default, not the user's choice.
        skipping: Trials that the user has asked to skip.
        label: `attached`, `read-only`, or empty.
        read_only: Whether the search is only looked at.
        marked: The trials that the user has marked, in that order, each with its colour (a theme variable).
    """

    view: SearchView
    state: SearchState
    word: str
    shown: TrialView | None
    following: bool
    skipping: frozenset[str] = frozenset()
    label: str = ""
    read_only: bool = False
    marked: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Selection:
    """Which trial's details are shown: the one that the user chose, else the one to follow; and which are marked."""

    chosen: str | None = None
    marked: Mapping[str, str] = field(default_factory=dict)

    def mark(self, trial_ids: Sequence[str]) -> None:
        """Mark these trials and no others; each keeps its colour as long as it is marked."""
        self.marked = assign(list(dict.fromkeys(trial_ids)), self.marked)

    @property
    def following(self) -> bool:
        return self.chosen is None

    def choose(self, trial_id: str) -> None:
        self.chosen = trial_id

    def follow(self) -> None:
        self.chosen = None

    def resolve(self, view: SearchView, previous: TrialView | None) -> TrialView | None:
        """The trial to show.

        While following: the running trial, and as long as it runs the same one; between trials the one that was shown
        last; in a search that is over the best one. Failing all these, the newest.
        """
        if self.chosen is not None:
            trial = view.trials.get(self.chosen)
            if trial is not None:
                return trial
        last = view.trials.get(previous.trial_id) if previous is not None else None
        if last is not None and last.status is TrialState.RUNNING:
            return last
        newest = running = None
        for newest in view.trials.values():
            if newest.status is TrialState.RUNNING:
                running = newest
        if running is not None:
            return running
        return (last or view.best or newest) if view.state.is_live else (view.best or last or newest)
