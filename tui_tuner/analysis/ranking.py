"""The order of the leaderboard."""

from __future__ import annotations

import math

from tui_tuner.engine.view import SearchView, TrialState, TrialView

_GROUPS = {
    TrialState.RUNNING: 0,
    TrialState.COMPLETED: 1,
    TrialState.STOPPED: 2,
    TrialState.INTERRUPTED: 3,
    TrialState.INVALID: 4,
    TrialState.FAILED: 5,
}
_LAST = 5


def ranked(view: SearchView) -> list[TrialView]:
    """All trials, the ones to look at first on top.

    Running trials come first, in the order of their start, so that what changes stays in one place; then the completed
    ones, best score first; then the stopped ones, best first; then those that will be run again; at the very end
    failed trials and those whose score is NaN or missing. Equal scores keep the order of creation. So the competing
    trials (`has_rank`) stand in one block, right after the running ones.
    """
    maximise = view.objective.direction == "max"
    return sorted(view.trials.values(), key=lambda trial: _key(trial, maximise))


def _key(trial: TrialView, maximise: bool) -> tuple[int, float, int]:
    status = trial.status
    group = _GROUPS[status]
    score = trial.score
    if status is TrialState.COMPLETED or status is TrialState.STOPPED:
        if score is None or math.isnan(score):
            group, score = _LAST, 0.0
        elif maximise:
            score = -score
    else:
        score = 0.0
    return group, score, trial.number


def has_rank(trial: TrialView) -> bool:
    """Whether the trial competes: completed, with a score that is a number."""
    return trial.status is TrialState.COMPLETED and trial.score is not None and not math.isnan(trial.score)


def scored_trials(view: SearchView) -> list[TrialView]:
    """The completed trials with a finite score, in the order of creation: those whose scores compare.

    A trial that was stopped early has a score of fewer epochs.
    """
    return [trial for trial in view.trials.values() if has_rank(trial) and math.isfinite(trial.score or 0.0)]
