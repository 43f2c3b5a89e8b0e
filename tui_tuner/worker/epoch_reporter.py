"""The Keras callbacks that stand between training and the engine. Importing this imports Keras."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras

from tui_tuner.engine.view import Objective
from tui_tuner.worker.checkpoints import BestWeights
from tui_tuner.worker.control import TrialCutError
from tui_tuner.worker.execution_keeper import ExecutionKeeper
from tui_tuner.worker.jobs import Control, TrialJob
from tui_tuner.worker.logs import missing_objective, numbers
from tui_tuner.worker.progress import Progress
from tui_tuner.worker.protocol import Reporter
from tui_tuner.worker.reports import EpochEnded, ExecutionResult, ModelBuilt
from tui_tuner.worker.summaries import summarize
from tui_tuner.worker.training_state import save_training_state


class WeightKeeper(keras.callbacks.Callback):  # type: ignore[misc]
    """Lets weights be copied or written before anything changes them; the first of the callbacks.

    Args:
        best: The best weights.
        model: The model that will be trained, because a user's own loop may not set it; `None` if it is set later.
        state: Where to keep how far the training has come by its end, or `None`.
        epochs: How many epochs the model has been trained already.
    """

    def __init__(self, best: BestWeights, model: Any, state: Path | None = None, epochs: int = 0) -> None:
        super().__init__()
        self._best = best
        self._trained = model
        self._state = state
        self._epochs = epochs

    def set_model(self, model: Any) -> None:
        """Keras begins to train a model, which takes the place of the one that was given."""
        super().set_model(model)
        self._trained = model

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._best.before_change(self._trained)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self._epochs = epoch + 1

    def on_train_end(self, logs: Any = None) -> None:
        self._best.training_ended(self._trained)
        if self._state is not None:
            save_training_state(self._trained, self._state, self._epochs)


class EpochReporter(keras.callbacks.Callback):  # type: ignore[misc]
    """Reports the model and each epoch, and heeds the engine; the last of the callbacks, so that it sees all logs.

    A value in the logs that is no single number is left out. Where a user's own `fit` trains more than once and each
    time counts from 0, the epochs go on counting.

    Args:
        model: The model that will be trained, because a user's own loop may not set it; `None` if it is set later.
        announce: Whether to report the model.
        strict: Whether the objective must be there after each epoch; else it is enough if some epoch has it.
        keeper: Saves where the training stands; `None` for a training that cannot go on from there.

    Raises:
        FatalValueError: From `on_epoch_end`, if the objective is missing; names the metrics that are there.
    """

    def __init__(
        self,
        reporter: Reporter,
        job: TrialJob,
        execution: int,
        objective: Objective,
        best_weights: BestWeights,
        model: Any,
        *,
        announce: bool,
        strict: bool,
        keeper: ExecutionKeeper | None = None,
    ) -> None:
        super().__init__()
        self._reporter = reporter
        self._job = job
        self._execution = execution
        self._objective = objective
        self._best_weights = best_weights
        self._trained = model
        self._announce = announce
        self._strict = strict
        self._keeper = keeper
        self._started = time.perf_counter()
        self._sees_begin = False
        self._next_epoch = 0
        self.seen: dict[str, Any] = {}
        """All metrics so far, by name, each with its latest value."""
        self.result: ExecutionResult | None = None
        """The best epoch so far."""
        self.wanted = Control.RUN
        """What ended the training: `RUN` if nothing did."""

    def go_on_from(self, start: Progress) -> None:
        """Know what an earlier attempt at the execution has shown."""
        self.result = start.result
        self.seen = dict.fromkeys(start.seen)

    def set_model(self, model: Any) -> None:
        """Keras begins to train a model, which takes the place of the one that was given."""
        super().set_model(model)
        self._trained = model

    def on_train_begin(self, logs: Any = None) -> None:
        self._report_model()
        if self._keeper is not None:
            self._keeper.training_began()

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._leave_if_cut()
        self._sees_begin = True
        self._started = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        self._leave_if_cut()
        duration_s = time.perf_counter() - self._started
        self._report_model()
        epoch = max(epoch, self._next_epoch)
        self._next_epoch = epoch + 1
        metrics = numbers(logs or {})
        self.seen |= logs or {}
        job, worker = self._job, self._reporter.worker
        ended = EpochEnded(worker, job.trial_id, job.attempt, self._execution, epoch, metrics, time.time(), duration_s)
        self._reporter.report(ended)
        if self._keeper is not None:
            self._keeper.reported(ended)
        score = metrics.get(self._objective.name)
        if score is not None:
            if self.result is None or self._objective.better(score, self.result.metrics[self._objective.name]):
                self.result = ExecutionResult(metrics, epoch)
            self._best_weights.epoch_ended(self._trained, score, may_wait=self._sees_begin)
        elif self._strict:
            raise missing_objective(self._objective.name, self.seen)
        else:
            self._best_weights.epoch_without_score(self._trained, may_wait=self._sees_begin)
        self.wanted = self._reporter.decide() if self._keeper is None else self._keep(self._keeper, epoch + 1)
        if self.wanted is not Control.RUN:
            self._trained.stop_training = True
        self._sees_begin = False
        self._started = time.perf_counter()

    def _keep(self, keeper: ExecutionKeeper, epoch: int) -> Control:
        """Save where the training stands, if it is time to, and decide; a pause finds it saved."""
        standing = (self._trained, epoch, bool(self._trained.stop_training), self.result, tuple(self.seen))
        keeper.epoch_ended(*standing)
        wanted = self._reporter.decide()
        if wanted is Control.STOP:
            keeper.epoch_ended(*standing, leaves=True)
        return wanted

    def _report_model(self) -> None:
        if self._announce and self._trained.built:
            self._announce = False
            steps = (self.params or {}).get("steps")
            summary = replace(summarize(self._trained), steps_per_epoch=steps if isinstance(steps, int) else None)
            self._reporter.report(ModelBuilt(self._reporter.worker, self._job.trial_id, self._job.attempt, summary))

    def _leave_if_cut(self) -> None:
        if self.wanted is not Control.RUN:
            raise TrialCutError
