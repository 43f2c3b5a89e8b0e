"""The order of the leaderboard."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

from tui_tuner.analysis.fields import Value
from tui_tuner.engine.view import SearchView, TrialState, TrialView

_GROUPS = {
    TrialState.RUNNING: 0,
    TrialState.COMPLETED: 1,
    TrialState.STOPPED: 3,
    TrialState.INTERRUPTED: 4,
    TrialState.INVALID: 5,
    TrialState.FAILED: 6,
}
_INFEASIBLE = 2
_LAST = 6


def ranked(view: SearchView) -> list[TrialView]:
    """All trials, the ones to look at first on top.

    Running trials come first, in the order of their start, so that what changes stays in one place; then the completed
    ones, best score first; then completed ones that violate a constraint, then the stopped ones, best first; then those
    that will be run again; at the very end failed trials and those whose score is NaN or missing. Equal scores keep the
    order of creation. So the competing trials (`has_rank`) stand in one block, right after the running ones.
    """
    maximise = view.objective.direction == "max"
    return sorted(view.trials.values(), key=lambda trial: _key(trial, maximise))


def _key(trial: TrialView, maximise: bool) -> tuple[int, float, int]:
    status = trial.status
    group = _GROUPS[status]
    score = trial.score
    if status is TrialState.COMPLETED and not trial.is_feasible:
        group = _INFEASIBLE
    if status is TrialState.COMPLETED or status is TrialState.STOPPED:
        if score is None or math.isnan(score):
            group, score = _LAST, 0.0
        elif maximise:
            score = -score
    else:
        score = 0.0
    return group, score, trial.number


def has_rank(trial: TrialView) -> bool:
    """Whether the trial competes: completed, with a score that is a number, and within all constraints."""
    return (
        trial.is_feasible
        and trial.status is TrialState.COMPLETED
        and trial.score is not None
        and not math.isnan(trial.score)
    )


def scored_trials(view: SearchView) -> list[TrialView]:
    """The completed trials with a finite score, in the order of creation: those whose scores compare.

    A trial that was stopped early has a score of fewer epochs.
    """
    return [trial for trial in view.trials.values() if has_rank(trial) and math.isfinite(trial.score or 0.0)]


def ranks(trials: Iterable[TrialView]) -> dict[str, int]:
    """By trial id, the place of each competing trial, from 1.

    Args:
        trials: As `ranked` orders them.
    """
    return {trial.trial_id: place for place, trial in enumerate(filter(has_rank, trials), start=1)}


def ordered(trials: Iterable[TrialView], value: Callable[[TrialView], Value], *, descending: bool) -> list[TrialView]:
    """Trials by one of their values: numbers before texts, equal ones in the order of creation.

    Whichever way, these come last: trials that lack the value or whose value is NaN; then the stopped ones, those that
    will be run again, failed ones and those whose score is NaN or missing.
    """
    present: dict[int, list[tuple[tuple[bool, float, str], TrialView]]] = {}
    absent: dict[int, list[TrialView]] = {}
    for trial in sorted(trials, key=lambda trial: trial.number):
        group = max(1, _key(trial, maximise=False)[0])  # running ones compete with what they have
        key = _sortable(value(trial))
        if key is None:
            absent.setdefault(group, []).append(trial)
        else:
            present.setdefault(group, []).append((key, trial))
    found: list[TrialView] = []
    for group in sorted({*present, *absent}):
        # A reversed sort keeps the order of equals too.
        present.get(group, []).sort(key=lambda pair: pair[0], reverse=descending)
        found += [trial for _, trial in present.get(group, [])]
        found += absent.get(group, [])
    return found


def _sortable(value: Value) -> tuple[bool, float, str] | None:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, str):
        return True, 0.0, value.casefold()
    return False, value, ""
