"""How much better several objectives become at once: the volume that a set of results dominates, and what adds to it.

All objectives are to be minimised. A result dominates another if it is as good in all of them, and better in one.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def nondominated(points: Array) -> NDArray[np.bool_]:
    """Which points, shape `(points, objectives)`, no other one dominates; equal ones do not dominate each other."""
    no_worse = (points[:, None, :] <= points[None, :, :]).all(axis=2)
    better = (points[:, None, :] < points[None, :, :]).any(axis=2)
    return np.asarray(~(no_worse & better).any(axis=0))


@dataclass(frozen=True)
class Improvement:
    """What new results would add to the volume that a front dominates, up to a reference point.

    The region that the front does not dominate is cut into boxes, slab by slab along the last objective; what a result
    adds is the sum of what it adds in each. So the expectation over independent normal distributions is exact.

    Source: Yang et al. 2019, "Efficient Computation of Expected Hypervolume Improvement Using Box Decomposition
    Algorithms" (arXiv 1904.12672).

    Args:
        lower: Lower corners of the boxes, shape `(boxes, objectives)`; some are minus infinity.
        upper: Upper corners, of the same shape.
    """

    lower: Array
    upper: Array

    @classmethod
    def over(cls, front: Array, reference: Array) -> Improvement:
        """Of a front, shape `(points, objectives)`, which may be empty; the reference is of shape `(objectives,)`."""
        inside = front[(front < reference).all(axis=1)]
        boxes = _boxes(inside[nondominated(inside)] if len(inside) else inside, reference)
        return cls(np.array([lower for lower, _ in boxes]), np.array([upper for _, upper in boxes]))

    def of(self, points: Array) -> Array:
        """What each point, shape `(points, objectives)`, would add."""
        sides = np.maximum(self.upper[None] - np.maximum(self.lower[None], points[:, None, :]), 0.0)
        return np.asarray(sides.prod(axis=2).sum(axis=1))

    def expected(self, mean: Array, deviation: Array) -> Array:
        """What independent normal results, both of shape `(points, objectives)`, are expected to add."""
        sides = _shortfall(self.upper, mean, deviation) - _shortfall(self.lower, mean, deviation)
        return np.asarray(np.maximum(sides, 0.0).prod(axis=2).sum(axis=1))


def _boxes(front: Array, reference: Array) -> list[tuple[list[float], list[float]]]:
    *_, last = reference.tolist()
    if len(reference) == 1:
        return [([-math.inf], [min([last, *front[:, 0].tolist()])])]
    front = front[np.argsort(front[:, -1], kind="stable")]
    found = []
    edges = [-math.inf, *front[:, -1].tolist(), last]
    for count, (low, high) in enumerate(itertools.pairwise(edges)):
        if low < high:  # in this slab, the first points dominate what they dominate in the other objectives
            for lower, upper in _boxes(front[:count, :-1], reference[:-1]):
                found.append(([*lower, low], [*upper, high]))
    return found


def _shortfall(limit: Array, mean: Array, deviation: Array) -> Array:
    """How far normal results are expected to stay below each limit, shape `(points, boxes, objectives)`."""
    from scipy.special import ndtr

    mean, deviation = mean[:, None, :], np.maximum(deviation[:, None, :], 1e-12)
    finite = np.where(np.isfinite(limit), limit, 0.0)[None]
    z = (finite - mean) / deviation
    expected = (finite - mean) * ndtr(z) + deviation * np.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi)
    return np.where(np.isfinite(limit)[None], expected, 0.0)
