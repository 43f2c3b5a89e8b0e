"""Learning curves of one trial: which metrics it has, and the points of each."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from tui_tuner.analysis.downsample import Point
from tui_tuner.engine.view import EpochView, Objective

VALIDATION = "val_"


class Over(StrEnum):
    """What curves are drawn over."""

    EPOCH = "epoch"
    """From 1."""
    STEP = "step"
    """Batches that were trained on."""
    TIME = "time"
    """Seconds of training since the execution began; pauses and waiting do not count."""


@dataclass(frozen=True)
class Curve:
    """One metric over the epochs of one execution.

    Args:
        metric: As Keras names it, `val_` included.
        execution: Which execution, from 0.
        points: `(epoch from 1, value)`; every value is finite, and positive where a log scale was asked for.
        dropped: Epochs left out because their value cannot be drawn.
    """

    metric: str
    execution: int
    points: tuple[Point, ...]
    dropped: int = 0

    @property
    def is_validation(self) -> bool:
        return self.metric.startswith(VALIDATION)


def base_metrics(epochs: Sequence[EpochView], objective: Objective) -> list[str]:
    """Names of the metrics without `val_`: the objective's first, then the loss, then the others by name."""
    names = {name.removeprefix(VALIDATION) for epoch in epochs for name in epoch.metrics}
    first = objective.name.removeprefix(VALIDATION)
    return sorted(names, key=lambda name: (name != first, name != "loss", name))


def curves(
    epochs: Sequence[EpochView],
    base_metric: str,
    *,
    log: bool = False,
    over: Over = Over.EPOCH,
    steps_per_epoch: int | None = None,
) -> list[Curve]:
    """The training and the validation curve of every execution, in this order: by execution, training first.

    Args:
        epochs: In their order.
        base_metric: Name without `val_`.
        log: Leave out values that a log scale cannot show.
        over: What the x of the points is.
        steps_per_epoch: Batches of an epoch. Over steps, there are no curves without it.
    """
    if over is Over.STEP and not steps_per_epoch:
        return []
    found: dict[tuple[int, str], list[Point]] = {}
    dropped: dict[tuple[int, str], int] = {}
    spent: dict[int, float] = {}
    names = (base_metric, VALIDATION + base_metric)
    for epoch in epochs:
        x = float(epoch.epoch + 1) * (steps_per_epoch or 1 if over is Over.STEP else 1)
        if over is Over.TIME:
            x = spent[epoch.execution] = spent.get(epoch.execution, 0.0) + _seconds(epoch.duration_s)
        for metric in names:
            value = epoch.metrics.get(metric)
            if value is None:
                continue
            key = (epoch.execution, metric)
            points = found.setdefault(key, [])
            if math.isfinite(value) and (value > 0 or not log):
                points.append((x, float(value)))
            else:
                dropped[key] = dropped.get(key, 0) + 1
    in_order = sorted(found, key=lambda key: (key[0], names.index(key[1])))
    return [
        Curve(metric, execution, tuple(found[execution, metric]), dropped.get((execution, metric), 0))
        for execution, metric in in_order
    ]


def _seconds(duration_s: float) -> float:
    return duration_s if math.isfinite(duration_s) and duration_s > 0 else 0.0


def smoothed(curve: Curve, weight: float) -> Curve:
    """An exponential moving average of a curve, without the pull towards zero at its begin, as TensorBoard has it.

    Args:
        weight: How much of the average before remains with each point, 0 to less than 1; 0 changes nothing.
    """
    if weight <= 0:
        return curve
    average = total = 0.0
    points = []
    for x, y in curve.points:
        average = weight * average + (1 - weight) * y
        total = weight * total + (1 - weight)
        points.append((x, average / total))
    return replace(curve, points=tuple(points))


def within(points: Sequence[Point], low: float, high: float) -> Sequence[Point]:
    """The points from `low` to `high`, and one on each side, so that lines lead out of the window."""
    first = bisect_left(points, low, key=lambda point: point[0])
    last = bisect_right(points, high, key=lambda point: point[0])
    return points[max(0, first - 1) : last + 1]


def value_at(points: Sequence[Point], x: float) -> Point | None:
    """The point that is next to `x`; `None` where there is none."""
    if not points:
        return None
    index = bisect_left(points, x, key=lambda point: point[0])
    return min(points[max(0, index - 1) : index + 1], key=lambda point: abs(point[0] - x))


_OUTER = 0.05
"""The share of the values at each end that may be outliers."""


def usual_range(lines: Sequence[Sequence[Point]]) -> tuple[float, float] | None:
    """Where most values lie: without the highest and the lowest twentieth, and some room on both sides.

    Values that lie within that room are no outliers, so a curve that has none is shown whole. `None` without values.
    """
    values = sorted(y for points in lines for _, y in points)
    if not values:
        return None
    outer = int(len(values) * _OUTER)
    low, high = values[outer], values[-1 - outer]
    room = (high - low) / 4
    return max(values[0], low - room), min(values[-1], high + room)


def best_point(curve: Curve, objective: Objective) -> Point | None:
    """Where the curve is best by the objective's direction: the first of equals; `None` for an empty curve."""
    if not curve.points:
        return None
    pick = max if objective.direction == "max" else min
    return pick(curve.points, key=lambda point: point[1])


def mean_curve(epochs: Sequence[EpochView], metric: str) -> list[tuple[int, float]]:
    """A metric by epoch, from 0: where a trial has several executions or folds, the mean of those that came so far."""
    by_epoch: dict[int, list[float]] = {}
    for epoch in epochs:
        if metric in epoch.metrics:
            by_epoch.setdefault(epoch.epoch, []).append(epoch.metrics[metric])
    return [(epoch, sum(values) / len(values)) for epoch, values in sorted(by_epoch.items())]
