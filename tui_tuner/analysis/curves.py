"""Learning curves of one trial: which metrics it has, and the points of each."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from tui_tuner.analysis.downsample import Point
from tui_tuner.engine.view import EpochView, Objective

VALIDATION = "val_"


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


def curves(epochs: Sequence[EpochView], base_metric: str, *, log: bool = False) -> list[Curve]:
    """The training and the validation curve of every execution, in this order: by execution, training first.

    Args:
        base_metric: Name without `val_`.
        log: Leave out values that a log scale cannot show.
    """
    found = []
    for execution in sorted({epoch.execution for epoch in epochs}):
        own = [epoch for epoch in epochs if epoch.execution == execution]
        for metric in (base_metric, VALIDATION + base_metric):
            values = [(epoch.epoch + 1, epoch.metrics[metric]) for epoch in own if metric in epoch.metrics]
            points = tuple((float(x), float(y)) for x, y in values if math.isfinite(y) and (y > 0 or not log))
            if values:
                found.append(Curve(metric, execution, points, len(values) - len(points)))
    return found


def best_point(curve: Curve, objective: Objective) -> Point | None:
    """Where the curve is best by the objective's direction: the first of equals; `None` for an empty curve."""
    if not curve.points:
        return None
    pick = max if objective.direction == "max" else min
    return pick(curve.points, key=lambda point: point[1])
