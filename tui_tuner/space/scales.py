"""Maps between a cumulative probability in [0, 1] and a place on a scale or in a list of equally likely values.

The arithmetic is written in the same order as KerasTuner's, to the last bit: equal seeds give equal values.
"""

from __future__ import annotations

import math
from enum import StrEnum


class Sampling(StrEnum):
    """How the values of a range are spread."""

    LINEAR = "linear"
    LOG = "log"
    """Equal probability for each order of magnitude, so dense near the minimum."""
    REVERSE_LOG = "reverse_log"
    """The mirror image of `LOG`: dense near the maximum."""


def prob_to_index(prob: float, n_values: int) -> int:
    """The index, of `n_values` equally likely ones, into whose share of [0, 1] `prob` falls."""
    return min(math.floor(prob / (1 / n_values)), n_values - 1)


def index_to_prob(index: int, n_values: int) -> float:
    """The middle of the share of [0, 1] that belongs to `index`."""
    return (index + 0.5) * (1 / n_values)


def interpolate(sampling: str, prob: float, low: float, high: float) -> float:
    """The value below which the share `prob` of the range from `low` to `high` lies."""
    if sampling == Sampling.LOG:
        return float(low * (high / low) ** prob)
    if sampling == Sampling.REVERSE_LOG:
        return float(high + low - low * (high / low) ** (1 - prob))
    return prob * (high - low) + low


def locate(sampling: str, value: float, low: float, high: float) -> float:
    """The inverse of `interpolate` for a value from `low` to `high`; 0.5 for a range of one value."""
    if low == high:
        return 0.5
    if sampling == Sampling.LOG:
        place = math.log(value / low) / math.log(high / low)
    elif sampling == Sampling.REVERSE_LOG:
        place = 1.0 - math.log((high + low - value) / low) / math.log(high / low)
    else:
        place = (value - low) / (high - low)
    return min(max(place, 0.0), 1.0)  # Rounding can lead a little beyond the ends.
