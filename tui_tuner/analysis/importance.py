"""How much each hyperparameter matters for good scores.

The method is that of PED-ANOVA (Watanabe, Bansal and Hutter, 2023, "PED-ANOVA: Efficiently Quantifying Hyperparameter
Importance in Arbitrary Subspaces"): a hyperparameter matters as far as its values among the best trials are distributed
differently from its values among all trials of a region, by the Pearson divergence of the two densities. The region is
the better half, so that an axis on which only hopeless trials differ does not count.

What is our own: a hyperparameter with conditions is judged among the trials in which it is active, and counts by how
often it is active among the better half; and what equally many trials drawn at random would show by chance is taken
off, because there are few trials early in a search.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

from tui_tuner.analysis.axes import Axis, axis_of
from tui_tuner.analysis.ranking import scored_trials
from tui_tuner.engine.view import SearchView, TrialView

MIN_TRIALS = 10
"""Fewer finished trials tell nothing."""

_REGION = 0.5
_BEST = 0.1
_MIN_BEST = 4
_CELLS = 20
_DRAWS = 24


@dataclass(frozen=True)
class Importance:
    """One hyperparameter.

    Args:
        share: Its part of all that matters, 0 to 1; the shares of a search add up to 1, or are all 0.
        trials: In how many finished trials it was active.
    """

    name: str
    share: float
    trials: int


def importances(view: SearchView) -> list[Importance]:
    """The hyperparameters of the search, the most important first; empty if too few trials have finished.

    Only completed trials with a finite score count: a trial that was stopped early has no comparable score.
    """
    finished = scored_trials(view)
    if len(finished) < MIN_TRIALS:
        return []
    finished.sort(key=lambda trial: trial.score or 0.0, reverse=view.objective.direction == "max")
    region = {trial.trial_id for trial in finished[: max(_MIN_BEST * 2, round(len(finished) * _REGION))]}
    weights: dict[str, float] = {}
    active: dict[str, int] = {}
    for hp in view.space:
        axis = axis_of(hp)
        if axis is None or hp.name in weights:
            continue
        places = [(trial, place) for trial in finished if (place := _place(axis, trial)) is not None]
        active[hp.name] = len(places)
        share = sum(trial.trial_id in region for trial, _ in places) / len(region)
        weights[hp.name] = share * _divergence(axis, [place for _, place in places]) if places else 0.0
    total = sum(weights.values())
    found = [Importance(name, weight / total if total else 0.0, active[name]) for name, weight in weights.items()]
    return sorted(found, key=lambda each: -each.share)


def _place(axis: Axis, trial: TrialView) -> float | None:
    value = trial.hyperparameters.get(axis.name)
    return None if value is None else axis.place(value)


def _divergence(axis: Axis, places: Sequence[float]) -> float:
    """How differently the best and the better half are distributed, beyond chance.

    Args:
        places: The values on the axis, best trial first.
    """
    half = places[: max(2 * _MIN_BEST, round(len(places) * _REGION))]
    count = max(_MIN_BEST, round(len(places) * _BEST))
    if len(half) <= count:
        return 0.0
    cells = len(axis.values) if axis.is_category else _CELLS
    half_cells = [min(cells - 1, int(place * cells)) for place in half]
    base = _density(half_cells, cells, axis)
    draw = random.Random(0)  # the same search always gives the same answer
    by_chance = [_pearson(_density(draw.sample(half_cells, count), cells, axis), base) for _ in range(_DRAWS)]
    return max(0.0, _pearson(_density(half_cells[:count], cells, axis), base) - sum(by_chance) / _DRAWS)


def _density(sample: Sequence[int], cells: int, axis: Axis) -> list[float]:
    """The share of each cell, smoothed: by a Gaussian kernel with Scott's width on a range, by one more of everything
    on a category."""
    counts = [0] * cells
    for cell in sample:
        counts[cell] += 1
    if axis.is_category:
        return [(count + 1 / cells) / (len(sample) + 1) for count in counts]
    mean = sum(sample) / len(sample)
    deviation = math.sqrt(sum((cell - mean) ** 2 for cell in sample) / len(sample))
    width = max(1.0, deviation * len(sample) ** -0.2)
    kernel = [math.exp(-0.5 * (distance / width) ** 2) for distance in range(cells)]
    smooth = [
        sum(count * kernel[abs(cell - other)] for other, count in enumerate(counts) if count) for cell in range(cells)
    ]
    total = sum(smooth) + 1e-9 * cells
    return [(value + 1e-9) / total for value in smooth]


def _pearson(density: Sequence[float], base: Sequence[float]) -> float:
    """Mean over `base` of the squared relative difference."""
    return sum(b * (a / b - 1.0) ** 2 for a, b in zip(density, base, strict=True))
