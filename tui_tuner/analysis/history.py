"""How a search went: each trial's score in the order of creation, and the best until then."""

from __future__ import annotations

import math
from dataclasses import dataclass

from tui_tuner.analysis.downsample import Point
from tui_tuner.analysis.ranking import has_rank
from tui_tuner.engine.view import SearchView, TrialState


@dataclass(frozen=True)
class History:
    """By trial, from 1.

    Args:
        completed: The trials that compete, with their scores.
        violating: Completed ones that violate a constraint.
        stopped: Those that were ended early, with the score that they had.
        best: The best competing score until then: a line of steps.
        infinite: Completed ones whose score is infinite: no place shows it.
        unscored: Trials that failed, or whose score is no number.
    """

    completed: tuple[Point, ...]
    violating: tuple[Point, ...]
    stopped: tuple[Point, ...]
    best: tuple[Point, ...]
    infinite: tuple[int, ...]
    unscored: tuple[int, ...]


def history(view: SearchView) -> History:
    """The history of a search."""
    completed: list[Point] = []
    violating: list[Point] = []
    stopped: list[Point] = []
    best: list[Point] = []
    infinite: list[int] = []
    unscored: list[int] = []
    last = 0.0
    for trial in view.trials.values():
        x, score = trial.number + 1.0, trial.score
        if trial.status in (TrialState.COMPLETED, TrialState.STOPPED) and score is not None and math.isfinite(score):
            if trial.status is TrialState.STOPPED:
                stopped.append((x, score))
                continue
            if not has_rank(trial):
                violating.append((x, score))
                continue
            completed.append((x, score))
            if not best or view.objective.better(score, best[-1][1]):
                best += [(x, best[-1][1])] if best else []
                best.append((x, score))
            last = x
        elif trial.status is TrialState.COMPLETED and score is not None and math.isinf(score):
            infinite.append(trial.number + 1)
        elif trial.status is TrialState.FAILED or trial.status is TrialState.COMPLETED:
            unscored.append(trial.number + 1)
    if best and last > best[-1][0]:
        best.append((last, best[-1][1]))
    return History(tuple(completed), tuple(violating), tuple(stopped), tuple(best), tuple(infinite), tuple(unscored))
