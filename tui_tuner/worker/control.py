"""What the engine wants of a running trial: set by one thread, heeded by the one that trains."""

from __future__ import annotations

import threading

from tui_tuner.worker.jobs import Control


class TrialCutError(BaseException):
    """Leaves a training loop that goes on after it was told to stop. No `Exception`: users' code must not catch it."""


class TrialControl:
    """The latest wish for one trial; safe to use from several threads."""

    def __init__(self) -> None:
        self._wanted = Control.RUN
        self._answered = 0
        self._changed = threading.Condition()

    def set(self, wanted: Control, answered: int = 0) -> None:
        """Replace the wish; a trial that is held by a pause, or awaits an answer, wakes up.

        Args:
            answered: How many epochs of the trial have been judged.
        """
        with self._changed:
            self._wanted = wanted
            self._answered = max(self._answered, answered)
            self._changed.notify_all()

    def decide(self) -> Control:
        """Wait while the wish is `PAUSE`, then return it: `RUN`, `SKIP` or `STOP`."""
        with self._changed:
            self._changed.wait_for(lambda: self._wanted is not Control.PAUSE)
            return self._wanted
