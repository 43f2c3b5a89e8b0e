"""How the scores of a search are distributed."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from tui_tuner.analysis.axes import within_reach


@dataclass(frozen=True)
class Distribution:
    """A histogram.

    Args:
        low: Lower end of the first bin.
        high: Upper end of the last bin.
        counts: By bin, from the lowest.
        below: How many scores lie below the first bin: outliers.
        above: How many lie above the last one.
        quartiles: Lower quartile, median and upper quartile of all scores.
    """

    low: float
    high: float
    counts: tuple[int, ...]
    below: int
    above: int
    quartiles: tuple[float, float, float]

    def bin_of(self, value: float) -> int:
        """The bin that a value falls into; the first or the last one for what lies outside."""
        share = (value - self.low) / (self.high - self.low)
        return max(0, min(len(self.counts) - 1, int(share * len(self.counts))))


def distribution(scores: Sequence[float], bins: int) -> Distribution | None:
    """The distribution of finite scores; `None` if there are none.

    The bins reach as far as three quartile ranges from the quartiles, so that one failure of a training does not
    squeeze all others into one bin.

    Args:
        bins: How many at most; fewer for few scores.
    """
    if not scores:
        return None
    ordered = sorted(map(within_reach, scores))
    first, middle, last = statistics.quantiles(ordered, n=4, method="inclusive") if len(ordered) > 1 else ordered * 3
    reach = 3 * (last - first)
    inside = [score for score in ordered if first - reach <= score <= last + reach] if reach else ordered
    low, high = inside[0], inside[-1]
    if not high > low:
        room = abs(low) * 0.1 or 1.0
        low, high = low - room, high + room
    # About as many bins as the square root of the count, and no fewer than show a shape.
    count = max(1, min(bins, max(10, round(2 * len(inside) ** 0.5))))
    found = Distribution(low, high, (0,) * count, 0, 0, (first, middle, last))
    counts = [0] * count
    for score in inside:
        counts[found.bin_of(score)] += 1
    return Distribution(
        low,
        high,
        tuple(counts),
        sum(score < inside[0] for score in ordered),
        sum(score > inside[-1] for score in ordered),
        (first, middle, last),
    )
