"""What the engine wants of a running trial: set by one thread, heeded by the one that trains."""

from __future__ import annotations

import threading

from tui_tuner.worker.jobs import Control

ANSWER_TIMEOUT_S = 2.0
"""How long a trial waits for the engine to judge an epoch; then it goes on without."""

WAKE_EVERY_S = 1.0
"""How often a thread that waits looks up: if a signal was delivered to another thread, its handler runs then. A wait
without end would never notice Ctrl+C."""


class TrialCutError(BaseException):
    """Leaves a training loop that goes on after it was told to stop. No `Exception`: users' code must not catch it."""


class TrialControl:
    """The latest wish for one trial; safe to use from several threads."""

    def __init__(self) -> None:
        self._wanted = Control.RUN
        self._reported = 0
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

    def epoch_reported(self) -> None:
        """Count an epoch that the engine is about to be told of."""
        with self._changed:
            self._reported += 1

    def decide(self, *, await_answer: bool = False) -> Control:
        """Wait while the wish is `PAUSE`, then return it: `RUN`, `SKIP` or `STOP`.

        Args:
            await_answer: Wait first, but not for long, until all epochs that were reported have been judged.
        """
        with self._changed:
            if await_answer:
                self._changed.wait_for(self._is_answered, timeout=ANSWER_TIMEOUT_S)
            while self._wanted is Control.PAUSE:
                self._changed.wait(WAKE_EVERY_S)
            return self._wanted

    def _is_answered(self) -> bool:
        return self._answered >= self._reported or self._wanted in (Control.SKIP, Control.STOP)
