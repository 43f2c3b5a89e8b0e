"""Which part of an x axis is in sight, and where the cursor is."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

Range = tuple[float, float]

_FEWEST = 3
"""Places that remain in sight however far one zooms in."""


class PlotWindow:
    """A window on places, and a cursor on one of them.

    `places` are set whenever they change, in their order. Nothing here is kept where it makes no sense any more: a
    cursor goes to the nearest place.
    """

    def __init__(self) -> None:
        self._places: Sequence[float] = ()
        self._part: Range | None = None
        self._cursor: float | None = None

    def set_places(self, places: Sequence[float]) -> None:
        self._places = places
        if not places:
            return
        if self._cursor is not None:
            self._cursor = self._nearest(self._cursor)
        if self._part is not None and (self._part[0] >= places[-1] or self._part[1] <= places[0]):
            self._part = None

    @property
    def part(self) -> Range | None:
        """The part in sight; `None`: all."""
        return self._part

    @property
    def cursor(self) -> float | None:
        return self._cursor if self._places else None

    @property
    def is_plain(self) -> bool:
        """Whether there is neither a cursor nor a zoom."""
        return self._part is None and self.cursor is None

    def clear(self) -> None:
        """Take the cursor away; if there is none, show all."""
        if self.cursor is not None:
            self._cursor = None
        else:
            self._part = None

    def reset(self) -> None:
        self._part = self._cursor = None

    def put_cursor(self, x: float) -> None:
        """Put the cursor on the place next to `x`."""
        if self._places:
            self._cursor = self._nearest(x)

    def move_cursor(self, steps: int, columns: int) -> None:
        """Move the cursor by so many places, or columns of the plot where places are closer; the window follows it.

        Without a cursor it begins at the last place in sight.
        """
        if not self._places:
            return
        low, high = self._in_sight()
        if self._cursor is None:
            self.to_end(last=True)
            return
        step = (high - low) / max(1, columns)
        target = self._cursor + steps * step
        if steps > 0:
            index = min(len(self._places) - 1, max(bisect_left(self._places, target), self._index() + 1))
        else:
            index = max(0, min(bisect_right(self._places, target) - 1, self._index() - 1))
        self._cursor = self._places[index]
        if self._part is not None:
            start, end = self._part
            shift = min(0.0, self._cursor - start) + max(0.0, self._cursor - end)
            self._part = (start + shift, end + shift)

    def to_end(self, *, last: bool) -> None:
        """Put the cursor on the first or the last place in sight."""
        if self._places:
            low, high = self._in_sight()
            index = bisect_right(self._places, high) - 1 if last else bisect_left(self._places, low)
            self._cursor = self._places[max(0, min(len(self._places) - 1, index))]

    def zoom(self, factor: float) -> None:
        """Make the window so many times as wide, around the cursor or its middle."""
        if len(self._places) <= _FEWEST:
            return
        low, high = self._in_sight()
        middle = self._cursor if self._cursor is not None else (low + high) / 2
        share = (middle - low) / (high - low) if high > low else 0.5
        width = (high - low) * factor
        start = middle - share * width
        self._show(start, start + width)

    def pan(self, share: float) -> None:
        """Move the window by a share of its width."""
        if self._part is not None:
            low, high = self._part
            shift = (high - low) * share
            first, last = self._places[0], self._places[-1]
            shift = max(first - low, shift) if shift < 0 else min(last - high, shift)
            self._part = (low + shift, high + shift)

    def _show(self, low: float, high: float) -> None:
        first, last = self._places[0], self._places[-1]
        shift = max(first - low, 0.0) + min(last - high, 0.0)  # where it would lead over an end
        low, high = low + shift, high + shift
        if high - low >= last - first:
            self._part = None
        elif bisect_right(self._places, high) - bisect_left(self._places, low) >= _FEWEST:
            self._part = (low, high)

    def _in_sight(self) -> Range:
        return self._part or (self._places[0], self._places[-1])

    def _index(self) -> int:
        assert self._cursor is not None
        return bisect_left(self._places, self._cursor)

    def _nearest(self, x: float) -> float:
        index = bisect_left(self._places, x)
        return min(self._places[max(0, index - 1) : index + 1], key=lambda place: abs(place - x))
