"""Axes: where the ticks stand and what they say."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from tui_tuner.analysis.axes import Axis
from tui_tuner.analysis.formatting import SIGNIFICANT, format_number, format_value
from tui_tuner.analysis.text import truncate
from tui_tuner.space.scales import Sampling


@dataclass(frozen=True)
class Scale:
    """One axis.

    Args:
        low: Place of its lower end; less than `high`.
        high: Place of its upper end.
        ticks: Places of the ticks.
        labels: What stands at each tick.
        place: From a value to its place on the axis.
    """

    low: float
    high: float
    ticks: tuple[float, ...]
    labels: tuple[str, ...]
    place: Callable[[float], float] = float


_LEAST_SPAN = 1e-290
"""Steps between closer numbers could not be computed."""

_MOST_DIGITS = 15
"""So many are exact."""


def _step(span: float, count: int) -> float:
    """The smallest of 1, 2, 2.5 and 5 times a power of ten that needs at most `count` steps for `span`."""
    raw = span / max(1, count)
    power = 10.0 ** math.floor(math.log10(raw))
    return next((factor * power for factor in (1, 2, 2.5, 5) if factor * power >= raw * (1 - 1e-9)), 10 * power)


def linear_scale(low: float, high: float, count: int, *, is_whole: bool = False) -> Scale:
    """A linear axis for values from `low` to `high` with about `count` ticks at round numbers.

    Args:
        is_whole: Whether ticks stand at whole numbers only.
    """
    if not high - low > max(_LEAST_SPAN, 1e-9 * max(abs(low), abs(high))):
        # A constant: some room on both sides.
        middle = (low + high) / 2
        room = abs(middle) * 0.1
        room = room if room > _LEAST_SPAN else 1.0
        low, high = middle - room, middle + room
    step = _step(high - low, count)
    if is_whole:
        step = max(1.0, step if step.is_integer() else 2 * step)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    ticks = tuple(index * step for index in range(first, last + 1))
    return Scale(low, high, ticks, _labels(ticks, step))


def _labels(ticks: tuple[float, ...], step: float) -> tuple[str, ...]:
    """All with the same number of decimals, as few as tell them apart; with exponents where these would be too many."""
    largest = max((abs(tick) for tick in ticks), default=0.0)
    for decimals in range(5):
        if largest < 1e6 and all(abs(round(tick, decimals) - tick) < step * 1e-6 for tick in ticks):
            return tuple(f"{_round(tick, step):.{decimals}f}" for tick in ticks)
    return _apart(tuple(_round(tick, step) for tick in ticks))


def _apart(ticks: tuple[float, ...]) -> tuple[str, ...]:
    """With as few significant digits as tell them apart."""
    labels: tuple[str, ...] = ()
    for digits in range(SIGNIFICANT, _MOST_DIGITS + 1):
        labels = tuple(format_number(tick, digits) for tick in ticks)
        if len(set(labels)) == len(labels):
            break
    return labels


def _round(value: float, step: float) -> float:
    """Without the noise of multiplying: 0.30000000000000004 is 0.3."""
    return 0.0 if abs(value) < step * 1e-6 else value


def whole_scale(low: float, high: float, count: int) -> Scale:
    """An axis for whole numbers such as epochs, with ticks at some of them and at both ends."""
    first, last = math.floor(low), math.ceil(high)
    if first == last:
        return Scale(first - 0.5, last + 0.5, (float(first),), (f"{first:,}",))
    step = max(1, math.ceil(_step(last - first, count)))
    # The tick before the last gives way where the two would touch.
    inner = [tick for tick in range(math.ceil((first + 1) / step) * step, last, step) if last - tick > step / 2]
    inner = [tick for tick in inner if tick - first >= step / 2]
    ticks = [first, *inner, last]
    return Scale(float(first), float(last), tuple(map(float, ticks)), tuple(f"{tick:,}" for tick in ticks))


def log_scale(low: float, high: float, count: int, *, is_whole: bool = False) -> Scale:
    """A logarithmic axis for positive values; places are powers of ten.

    Args:
        is_whole: Whether ticks stand at whole numbers only.

    Raises:
        ValueError: If `low` is not positive.
    """
    if low <= 0:
        raise ValueError(f"a log scale needs positive values, not {low}")
    bottom, top = math.log10(low), math.log10(high)
    if top - bottom < 1e-9:
        bottom, top = bottom - 0.05, top + 0.05
    every = max(1, math.ceil((top - bottom) / max(1, count)))
    powers = [float(power) for power in range(math.ceil(bottom - 1e-9), math.floor(top + 1e-9) + 1, every)]
    if len(powers) >= 2:
        ticks = powers
    else:
        # Less than two powers of ten in sight: round values in between.
        inside = linear_scale(10**bottom, 10**top, count, is_whole=is_whole)
        ticks = [math.log10(value) for value in inside.ticks if value > 0]
    return Scale(bottom, top, tuple(ticks), tuple(format_number(10**tick) for tick in ticks), math.log10)


_TIME_STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400)


def time_scale(low: float, high: float, count: int) -> Scale:
    """An axis for a span of seconds, with ticks at round times: `0`, `30 s`, `1:00`, `1:02:00`, `2 d`."""
    if not 2 < high - low < 86_400 * count:
        return linear_scale(low, high, count)
    step = next((step for step in _TIME_STEPS_S if step * count >= high - low), 86_400)
    ticks = range(math.ceil(low / step) * step, math.floor(high) + 1, step)
    return Scale(low, high, tuple(map(float, ticks)), tuple(map(_clock, ticks)))


def _clock(seconds: int) -> str:
    if abs(seconds) < 60:
        return f"{seconds} s" if seconds else "0"
    if seconds % 86_400 == 0:
        return f"{seconds // 86_400} d"
    minutes, rest = divmod(seconds, 60)
    return f"{minutes}:{rest:02d}" if minutes < 60 else f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}"


_LABEL_WIDTH = 12


def axis_scale(axis: Axis, count: int) -> Scale:
    """The axis of a hyperparameter, from 0 to 1: a label for each category, or round values of a range."""
    if axis.is_category:
        every = max(1, math.ceil(len(axis.values) / max(1, count)))
        values = axis.values[::every]
        places = tuple((index * every + 0.5) / len(axis.values) for index in range(len(values)))
        return Scale(0.0, 1.0, places, tuple(format_value(value, _LABEL_WIDTH) for value in values))
    if axis.sampling == Sampling.LOG:
        inside = log_scale(axis.low, axis.high, count, is_whole=axis.is_whole)
        found = [(10**tick, label) for tick, label in zip(inside.ticks, inside.labels, strict=True)]
    else:
        inside = linear_scale(axis.low, axis.high, count, is_whole=axis.is_whole)
        found = list(zip(inside.ticks, inside.labels, strict=True))
    placed = [(axis.place(value), label) for value, label in found]
    kept = [(place, label) for place, label in placed if place is not None]
    return Scale(0.0, 1.0, tuple(place for place, _ in kept), tuple(truncate(label, _LABEL_WIDTH) for _, label in kept))
