"""Finds trials that hang: none of their epochs ends in the time that a person gives."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

_START_S = 300.0
"""So much longer a trial may take whose worker starts: the import of TensorFlow is no epoch."""


class Watchdog:
    """Knows when each running trial last gave a sign, and which workers have started.

    Args:
        timeout_s: Seconds without a sign after which a trial hangs; `None` for never.
        steady: Seconds that only grow.
    """

    def __init__(self, timeout_s: float | None, steady: Callable[[], float] = time.monotonic) -> None:
        self.timeout_s = timeout_s
        self._steady = steady
        self._signs: dict[str, float] = {}
        self._ready: set[str] = set()
        self._next_look = 0.0

    def worker_is_ready(self, worker: str, ready: bool) -> None:
        """Whether a worker has all that it needs to begin with a trial."""
        if ready:
            self._ready.add(worker)
        else:
            self._ready.discard(worker)

    def sign_of(self, trial_id: str, worker: str | None = None) -> None:
        """The trial gave a sign, or its worker did.

        Args:
            worker: For a trial that may wait for its worker: that worker.
        """
        if self.timeout_s is not None:
            waits = worker is not None and worker not in self._ready
            self._signs[trial_id] = self._steady() + (_START_S if waits else 0.0)

    def hanging(self, running: Iterable[str], *, held: bool) -> list[str]:
        """The trials without a sign for too long; each is named once.

        Args:
            held: The trials are held by a pause: they owe no sign, and have the whole time again afterwards.
        """
        if self.timeout_s is None:
            return []
        now = self._steady()
        if held:
            self._signs = dict.fromkeys(running, now)
            return []
        if now < self._next_look:
            return []
        self._next_look = now + min(1.0, self.timeout_s / 10)
        signs = {trial_id: self._signs.get(trial_id, now) for trial_id in running}
        late = [trial_id for trial_id, sign in signs.items() if now - sign > self.timeout_s]
        self._signs = signs | dict.fromkeys(late, now)
        return late
