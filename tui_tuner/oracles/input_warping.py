"""Scales that are stretched where a function changes fast, and squeezed where it hardly does.

A Gaussian process of one length scale for each axis takes a function to change as fast everywhere. What is trained does
not: with a learning rate beyond some value nothing is learnt, and below it much less matters. So the distribution
function of Kumaraswamy, `1 - (1 - x^a)^b`, is fitted for each number along with the kernel.

Source: Snoek et al. 2014, "Input Warping for Bayesian Optimization of Non-Stationary Functions" (arXiv 1402.0929).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

NO_COLUMNS: NDArray[np.intp] = np.zeros(0, dtype=np.intp)
_FEW, _MANY = 15, 50
_FROM_ENDS = 1e-12
"""At the ends themselves the derivatives have no finite value."""


def warps_inputs(number: int, results: int) -> bool:
    """Whether a proposal fits input warps.

    A few results do not tell a warp from a length scale. With some more, two proposals with warps and two without take
    turns, which like `output_warping.warp_in_turn` has the effect of an ensemble.

    Args:
        number: Of the proposal.
        results: How many trials the model is fitted to, failed ones among them.
    """
    return results >= _MANY or (results >= _FEW and number // 2 % 2 == 0)


@dataclass(frozen=True)
class InputWarp:
    """The warps of some feature columns.

    Args:
        columns: Which, of numbers in [0, 1], shape `(warped,)`.
        log_a: Logarithm of the first parameter of each, shape `(warped,)`.
        log_b: Logarithm of the second one.
    """

    columns: NDArray[np.intp]
    log_a: Array
    log_b: Array

    def __call__(self, features: Array) -> Array:
        """The features with these columns warped, shape `(rows, columns)`."""
        warped = features.copy()
        warped[:, self.columns] = kumaraswamy(features[:, self.columns], self.log_a, self.log_b)[0]
        return warped


def kumaraswamy(points: Array, log_a: Array, log_b: Array) -> tuple[Array, Array, Array]:
    """Numbers in [0, 1] on their warped scales, and the derivatives by `log_a` and by `log_b`, each of their shape."""
    inside = np.clip(points, _FROM_ENDS, 1.0 - _FROM_ENDS)
    a, b = np.exp(log_a), np.exp(log_b)
    power = inside**a
    rest = np.maximum(1.0 - power, _FROM_ENDS)
    beyond = rest**b
    return 1.0 - beyond, a * b * (beyond / rest) * power * np.log(inside), -b * beyond * np.log(rest)
