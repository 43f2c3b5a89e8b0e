"""Reporting for training that a script runs itself: a tuner's hooks are called too. Importing this imports Keras."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from tui_tuner.engine.view import Objective
from tui_tuner.worker.checkpoints import BestWeights
from tui_tuner.worker.epoch_reporter import EpochReporter
from tui_tuner.worker.jobs import TrialJob
from tui_tuner.worker.protocol import Reporter

Logs = Mapping[str, Any]


class TrainingHooks(Protocol):
    """What wants to follow the training of a model."""

    def on_epoch_begin(self, model: Any, epoch: int, logs: Logs | None) -> None: ...

    def on_epoch_end(self, model: Any, epoch: int, logs: Logs | None) -> None: ...

    def on_batch_begin(self, model: Any, batch: int, logs: Logs | None) -> None: ...

    def on_batch_end(self, model: Any, batch: int, logs: Logs | None) -> None: ...


class HookedReporter(EpochReporter):
    """An `EpochReporter` that calls hooks, and learns of its model when the training begins.

    Args:
        hooks: Called before the epoch is reported.
        complete: Adds to an epoch's logs what the objective is made of.
    """

    def __init__(
        self,
        reporter: Reporter,
        job: TrialJob,
        execution: int,
        objective: Objective,
        best_weights: BestWeights,
        hooks: TrainingHooks,
        complete: Callable[[Logs], Logs],
    ) -> None:
        super().__init__(reporter, job, execution, objective, best_weights, None, announce=execution == 0, strict=False)
        self.hooks = hooks
        self._complete = complete

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        super().on_epoch_begin(epoch, logs)
        self.hooks.on_epoch_begin(self.model, epoch, logs)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        self.hooks.on_epoch_end(self.model, epoch, logs)
        super().on_epoch_end(epoch, self._complete(logs or {}))


class BatchHookedReporter(HookedReporter):
    """The same for hooks that want to know of batches, for which Keras has to collect the logs of each batch."""

    def on_train_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        self.hooks.on_batch_begin(self.model, batch, logs)

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        self.hooks.on_batch_end(self.model, batch, logs)
