"""How often the screen is brought up to date by itself: twice a second, and less often where the terminal is slow.

While keys are pressed it waits for a moment without one, up to a second.
"""

from __future__ import annotations

from typing import Protocol

EVERY_S = 0.5
SLOWEST_S = 5.0

_BUSY = 0.5
"""A terminal that had to be waited for longer than this share of the time gets half as much to draw."""

_IDLE = 0.1
"""One that was waited for less gets twice as much again."""

_AFTER_A_KEY_S = 0.15
"""So long after a key nothing is drawn by itself: the next key would have to wait for it."""

_KEYS_LEAVE = 2.0
"""However many keys there are, the screen is brought up to date after so many times as long as usual."""

_TOLERANCE_S = 0.05
"""A timer is never exact."""


class Waiting(Protocol):
    """Says how long a terminal was waited for."""

    @property
    def waited_s(self) -> float:
        """Seconds in all in which it took nothing of what there was to write."""
        ...

    @property
    def is_stuck(self) -> bool:
        """Whether it is being waited for now."""
        ...


class Pace:
    """Decides whether it is time. While the terminal has not taken the last frame there is no next one."""

    def __init__(self) -> None:
        self.every_s = EVERY_S
        self._last: float | None = None
        self._waited_s = 0.0

    def is_due(self, now: float, terminal: Waiting | None, since_key_s: float = float("inf")) -> bool:
        """Whether to draw now; then it counts as done.

        Args:
            now: Seconds of any clock that only goes forward.
            terminal: What is drawn on, if that can be told.
            since_key_s: How long ago a key was pressed.
        """
        if terminal is not None and terminal.is_stuck:
            return False
        every_s = self.every_s * (_KEYS_LEAVE if since_key_s < _AFTER_A_KEY_S else 1.0)
        if self._last is not None and now - self._last < every_s - _TOLERANCE_S:
            return False
        waited_s = 0.0 if terminal is None else terminal.waited_s
        if self._last is not None and now > self._last:
            share = (waited_s - self._waited_s) / (now - self._last)
            if share > _BUSY:
                self.every_s = min(SLOWEST_S, self.every_s * 2)
            elif share < _IDLE:
                self.every_s = max(EVERY_S, self.every_s / 2)
        self._last, self._waited_s = now, waited_s
        return True
