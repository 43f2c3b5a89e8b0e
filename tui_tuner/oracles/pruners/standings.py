"""Where trials stood at the same epoch of the same execution: sorted losses, quick to add to and to compare with."""

from __future__ import annotations

from array import array
from bisect import bisect_left, insort
from collections.abc import Sequence

_FEW = 8
"""Up to so many new losses are put in one by one; more are sorted in at once."""


class Standing:
    """A multiset of losses in order."""

    def __init__(self) -> None:
        self._sorted = array("d")
        self._new: list[float] = []

    def __len__(self) -> int:
        return len(self._sorted) + len(self._new)

    def add(self, loss: float) -> None:
        self._new.append(loss)

    def remove(self, loss: float) -> None:
        """Take out one loss that was added."""
        losses = self._in_order()
        del losses[bisect_left(losses, loss)]

    def best(self, rank: int) -> float:
        """The loss of this rank, from 0 for the lowest."""
        return self._in_order()[rank]

    def median(self) -> float:
        """The median of all losses; the mean of the middle two where their number is even."""
        losses = self._in_order()
        low, high = losses[(len(losses) - 1) // 2], losses[len(losses) // 2]
        return low if low == high else low + (high - low) / 2

    def median_without(self, loss: float) -> float:
        """The median of all but one loss that was added; the mean of the middle two where their number is even."""
        losses = self._in_order()
        left_out = bisect_left(losses, loss)
        count = len(losses) - 1
        low, high = (self._others(losses, left_out, rank) for rank in ((count - 1) // 2, count // 2))
        return low if low == high else low + (high - low) / 2

    @staticmethod
    def _others(losses: Sequence[float], left_out: int, rank: int) -> float:
        return losses[rank if rank < left_out else rank + 1]

    def _in_order(self) -> array[float]:
        if len(self._new) > _FEW:
            self._sorted = array("d", sorted([*self._sorted, *self._new]))
        else:
            for loss in self._new:
                insort(self._sorted, loss)
        self._new.clear()
        return self._sorted
