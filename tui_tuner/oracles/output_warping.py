"""Ways to reshape observed values before a Gaussian process is fitted to them.

One bad trial must not flatten the differences between the good ones, and no single shape is best all the way of a
search: each proposal uses the next shape in turn, which has the effect of an ensemble (compare HEBO, arXiv 2012.03826).
All take values to be minimised, shape `(n,)`, and return them increasing in the same order, with mean 0 and standard
deviation 1 unless all are equal.
"""

from __future__ import annotations

from collections.abc import Callable
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
_FAR = 3.0
_NEAR_END = 0.5
"""How far from an end values still tell how they go on beyond it, in standard deviations."""

Warp = Callable[[Array], Array]


def standardized(values: Array) -> Array:
    """Only shifted and scaled."""
    # Scaled down first: a sum of squares of huge values would be infinite.
    values = values / max(float(np.abs(values).max()), 1e-300)
    centered = values - values.mean()
    deviation = centered.std()
    return centered / deviation if deviation > 1e-12 else np.zeros_like(values)


def mixed_logarithmic(values: Array) -> Array:
    """Linear from the best to the median, logarithmic beyond it."""
    gap = _gap_in_medians(values)
    return standardized(np.where(gap <= 1.0, gap, 1.0 + np.log(np.maximum(gap, 1.0))))


def clipped(values: Array) -> Array:
    """Only shifted and scaled, but for those far from the best: they count as three times as far as the median."""
    return standardized(np.minimum(_gap_in_medians(values), _FAR))


def logarithmic(values: Array) -> Array:
    """The logarithm of the gap to the best, which spreads out the best ones."""
    return standardized(np.log(_gap_in_medians(values) + 0.02))


def ranked(values: Array) -> Array:
    """The normal quantiles of the ranks; equal values share their mean rank."""
    _, position, count = np.unique(values, return_inverse=True, return_counts=True)
    rank = np.cumsum(count) - (count + 1) / 2  # of each distinct value, from 0
    normal = NormalDist()
    quantiles = np.array([normal.inv_cdf((each + 0.5) / len(values)) for each in rank])
    return standardized(quantiles[position])


def unwarped(wanted: Array, targets: Array, values: Array) -> Array:
    """What warped numbers are in the unit of the values, shape as `wanted`.

    Between observations it is linear; beyond them it goes on with their slope near that end.

    Args:
        targets: The values as they were warped, shape `(n,)`, at least one.
        values: The values, of the same shape.
    """
    order = np.lexsort((values, targets))  # of values that became equal the least comes first
    targets, values = targets[order], values[order]
    result = np.interp(wanted, targets, values)
    for end, others, beyond in (
        (0, targets - targets[0], np.minimum(wanted - targets[0], 0.0)),
        (-1, targets[::-1] - targets[-1], np.maximum(wanted - targets[-1], 0.0)),
    ):
        far = int(np.argmax(np.abs(others) >= min(_NEAR_END, float(np.abs(others).max()))))
        run = others[far]
        with np.errstate(over="ignore", invalid="ignore"):  # of values near the largest numbers there are
            rise = (values if end == 0 else values[::-1])[far] - values[end]
            result = result + (beyond * rise / run if run != 0.0 else 0.0)
    return result


WARPS: tuple[Warp, ...] = (mixed_logarithmic, ranked, clipped, logarithmic)
_WARPS_OF_FEW: tuple[Warp, ...] = (mixed_logarithmic, clipped)
_FEW = 50


def warp_in_turn(number: int, results: int) -> Warp:
    """The warp of a proposal. Of a few results only the shapes that keep distances take turns: the others draw apart
    what is hardly different, and a model of few results takes that for structure.

    Args:
        number: Of the proposal.
        results: How many trials the model is fitted to, failed ones among them.
    """
    warps = _WARPS_OF_FEW if results < _FEW else WARPS
    return warps[number % len(warps)]


def _gap_in_medians(values: Array) -> Array:
    """How far each value is above the best, in units of the median gap."""
    best = values.min()
    gap = values / 2 - best / 2  # halves, because the difference of two huge values may not be finite
    median = float(np.median(gap))
    if median <= 0.0:
        above = gap[gap > 0.0]
        median = float(above.min()) if above.size else 1.0
    with np.errstate(over="ignore"):
        return np.asarray(np.minimum(gap / median, 1e150))
