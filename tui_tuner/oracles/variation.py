"""Points near others: steps along scales, categories drawn anew."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tui_tuner.space.encoding import Axis, AxisKind

Array = NDArray[np.float64]


def neighbours(axes: Sequence[Axis], centers: Array, each: int, step: float, rng: np.random.Generator) -> Array:
    """Points near each center: some axes moved by about `step`, categories drawn anew.

    Args:
        axes: Of the cube.
        centers: Shape `(centers, axes)`.
        each: How many points for each center.
        step: Standard deviation of a step, as a share of a scale; on a grid it is at least one value.
        rng: Source of all that is random here.

    Returns:
        Points inside the cube, shape `(centers * each, axes)`; they may have to be made canonical.
    """
    points = np.repeat(centers, each, axis=0)
    # One axis at least, few as a rule: most steps in many dimensions at once lead downhill.
    share = rng.choice([1.0, 3.0, float(len(axes))], size=(len(points), 1)) / len(axes)
    moved = rng.random(points.shape) < share
    moved[np.arange(len(points)), rng.integers(len(axes), size=len(points))] = True
    return varied(axes, points, moved, step, rng)


def varied(
    axes: Sequence[Axis], points: Array, moved: NDArray[np.bool_], step: float, rng: np.random.Generator
) -> Array:
    """Points with the marked coordinates moved by about `step`, categories drawn anew.

    Args:
        axes: Of the cube.
        points: Shape `(points, axes)`.
        moved: Which coordinates, of the same shape.
        step: As in `neighbours`.
        rng: Source of all that is random here.

    Returns:
        Points inside the cube, of the same shape; they may have to be made canonical.
    """
    points = points.copy()
    shift = rng.normal(scale=step, size=points.shape)
    anew = rng.random(points.shape)
    for number, axis in enumerate(axes):
        if axis.kind is AxisKind.CATEGORY:
            points[:, number] = np.where(moved[:, number], anew[:, number], points[:, number])
        else:
            if axis.n_values is not None:  # a step that snaps back would be wasted
                least = 1.0 / axis.n_values
                small = np.abs(shift[:, number]) < least
                shift[:, number] = np.where(small, np.copysign(least, shift[:, number]), shift[:, number])
            points[:, number] = np.where(moved[:, number], points[:, number] + shift[:, number], points[:, number])
    return _reflected(points)


def _reflected(points: Array) -> Array:
    """Points beyond the cube folded back into it, so that they do not pile up at its faces."""
    folded = np.abs(points) % 2.0
    return np.where(folded > 1.0, 2.0 - folded, folded)
