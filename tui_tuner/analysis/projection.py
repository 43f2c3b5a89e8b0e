"""What score a running trial will end with, judged by how the curves of finished trials went on from there.

Extrapolation by the curves of earlier runs, as Chandrashekaran and Lane do (2017, "Speeding up Hyper-parameter
Optimization by Extrapolation of Learning Curves Using Previous Builds"); but instead of fitting a transformation, what
earlier runs gained from the same epoch on is weighted by how much like this one they were until then.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tui_tuner.analysis.axes import FARTHEST
from tui_tuner.engine.view import EpochView, Objective

MIN_CURVES = 5
"""Fewer finished curves tell nothing."""

MIN_EPOCHS = 2
"""The first epoch tells too little."""

_LEAST_SPREAD = 1e-12


@dataclass(frozen=True)
class Projection:
    """What a running trial may come to.

    Args:
        score: Its expected best objective.
        spread: Standard deviation of that.
        chance: The probability that it will be better than the best trial so far; `None` if there is none, or its score
            is infinite.
    """

    score: float
    spread: float
    chance: float | None


def objective_curve(epochs: Sequence[EpochView], objective: Objective, execution: int | None = None) -> list[float]:
    """The best objective so far after each epoch of one execution, the latest by default; empty if there is none.

    Epochs without a number keep what was best before; those before the first number are left out.
    """
    if execution is None:
        execution = max((epoch.execution for epoch in epochs), default=0)
    found: list[float] = []
    for epoch in epochs:
        if epoch.execution != execution:
            continue
        value = epoch.metrics.get(objective.name, math.nan)
        if not math.isfinite(value):
            value = found[-1] if found else math.nan
        if found and not objective.better(value, found[-1]):
            value = found[-1]
        if math.isfinite(value):
            found.append(value)
    return found


def project(
    curve: Sequence[float], finished: Iterable[Sequence[float]], objective: Objective, best: float | None
) -> Projection | None:
    """What a trial will come to whose curve is `curve` until now; `None` where that cannot be said.

    Args:
        curve: As `objective_curve` makes it.
        finished: Whole curves of trials that have completed.
        best: The best score until now.
    """
    done = len(curve)
    if done < MIN_EPOCHS or not _is_within_reach(curve):
        return None
    distances: list[float] = []
    gains: list[float] = []
    for other in finished:
        if len(other) >= MIN_EPOCHS and _is_within_reach(other):
            begin = other[:done]  # one that ended earlier, by early stopping, would have gained nothing
            distances.append(math.sqrt(sum((a - b) ** 2 for a, b in zip(curve, begin, strict=False)) / len(begin)))
            gains.append(other[-1] - begin[-1])
    if len(gains) < MIN_CURVES:
        return None
    near = sorted(distances)
    width = max(near[len(near) // 4], _LEAST_SPREAD)
    weights = [math.exp(-0.5 * (distance / width) ** 2) + 1e-9 for distance in distances]
    total = sum(weights)
    gain = sum(weight * gain for weight, gain in zip(weights, gains, strict=True)) / total
    variance = sum(weight * (each - gain) ** 2 for weight, each in zip(weights, gains, strict=True)) / total
    # Of few curves that count the spread is seen too small.
    counting = total**2 / sum(weight**2 for weight in weights)
    spread = math.sqrt(variance * (1 + 2 / counting))
    score = curve[-1] + gain
    if best is None or math.isinf(best):
        return Projection(score, spread, None)
    return Projection(score, spread, _chance(score, spread, objective, best, curve[-1]))


def _is_within_reach(curve: Sequence[float]) -> bool:
    return max(map(abs, curve)) <= FARTHEST


def _chance(score: float, spread: float, objective: Objective, best: float, reached: float) -> float:
    """The probability that a normal variable of this mean and spread is better than `best`."""
    if objective.better(reached, best):
        return 1.0
    ahead = best - score if objective.direction == "min" else score - best
    return 0.5 * math.erfc(-ahead / (max(spread, _LEAST_SPREAD) * math.sqrt(2)))
