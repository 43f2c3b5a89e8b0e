"""The first points of a search, before there is anything to learn from."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tui_tuner.oracles.acquisition import Promise
from tui_tuner.space.encoding import Axis, AxisKind, Encoded, SpaceEncoding

Array = NDArray[np.float64]

_TRIES = 64
_COMPARED = 200_000
"""How many pairs of points are looked at; a large design is even enough as it comes."""

_FARTHEST = 0.5
"""How far two values of a scale can be apart whose ends are neighbours, and how far different categories are."""


def initial_design(encoding: SpaceEncoding, count: int, seed: int) -> Array:
    """A first point where people would begin, and others spread evenly around it.

    The others form the Latin hypercube whose points lie farthest apart, and from the first one, among some random
    ones: each axis is covered evenly (McKay et al. 1979; Johnson et al. 1990, "Minimax and Maximin Distance Designs").

    Args:
        count: Number of points, at least one.

    Returns:
        Coordinates in the unit cube, shape `(count, axes)`.
    """
    rng = np.random.default_rng([seed, count])
    first = np.array([_start(axis) for axis in encoding.axes])[None, :]
    rest = count - 1
    tries = max(1, min(_TRIES, _COMPARED // count**2)) if rest else 0
    best, best_distance = first, -1.0
    for _ in range(tries):
        strata = np.array([rng.permutation(rest) for _ in encoding.axes]).reshape(encoding.dimension, rest).T
        points = np.vstack([first, (strata + rng.random(strata.shape)) / rest])
        if tries == 1:
            return points
        gaps = points[:, None, :] - points[None, :, :]
        distances = np.einsum("ijk,ijk->ij", gaps, gaps)
        distance = float(distances[np.triu_indices(count, 1)].min())
        if distance > best_distance:
            best, best_distance = points, distance
    return best


def remoteness(encoding: SpaceEncoding, others: Encoded) -> Promise:
    """A promise that is greater the farther a configuration is from the nearest of these: what fills a space evenly.

    The ends of a scale count as neighbours, or else most of what is far from all others would be at the ends.

    Args:
        others: At least one.
    """

    def promise(encoded: Encoded) -> Array:
        squared = np.zeros((len(encoded.points), len(others.points)))
        for number, axis in enumerate(encoding.axes):
            gap = np.abs(encoded.points[:, None, number] - others.points[None, :, number])
            if axis.kind is AxisKind.CATEGORY:
                gap = _FARTHEST * (gap > 0.0)
            differs = encoded.active[:, None, number] != others.active[None, :, number]
            squared += np.where(differs, _FARTHEST, np.minimum(gap, 1.0 - gap)) ** 2
        return np.asarray(squared.min(axis=1))

    return promise


def _start(axis: Axis) -> float:
    """The coordinate of the user's default, or the middle of a scale whose default was not chosen by anybody.

    The default that a range has by itself is its lowest value, and that is no place to begin.
    """
    default = axis.encode(axis.hyperparameter.default)
    if axis.kind is AxisKind.CATEGORY:
        return default
    lowest = axis.encode(axis.decode(0.0))
    return 0.5 if default == lowest else default
