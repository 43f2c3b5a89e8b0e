"""How far a search and its trials are, and how long the rest will take."""

from __future__ import annotations

from dataclasses import dataclass

from tui_tuner.analysis.remaining import AtWork, remaining_s
from tui_tuner.engine.view import SearchState, SearchView, TrialState, TrialView

_WAITING = (TrialState.INTERRUPTED, TrialState.INVALID)
"""Trials that will be run again."""


@dataclass(frozen=True)
class SearchProgress:
    """How far a search is.

    Args:
        ended: Trials that are over for good: completed, stopped or failed.
        running: Trials at work now.
        total: Trials that the search wants, or `None` for no limit.
        fraction: Share of the trials or of the time budget that is used up, whichever is more, running trials included,
            from 0 to 1; `None` without a limit.
    """

    ended: int
    running: int
    total: int | None
    fraction: float | None

    @property
    def current(self) -> int:
        """The k of "trial k of n": trials that are over or at work."""
        return self.ended + self.running


def search_progress(view: SearchView, now: float | None = None) -> SearchProgress:
    """Count the trials of a search.

    Args:
        now: Seconds since the epoch; without it the time budget is left out.
    """
    ended = running = 0
    partial = 0.0
    for trial in view.trials.values():
        if trial.status is TrialState.RUNNING:
            running += 1
            partial += trial_fraction(trial) or 0.0
        elif trial.status not in _WAITING:
            ended += 1
    fraction = None
    if view.state is SearchState.COMPLETED:
        fraction = 1.0
    elif view.max_trials:
        fraction = min(1.0, (ended + partial) / view.max_trials)
    if now is not None and view.max_time_s and view.state is not SearchState.COMPLETED:
        fraction = max(fraction or 0.0, min(1.0, view.elapsed_s(now) / view.max_time_s))
    return SearchProgress(ended, running, view.max_trials, fraction)


def epochs_done(trial: TrialView) -> tuple[int, int | None]:
    """Epochs that a running trial has finished in all its executions, and how many it will train, if known."""
    planned = trial.planned_epochs
    last = trial.last_epoch
    done = 0 if last is None else last.epoch + 1 + last.execution * (planned or 0)
    return done, None if planned is None else planned * max(1, trial.executions)


def trial_fraction(trial: TrialView) -> float | None:
    """Share of its epochs that a running trial has finished, from 0 to 1; `None` if their number is unknown."""
    done, planned = epochs_done(trial)
    return min(1.0, done / planned) if planned else None


def preparing_worker(view: SearchView) -> str:
    """The worker that loads the data and builds the first model before there are trials; empty if there is none."""
    if view.trials or not view.state.is_live:
        return ""
    return next((worker.name for worker in view.workers if worker.activity), "")


def eta_s(view: SearchView, now: float) -> float | None:
    """Seconds until the search is over, or `None` where that cannot be said.

    As long as the trials that are left will take on the workers there are, or shall be (see `remaining_s`); a time
    budget that ends before is what counts.

    Args:
        now: Seconds since the epoch.
    """
    return TimeLeft(view).left_s(now)


class TimeLeft:
    """What the time left follows from: it looks at all trials of a snapshot once, and tells it for any moment."""

    def __init__(self, view: SearchView) -> None:
        self.view = view
        self._durations: list[float] = []
        self._running: list[TrialView] = []
        self._ended = 0
        for trial in view.trials.values():
            if trial.status is TrialState.RUNNING:
                self._running.append(trial)
            elif trial.status not in _WAITING:
                self._ended += 1
                if trial.duration_s is not None:
                    self._durations.append(trial.duration_s)

    def left_s(self, now: float) -> float | None:
        """As `eta_s`."""
        view = self.view
        if view.state is not SearchState.RUNNING:
            return None
        by_time = None if view.max_time_s is None else max(0.0, view.max_time_s - view.elapsed_s(now))
        return min((left for left in (self._by_trials_s(now), by_time) if left is not None), default=None)

    def _by_trials_s(self, now: float) -> float | None:
        """Seconds until all trials were run, as long as they take."""
        view = self.view
        if not view.max_trials or not self._durations:
            return None
        running = [AtWork(view.lasted_s(trial, now) or 0.0, _own_left_s(trial, now)) for trial in self._running]
        waiting = max(0, view.max_trials - self._ended - len(running))
        return remaining_s(self._durations, running, waiting, view.wanted_workers or len(view.workers))


def _own_left_s(trial: TrialView, now: float) -> float | None:
    """What the remaining epochs of a running trial take if they are as fast as the last one.

    Not what it took until now, divided by its epochs: it may have been held by a pause, or have begun where an earlier
    training stood.
    """
    done, planned = epochs_done(trial)
    last = trial.last_epoch
    if last is None or planned is None:
        return None
    return (planned - done) * last.duration_s - max(0.0, now - last.time)
