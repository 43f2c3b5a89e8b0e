"""Between the training of one execution and what is saved of its trial."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tui_tuner.worker.callback_state import CallbackStates
from tui_tuner.worker.generators import restore_generators
from tui_tuner.worker.progress import Progress
from tui_tuner.worker.reports import EpochEnded, ExecutionResult
from tui_tuner.worker.resume import TrialResume


class ExecutionKeeper:
    """Saves where one execution stands, and brings what is not in the model back to where it stood.

    Args:
        callbacks: Those that may have a state.
        start: Where an earlier attempt at the execution stood, or `None`.
    """

    def __init__(self, resume: TrialResume, number: int, callbacks: Sequence[Any], start: Progress | None) -> None:
        self._resume = resume
        self._number = number
        self._callbacks = tuple(callbacks)
        self._start = start
        self._states = CallbackStates(())
        self._saved: int | None = None

    def training_began(self) -> None:
        """All callbacks have heard that the training begins; what they set then is taken back."""
        self._states = CallbackStates(self._callbacks)
        if self._start is not None:
            self._states.restore(self._start.callbacks)
            restore_generators(self._start.generators)

    def reported(self, epoch: EpochEnded) -> None:
        """The engine was told of an epoch."""
        self._resume.reported(epoch)

    def epoch_ended(
        self,
        model: Any,
        epoch: int,
        stopped: bool,
        result: ExecutionResult | None,
        seen: Sequence[str],
        *,
        leaves: bool = False,
    ) -> None:
        """Save where the execution stands, if it is time; see `TrialResume.save`.

        Args:
            leaves: Whether the training is left now, so that it is time anyway.
        """
        if epoch != self._saved and (leaves or self._resume.is_due(model)):
            self._resume.save(model, self._number, epoch, stopped, result, seen, self._states.save())
            self._saved = epoch
