"""The front of a search for several objectives: the trials that no other one beats in all of them."""

from __future__ import annotations

import math
from collections.abc import Sequence

from tui_tuner.analysis.ranking import has_rank
from tui_tuner.engine.view import Objective, SearchView, TrialView


def objectives(view: SearchView) -> tuple[Objective, ...]:
    """All that is optimised; the first one is the score."""
    return (view.objective, *view.other_objectives)


def values_of(trial: TrialView) -> tuple[float, ...]:
    """What a trial came to in each objective; NaN where that is not known."""
    return (math.nan if trial.score is None else trial.score, *trial.other_scores)


def pareto_front(view: SearchView) -> list[TrialView]:
    """The competing trials (`has_rank`) that no other one dominates, by score, best first; none if there is one
    objective only.

    A trial dominates another if it is as good in all objectives, and better in one. Equal ones are on the front
    together. A trial of which a value is missing or NaN is not.
    """
    if not view.other_objectives:
        return []
    signs = [1.0 if objective.direction == "min" else -1.0 for objective in objectives(view)]
    known: list[tuple[tuple[float, ...], TrialView]] = []
    for trial in view.trials.values():
        values = values_of(trial)
        if has_rank(trial) and len(values) == len(signs) and not any(map(math.isnan, values)):
            known.append((tuple(sign * value for sign, value in zip(signs, values, strict=True)), trial))
    known.sort(key=lambda pair: (pair[0], pair[1].number))
    front: list[tuple[tuple[float, ...], TrialView]] = []
    for values, trial in known:  # in this order, only one before can dominate it
        if not any(_dominates(other, values) for other, _ in front):
            front.append((values, trial))
    return [trial for _, trial in front]


def _dominates(one: Sequence[float], other: Sequence[float]) -> bool:
    return one != other and all(a <= b for a, b in zip(one, other, strict=True))
