"""A curve in one line of characters."""

from __future__ import annotations

import math
from collections.abc import Sequence

BARS = "▁▂▃▄▅▆▇█"


def sparkline(values: Sequence[float], width: int, low: float | None = None, high: float | None = None) -> str:
    """The values from left to right as bars, higher ones taller; blank where there is no finite value.

    More values than cells are thinned out: each cell shows the last finite value of its share, so that the end of the
    line is the latest value.

    Args:
        width: At most so many cells; fewer values take fewer.
        low: The value of the lowest bar; by default the lowest that is shown. A curve without height is drawn low.
        high: The value of the tallest one; by default the highest that is shown.
    """
    count = min(len(values), max(0, width))
    shown = [_last(values[cell * len(values) // count : (cell + 1) * len(values) // count]) for cell in range(count)]
    finite = [value for value in shown if value is not None]
    if not finite:
        return " " * count
    low = min(finite) if low is None else low
    high = max(finite) if high is None else high
    return "".join(" " if value is None else BARS[_step(value, low, high)] for value in shown)


def _last(values: Sequence[float]) -> float | None:
    return next((value for value in reversed(values) if math.isfinite(value)), None)


def _step(value: float, low: float, high: float) -> int:
    # Halves, so that the height of the largest numbers stays finite.
    height = high / 2 - low / 2
    share = (value / 2 - low / 2) / height if height > 0 else 0.0
    return max(0, min(len(BARS) - 1, int(share * len(BARS))))
