"""How often a training is saved: seldom enough that it costs next to nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

COST_SHARE = 0.02
"""The share of the time that saves may take."""


class Spacing:
    """Says when the next save is due.

    A save is due when so many seconds have gone by since the last one that this one, if it takes as long, takes no more
    than `share` of them; and since the start, that all of them together take no more.

    Args:
        every_s: Seconds that lie between two saves at least.
        share: The share of the time that saves may take; `None` for no such limit.
        clock: Seconds that never go back.
    """

    def __init__(
        self,
        every_s: float,
        share: float | None = COST_SHARE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._every_s = every_s
        self._share = share
        self._clock = clock
        self._began = self._last_end = clock()
        self._last_s: float | None = None
        self._spent_s = 0.0

    def expect(self, duration_s: float) -> None:
        """Say how many seconds the first save will take, roughly; after it, the last one is the measure."""
        if self._last_s is None:
            self._last_s = duration_s

    @property
    def is_due(self) -> bool:
        """Whether a save may be made now."""
        now = self._clock()
        if now - self._last_end < self._every_s:
            return False
        if self._share is None:
            return True
        next_s = self._last_s or 0.0
        return (
            now - self._last_end >= next_s / self._share and now - self._began >= (self._spent_s + next_s) / self._share
        )

    @contextmanager
    def saving(self) -> Iterator[None]:
        """Measure the save that is made inside, whether or not it succeeds."""
        began = self._clock()
        try:
            yield
        finally:
            self._last_end = self._clock()
            self._last_s = self._last_end - began
            self._spent_s += self._last_s
