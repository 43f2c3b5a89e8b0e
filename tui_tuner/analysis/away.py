"""While you were away: what has happened in a search since a person last looked."""

from __future__ import annotations

from dataclasses import dataclass

from tui_tuner.analysis.failures import failures
from tui_tuner.analysis.progress import eta_s
from tui_tuner.analysis.ranking import has_rank
from tui_tuner.engine.causes import Cause
from tui_tuner.engine.view import SearchState, SearchView, TrialState, TrialView

GLANCE_S = 15.0
"""Who looked so short a time ago, or looks from another terminal, was not away."""


@dataclass(frozen=True)
class LastSeen:
    """Up to where a person has seen a search.

    Args:
        seq: Sequence number of the last event.
        time: When, in seconds since the epoch.
        state: The state that was shown.
        created: When the search was begun: another one may take its place in the directory.
    """

    seq: int
    time: float
    state: SearchState
    created: float | None


@dataclass(frozen=True)
class Away:
    """What has happened.

    Args:
        away_s: For how long nobody looked, in seconds.
        completed: Trials that have completed.
        stopped: Trials that were ended early, by a person or a pruner.
        causes: Why trials have failed, the most frequent cause first.
        state_before: The state of then, if it is another one now.
        best_before: The best trial of then.
        best: The best trial now, if it is another one.
        eta_s: Seconds until the search is over, if that can be said.
    """

    away_s: float
    completed: int
    stopped: int
    causes: tuple[Cause, ...]
    state_before: SearchState | None
    best_before: TrialView | None
    best: TrialView | None
    eta_s: float | None

    @property
    def failed(self) -> int:
        """Trials that have failed."""
        return sum(len(cause.trial_ids) for cause in self.causes)

    @property
    def ended(self) -> int:
        """Trials that are over for good."""
        return self.completed + self.stopped + self.failed


def while_away(view: SearchView, last: LastSeen, now: float) -> Away | None:
    """What a person has missed; `None` if no trial has ended since and the state is what it was.

    That the search is being started is no news: who opens it has done that. A glance away is no absence.

    Args:
        now: Seconds since the epoch.
    """
    if view.created != last.created or view.seq <= last.seq or abs(now - last.time) < GLANCE_S:
        return None
    ended = [trial.status for trial in view.trials.values() if trial.seq > last.seq]
    completed, stopped = ended.count(TrialState.COMPLETED), ended.count(TrialState.STOPPED)
    causes = tuple(failures(view, last.seq))
    changed = view.state is not SearchState.STARTING and view.state is not _settled(last.state)
    if not (completed or stopped or causes or changed):
        return None
    before = _best_before(view, last.seq)
    best = view.best
    return Away(
        away_s=max(0.0, now - last.time),
        completed=completed,
        stopped=stopped,
        causes=causes,
        state_before=last.state if changed else None,
        best_before=before,
        best=best if best is not before else None,
        eta_s=eta_s(view, now),
    )


def _settled(state: SearchState) -> SearchState:
    """The state, but a search that starts is as good as one that runs."""
    return SearchState.RUNNING if state is SearchState.STARTING else state


def _best_before(view: SearchView, seq: int) -> TrialView | None:
    """The best of the trials that have not changed since an event."""
    best: TrialView | None = None
    for trial in view.trials.values():
        if trial.seq > seq or not has_rank(trial) or trial.score is None:
            continue
        if best is None or best.score is None or view.objective.better(trial.score, best.score):
            best = trial
    return best
