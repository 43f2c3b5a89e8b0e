"""What a configuration promises, and the search for the one that promises most."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tui_tuner.oracles.region import Region
from tui_tuner.oracles.variation import neighbours
from tui_tuner.space.encoding import Encoded

Array = NDArray[np.float64]
Promise = Callable[[Encoded], Array]
"""Takes configurations and says how much each promises, shape `(configurations,)`; more is better."""

_UNIFORM = 768
_NEAR_THE_BEST = 30
_NEIGHBOUR_STEPS = (0.2, 0.05)
_KEPT = 8
_OFFSPRING = 20
_SHRINKING_STEPS = (0.15, 0.07, 0.03, 0.01, 0.003)
_NEAR_STEPS = (0.05, 0.01)
_LISTED_KEPT = 64
_SWAP_ROUNDS = 6
_SWAP_VALUES = 64


def log_expected_improvement(mean: Array, deviation: Array, best: float) -> Array:
    """The logarithm of the expected improvement below `best`, exact where the improvement itself underflows.

    Source: Ament et al. 2023, "Unexpected Improvements to Expected Improvement" (arXiv 2310.20708), equation 9.
    """
    from scipy.special import erfcx, ndtr

    z = (best - mean) / deviation
    result = np.empty_like(z)
    near = z > -1.0
    density = np.exp(-0.5 * z[near] ** 2) / math.sqrt(2 * math.pi)
    result[near] = np.log(density + z[near] * ndtr(z[near]))
    far = ~near
    size = -z[far]
    # 1 - size * (scaled tail) tends to 1 / size**2, which rounding would swallow far out.
    tail = np.where(size < 1e4, 1.0 - math.sqrt(math.pi / 2) * size * erfcx(size / math.sqrt(2)), size**-2.0)
    result[far] = -0.5 * size**2 - 0.5 * math.log(2 * math.pi) + np.log(np.maximum(tail, 1e-300))
    return np.asarray(result + np.log(deviation))


@dataclass
class _Pool:
    """The most promising configurations so far, best first."""

    points: Array
    promise: Array


class CandidateSearch:
    """Finds the untried configuration that promises most: random ones, neighbours of the best, then ever closer.

    Args:
        region: What may be proposed.
        is_tried: Says of canonical points, shape `(points, axes)`, which were tried.
        promise: What is maximised.
        rng: Source of all that is random here.

    Attributes:
        candidates: What promised most on the way, of shape `(points, axes)` each.
    """

    def __init__(
        self,
        region: Region,
        is_tried: Callable[[Array], NDArray[np.bool_]],
        promise: Promise,
        rng: np.random.Generator,
    ) -> None:
        self._region = region
        self._encoding = region.encoding
        self._is_tried = is_tried
        self._promise = promise
        self._rng = rng
        self.candidates: list[Array] = []

    def best_of(self, encoded: Encoded) -> Array | None:
        """The most promising of these configurations that was not tried, or `None`."""
        pool = self._merged(None, encoded, _LISTED_KEPT)
        return None if pool is None else pool.points[0]

    def best_near(self, points: Array) -> Array | None:
        """The most promising of these points and of their near neighbours, shape `(axes,)`, or `None` as above.

        Args:
            points: Those that promised most not long ago, shape `(points, axes)`, at least one.
        """
        pool = self._merged(None, self._region.canonical(points))
        for step in _NEAR_STEPS:
            if pool is not None:
                pool = self._merged(pool, self._region.canonical(self._neighbours(pool.points, _OFFSPRING, step)))
        return None if pool is None else pool.points[0]

    def best_around(self, centers: Array) -> Array | None:
        """The most promising point found, shape `(axes,)`, or `None` if all that was looked at was tried.

        Args:
            centers: Points near which good ones are expected, shape `(centers, axes)`; there may be none.
        """
        starts = [self._region.spread(self._rng.random((_UNIFORM, self._encoding.dimension)))]
        starts += [self._neighbours(centers, _NEAR_THE_BEST, step) for step in _NEIGHBOUR_STEPS]
        pool = self._merged(None, self._region.canonical(np.vstack(starts)))
        for step in _SHRINKING_STEPS:
            if pool is None:
                return None
            offspring = self._neighbours(pool.points, _OFFSPRING, step)
            pool = self._merged(pool, self._region.canonical(offspring))
        for _ in range(_SWAP_ROUNDS):
            if pool is None:
                return None
            before = pool.promise[0]
            pool = self._merged(pool, self._region.canonical(self._swaps(pool.points[0])))
            if pool is None or pool.promise[0] <= before:
                break
        return None if pool is None else pool.points[0]

    def _merged(self, pool: _Pool | None, encoded: Encoded, kept: int = _KEPT) -> _Pool | None:
        """The best few of the pool and of the untried ones among the encoded."""
        fresh = ~self._is_tried(encoded.points)
        points = encoded.points[fresh]
        promise = self._promise(Encoded(points, encoded.active[fresh])) if len(points) else np.zeros(0)
        if pool is not None:
            points, promise = np.vstack([pool.points, points]), np.concatenate([pool.promise, promise])
        if not len(points):
            return None
        order = np.argsort(-promise, kind="stable")[: 4 * kept]
        _, first = np.unique(points[order], axis=0, return_index=True)
        order = order[np.sort(first)][:kept]
        self.candidates.append(points[order])
        return _Pool(points[order], promise[order])

    def _neighbours(self, centers: Array, each: int, step: float) -> Array:
        return neighbours(self._encoding.axes, centers, each, step, self._rng)

    def _swaps(self, point: Array) -> Array:
        """The point with one grid or category axis set to each of its other values in turn."""
        swaps = [point[None, :]]
        for number, axis in enumerate(self._encoding.axes):
            if axis.n_values is not None:
                indices = np.unique(
                    np.linspace(0, axis.n_values - 1, min(axis.n_values, _SWAP_VALUES)).astype(np.int64)
                )
                rows = np.repeat(point[None, :], len(indices), axis=0)
                rows[:, number] = axis.coordinate(indices)
                swaps.append(rows)
        return np.vstack(swaps)
