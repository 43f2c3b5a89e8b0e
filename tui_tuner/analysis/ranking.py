"""The order of the leaderboard."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from operator import itemgetter
from typing import TYPE_CHECKING

from tui_tuner.engine.view import SearchView, TrialState, TrialView

if TYPE_CHECKING:
    from tui_tuner.analysis.fields import Value

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
COMPETING = 1
"""The group of the trials that compete."""


def ranked(view: SearchView) -> list[TrialView]:
    """All trials, the ones to look at first on top.

    Running trials come first, in the order of their start, so that what changes stays in one place; then the completed
    ones, best score first; then completed ones that violate a constraint, then the stopped ones, best first; then those
    that will be run again; at the very end failed trials and those whose score is NaN or missing. Equal scores keep the
    order of creation. So the competing trials (`has_rank`) stand in one block, right after the running ones.
    """
    maximise = view.objective.direction == "max"
    return sorted(view.trials.values(), key=lambda trial: sort_key(trial, maximise))


def sort_key(trial: TrialView, maximise: bool) -> tuple[int, float, int]:
    """What `ranked` sorts by: first the group, of which 1 is the competing trials."""
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


def best_of_each(view: SearchView) -> list[TrialView]:
    """The competing trials, best first, of each configuration the best one: one that goes on with another, or runs it
    again with another seed, says nothing of a further configuration."""
    found: dict[str, TrialView] = {}
    for trial in ranked(view):
        if has_rank(trial):
            found.setdefault(_first_of(trial, view), trial)
    return list(found.values())


def _first_of(trial: TrialView, view: SearchView) -> str:
    """The trial that was the first of its configuration."""
    seen: set[str] = set()
    while trial.trial_id not in seen:
        seen.add(trial.trial_id)
        before = view.trials.get(trial.rerun_of or trial.continues)
        if before is None:
            break
        trial = before
    return trial.trial_id


def scored_trials(view: SearchView) -> list[TrialView]:
    """The completed trials with a finite score, in the order of creation: those whose scores compare.

    A trial that was stopped early has a score of fewer epochs.
    """
    return [trial for trial in view.trials.values() if has_rank(trial) and math.isfinite(trial.score or 0.0)]


def judged_trials(view: SearchView) -> list[TrialView]:
    """The scored trials, best first, and after them those that were stopped early, best first."""
    maximise = view.objective.direction == "max"
    stopped = [
        trial
        for trial in view.trials.values()
        if trial.status is TrialState.STOPPED and trial.score is not None and math.isfinite(trial.score)
    ]
    return sorted((*scored_trials(view), *stopped), key=lambda trial: sort_key(trial, maximise))


def ordered(
    trials: Iterable[TrialView],
    value: Callable[[TrialView], Value],
    *,
    descending: bool,
    group: Callable[[TrialView], int] | None = None,
) -> list[TrialView]:
    """Trials by one of their values: numbers before texts, equal ones as they are given.

    Whichever way, these come last: trials that lack the value or whose value is NaN; then the stopped ones, those that
    will be run again, failed ones and those whose score is NaN or missing.

    Args:
        group: What `sort_group` says, for those who know it already.
    """
    group = group or sort_group
    groups: dict[int, _Group] = {}
    for trial in trials:
        number = group(trial)
        into = groups.get(number)
        if into is None:
            into = groups[number] = _Group()
        key = value(trial)
        if isinstance(key, str):
            into.texts.append((key.casefold(), trial))
        elif key is None or key != key:  # NaN
            into.absent.append(trial)
        else:
            into.numbers.append((key, trial))
    return [trial for _, into in sorted(groups.items()) for trial in into.in_order(descending)]


def sort_group(trial: TrialView) -> int:
    """Which trials stand together however they are sorted, and in which order: from 1, those that compete."""
    return sort_key(trial, maximise=False)[0] or COMPETING  # running ones compete with what they have


class _Group:
    """Trials that are sorted among each other."""

    def __init__(self) -> None:
        self.numbers: list[tuple[float, TrialView]] = []
        self.texts: list[tuple[str, TrialView]] = []
        self.absent: list[TrialView] = []

    def in_order(self, descending: bool) -> list[TrialView]:
        # A reversed sort keeps the order of equals too.
        self.numbers.sort(key=itemgetter(0), reverse=descending)
        self.texts.sort(key=itemgetter(0), reverse=descending)
        numbers, texts = ([trial for _, trial in pairs] for pairs in (self.numbers, self.texts))
        return [*texts, *numbers, *self.absent] if descending else [*numbers, *texts, *self.absent]
