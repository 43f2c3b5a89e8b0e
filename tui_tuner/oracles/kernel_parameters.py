"""What a kernel is described by, and what is expected of it before anything is known.

Source: Hvarfner et al. 2024, "Vanilla Bayesian Optimization Performs Great in High Dimensions" (arXiv 2402.02229) for
length scales that grow with the square root of the dimension. Theirs are 12 times as long: with shorter ones, and a
scale of all of them that is learnt, far fewer trials were needed (see docs/benchmarks.md).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tui_tuner.oracles.input_warping import NO_COLUMNS, InputWarp

Array = NDArray[np.float64]

_TYPICAL_LENGTH = 0.34
"""Of a space of one axis, where a number is as long as 1; the square root of the axes times that in one of several."""
_SPREAD_OF_SCALE, _SPREAD_OF_LENGTHS = 1.5, 0.8
"""Of the logarithms of the length scales: how much they differ all at once, from one function to another, and how much
among the axes of one. A few trials tell the first, and then an axis need not be known by itself."""
_TYPICAL_LOG_NOISE, _SPREAD_OF_NOISE = -4.0, 2.0
"""With less, what is noise would be taken for a function that changes fast."""
SPREAD_OF_WARPS = 0.5
"""Of the logarithms of the parameters of an input warp; their centre is 0, no warp."""


@dataclass(frozen=True)
class KernelParameters:
    """What a fit finds.

    Args:
        log_lengths: Natural logarithm of the length scale of each axis, shape `(axes,)`, in units of the features.
        log_amplitude: Logarithm of the prior variance of the function.
        log_noise: Logarithm of the variance of the noise that is added to the floor.
        input_warp: How scales are warped before distances are taken, if they are.
    """

    log_lengths: Array
    log_amplitude: float
    log_noise: float
    input_warp: InputWarp | None = None

    @staticmethod
    def typical(axes: int, warped: NDArray[np.intp] = NO_COLUMNS) -> KernelParameters:
        """The centre of the prior for this many axes, and for input warps of these columns."""
        center = math.log(_TYPICAL_LENGTH) + math.log(max(axes, 1)) / 2
        warp = InputWarp(warped, np.zeros(len(warped)), np.zeros(len(warped))) if len(warped) else None
        return KernelParameters(np.full(axes, center), 0.0, _TYPICAL_LOG_NOISE, warp)

    def pack(self) -> Array:
        """All in one row, in the order of the arguments."""
        warp = [] if self.input_warp is None else [self.input_warp.log_a, self.input_warp.log_b]
        return np.concatenate([self.log_lengths, [self.log_amplitude, self.log_noise], *warp])

    @staticmethod
    def unpack(theta: Array, axes: int, warped: NDArray[np.intp] = NO_COLUMNS) -> KernelParameters:
        """Of a row for this many axes and input warps of these columns."""
        lengths, others, log_a, log_b = np.split(theta.copy(), [axes, axes + 2, axes + 2 + len(warped)])
        warp = InputWarp(warped, log_a, log_b) if len(warped) else None
        return KernelParameters(lengths, float(others[0]), float(others[1]), warp)


def precision_of_prior(axes: int, warps: int) -> Array:
    """The inverse covariance of packed parameters under their prior.

    Args:
        axes: How many there are.
        warps: How many columns have an input warp.

    Returns:
        Shape `(axes + 2 + 2 * warps,)` twice.
    """
    covariance = np.diag(
        [_SPREAD_OF_LENGTHS**2] * axes + [1.0, _SPREAD_OF_NOISE**2] + [SPREAD_OF_WARPS**2] * (2 * warps)
    )
    covariance[:axes, :axes] += _SPREAD_OF_SCALE**2
    return np.linalg.inv(covariance)
