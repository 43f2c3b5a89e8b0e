"""Configurations as the Gaussian process sees them: feature columns whose squared distances mean something."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from tui_tuner.space.encoding import AxisKind, Encoded, SpaceEncoding

Array = NDArray[np.float64]

_INACTIVE = math.sqrt(0.2)
"""How far an inactive number lies off its scale. The squared distance to an active one is 0.2 at the middle of the
scale and 0.45 at its ends, on average 0.28; that of two numbers drawn at random is 0.17, and at most 1."""


class Features:
    """Maps encoded configurations to feature columns.

    A number is its coordinate; two different categories are at distance 1. An inactive hyperparameter lies in the
    middle: two inactive ones are at distance 0, and an active and an inactive one at a moderate distance, whatever the
    active one's value.

    Attributes:
        axes: Number of axes, those of the encoding.
        axis_of_column: The axis of each feature column, shape `(columns,)`.
        scales: The columns that are coordinates of numbers, in [0, 1].
    """

    def __init__(self, encoding: SpaceEncoding) -> None:
        self._encoding = encoding
        self.axes = encoding.dimension
        widths = [self._width(axis) for axis in range(self.axes)]
        self.axis_of_column: NDArray[np.intp] = np.repeat(np.arange(self.axes), widths)
        firsts = np.cumsum(widths, dtype=np.intp) - widths
        numbers = [axis for axis in range(self.axes) if encoding.axes[axis].kind is not AxisKind.CATEGORY]
        self.scales: NDArray[np.intp] = firsts[numbers]

    def _width(self, number: int) -> int:
        axis = self._encoding.axes[number]
        if axis.kind is AxisKind.CATEGORY:
            return axis.n_values or 1
        return 2 if axis.is_conditional else 1

    def __call__(self, encoded: Encoded) -> Array:
        """The features of configurations, shape `(configurations, columns)`."""
        columns: list[Array] = []
        for number, axis in enumerate(self._encoding.axes):
            points, active = encoded.points[:, number], encoded.active[:, number]
            if axis.kind is AxisKind.CATEGORY:
                values = axis.n_values or 1
                one_hot = (axis.index(points)[:, None] == np.arange(values)) * math.sqrt(0.5)
                columns.append(np.where(active[:, None], one_hot, math.sqrt(0.5) / values))
            else:
                columns.append(np.where(active, points, 0.5)[:, None])
                if axis.is_conditional:
                    columns.append(np.where(active, 0.0, _INACTIVE)[:, None])
        return np.hstack(columns) if columns else np.zeros((len(encoded.points), 0))
