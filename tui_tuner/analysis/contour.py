"""How good the region around two hyperparameters' values is."""

from __future__ import annotations

import math
from collections.abc import Sequence

from tui_tuner.analysis.axes import Axis
from tui_tuner.analysis.scored import Dimension

Grid = list[list[float | None]]
"""Rows from the lower end of the y axis, each from the lower end of the x axis; `None` where no trial is near."""

_CELLS = 48
_NEAREST = 0.12
"""Less weight than this is too far from any trial to say anything: that of one trial at two widths' distance."""


def contour(x: Dimension, y: Dimension, goodness: Sequence[float], cells: int = _CELLS) -> Grid:
    """The mean goodness of the trials around each place, by a Gaussian kernel (Nadaraya and Watson, 1964).

    A range has `cells` cells and is smoothed; a category has one for each value and is not: values that are only
    equal or different have no neighbours.

    Args:
        goodness: By trial, as in `ScoredTrials`: ranks, so that a few hopeless scores do not flatten all others.
    """
    columns, rows = _count(x.axis, cells), _count(y.axis, cells)
    weights = [[0.0] * columns for _ in range(rows)]
    sums = [[0.0] * columns for _ in range(rows)]
    count = 0
    for at_x, at_y, good in zip(x.places, y.places, goodness, strict=True):
        if at_x is not None and at_y is not None:
            row, column = min(rows - 1, int(at_y * rows)), min(columns - 1, int(at_x * columns))
            weights[row][column] += 1.0
            sums[row][column] += good
            count += 1
    # Silverman's rule for two dimensions, on axes of length 1.
    width = max(0.04, 0.25 * count ** (-1 / 6)) if count else 0.0
    kernels = _kernel(x.axis, columns, width), _kernel(y.axis, rows, width)
    weights, sums = _smooth(weights, *kernels), _smooth(sums, *kernels)
    return [
        [total / weight if weight >= _NEAREST else None for weight, total in zip(weights[row], sums[row], strict=True)]
        for row in range(rows)
    ]


def _count(axis: Axis, cells: int) -> int:
    return len(axis.values) if axis.is_category else cells


def _kernel(axis: Axis, cells: int, width: float) -> list[float]:
    """Weights by distance in cells."""
    if axis.is_category or width <= 0:
        return [1.0]
    reach = min(cells, math.ceil(3 * width * cells))
    return [math.exp(-0.5 * (distance / cells / width) ** 2) for distance in range(reach + 1)]


def _smooth(grid: list[list[float]], across: list[float], upwards: list[float]) -> list[list[float]]:
    rows = [_smooth_line(row, across) for row in grid]
    columns = [_smooth_line(list(column), upwards) for column in zip(*rows, strict=True)]
    return [list(row) for row in zip(*columns, strict=True)]


def _smooth_line(values: list[float], kernel: list[float]) -> list[float]:
    if len(kernel) == 1:
        return values
    found = [0.0] * len(values)
    for index, value in enumerate(values):
        if value:
            for other in range(max(0, index - len(kernel) + 1), min(len(values), index + len(kernel))):
                found[other] += value * kernel[abs(other - index)]
    return found
