"""One execution of a trial: build a model, train it, report. Importing this imports Keras."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import keras

from tui_tuner.configs.model_reference import ModelBuilder
from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.engine.view import Objective
from tui_tuner.errors import FatalTypeError
from tui_tuner.space import HyperParameters
from tui_tuner.worker.callbacks import make_callbacks
from tui_tuner.worker.checkpoints import BestWeights
from tui_tuner.worker.control import TrialCutError
from tui_tuner.worker.epoch_reporter import EpochReporter, WeightKeeper
from tui_tuner.worker.execution_keeper import ExecutionKeeper
from tui_tuner.worker.jobs import Control, Task, TrialJob
from tui_tuner.worker.logs import missing_objective, no_epoch, numbers
from tui_tuner.worker.memory import forget_models
from tui_tuner.worker.optimum import EndAtOptimum
from tui_tuner.worker.progress import Progress
from tui_tuner.worker.protocol import Reporter
from tui_tuner.worker.ready_batches import ready_batches
from tui_tuner.worker.reports import ExecutionResult
from tui_tuner.worker.resume import TrialResume
from tui_tuner.worker.seeds import execution_seed
from tui_tuner.worker.traces import ReadyModel, TracedModels
from tui_tuner.worker.training_data import TrainingData
from tui_tuner.worker.training_state import continue_training


@dataclass(frozen=True)
class Ended:
    """How an execution ended.

    Args:
        result: Its best epoch; `None` if it was cut short before it had one.
        wanted: What the engine wanted at its end: `RUN`, `SKIP` or `STOP`.
    """

    result: ExecutionResult | None
    wanted: Control


class Execution:
    """Builds and trains one configuration once, as KerasTuner's `Tuner` does.

    Args:
        number: Which of the trial's executions, from 0.
        best_weights: Shared by the trial's executions.
        resume: What the trial goes on from, and what saves it; shared too.
        traced: The models of earlier executions, whose traced training functions may be used again.
    """

    def __init__(
        self,
        task: Task,
        builder: ModelBuilder,
        data: TrainingData,
        job: TrialJob,
        number: int,
        reporter: Reporter,
        best_weights: BestWeights,
        resume: TrialResume,
        traced: TracedModels,
    ) -> None:
        self._task = task
        self._builder = builder
        self._data = data
        self._job = job
        self._number = number
        self._reporter = reporter
        self._best_weights = best_weights
        self._resume = resume
        self._traced = traced
        self._objective = Objective(task.objective, task.direction)
        self._directory = SearchDirectory(task.project_dir)

    def run(self, hp: HyperParameters) -> Ended:
        """Build and train.

        Args:
            hp: The trial's hyperparameters; gets what the build adds.

        Raises:
            FatalError: If the build function returns no compiled model, or training does not report the objective.
            CannotResumeError: If the execution was to go on from a state that does not fit.
            Exception: Whatever the user's code, a callback or Keras raises.
        """
        forget_models()
        if self._task.seed is not None:
            keras.utils.set_random_seed(execution_seed(self._task.seed, self._job.number, self._number))
        ready = self._ready(build_model(self._builder, hp))
        model = ready.model
        start = self._resume.open_execution(self._number, model)
        if start is not None and start.epoch is not None:
            self._reseed(start.epoch)
        elif self._job.continues is not None:
            continue_training(model, self._directory, self._job.continues, self._number)
        named = make_callbacks(
            self._task.callbacks, self._directory, self._job.trial_id, self._number, goes_on=start is not None
        )
        plain = self._builder.fit is None
        epochs = EpochReporter(
            self._reporter,
            self._job,
            self._number,
            self._objective,
            self._best_weights,
            model,
            announce=self._number == 0,
            strict=plain and "validation_freq" not in self._task.fit,
            keeper=ExecutionKeeper(self._resume, self._number, named, start) if plain else None,
        )
        if start is not None:
            epochs.go_on_from(start)
        planned = self._planned(start)
        state = self._directory.training_state(self._job.trial_id, self._number) if self._job.may_be_continued else None
        keeper = WeightKeeper(self._best_weights, model, state, epochs=planned.get("initial_epoch", 0))
        boards = self._boards(named, hp)
        # Not where the training is gone on with: there it is to have all the epochs it was given.
        ends = plain and self._task.ends_at_optimum and not self._job.may_be_continued
        optimum = [EndAtOptimum(self._task.objective)] if ends else []
        returned = self._fit(hp, model, [keeper, *named, *boards, *optimum, epochs], planned)
        if epochs.wanted is Control.STOP:
            return Ended(None, Control.STOP)
        result = self._returned_result(returned, model, epochs) or epochs.result
        if result is None and epochs.wanted is Control.RUN:
            if not getattr(returned, "epoch", True):  # of a `History`
                raise no_epoch(self._objective.name)
            raise missing_objective(self._objective.name, epochs.seen)
        self._best_weights.execution_ended(model)
        if returned is not None:
            self._traced.keep(ready)
        return Ended(result, epochs.wanted)

    def _ready(self, model: Any) -> ReadyModel:
        """The model that is to be trained in the state of `model`; itself where the user's own code trains it."""
        if self._builder.fit is not None:
            return ReadyModel(model, None)
        return self._traced.ready(model, ready_batches(model, *self._data.fit_arguments(self._planned(None))))

    def _reseed(self, epoch: int) -> None:
        """Give what draws from Keras' generator for all layers other random numbers than those of the first epochs.

        What is saved (`generators`) is restored later, when the training begins. TensorFlow shuffles the rows of every
        epoch alike from the same seed, so there all are left as they are, and the remaining epochs see the rows in the
        order in which an undisturbed training would have seen them.
        """
        if self._task.seed is not None and keras.backend.backend() != "tensorflow":
            seed = execution_seed(self._task.seed, self._job.number, self._number)
            keras.utils.set_random_seed((seed + 7919 * epoch) % 2**32)

    def _fit(self, hp: HyperParameters, model: Any, callbacks: list[Any], planned: dict[str, Any]) -> Any:
        positional, arguments = self._data.fit_arguments(planned)
        try:
            if self._builder.fit is not None:
                return self._builder.fit(hp, model, *positional, callbacks=callbacks, **arguments)
            batches = ready_batches(model, positional, arguments)
            positional, arguments = (batches and batches.fit_arguments()) or (positional, arguments)
            return model.fit(*positional, callbacks=callbacks, **arguments)
        except TrialCutError:
            return None

    def _planned(self, start: Progress | None) -> dict[str, Any]:
        """The arguments for `fit` without data and callbacks."""
        arguments = dict(self._task.fit)
        if self._job.epochs is not None:
            arguments["epochs"] = self._job.epochs
        if self._job.initial_epoch:
            arguments["initial_epoch"] = self._job.initial_epoch
        if start is not None:
            arguments["initial_epoch"] = arguments.get("epochs", 1) if start.stopped else start.epoch
        if arguments.get("verbose", "auto") == "auto":
            arguments["verbose"] = 2  # a bar is for terminals; this goes to a log
        return arguments

    def _boards(self, named: list[Any], hp: HyperParameters) -> list[Any]:
        """What writes the hyperparameters where TensorBoard looks for them."""
        if not any(isinstance(callback, keras.callbacks.TensorBoard) for callback in named):
            return []
        from tui_tuner.worker.tensorboard import hyperparameter_logs

        active = {name: value for name, value in hp.values.items() if hp.is_active(name)}
        return list(hyperparameter_logs(named, self._job.trial_id, active))

    def _returned_result(self, returned: Any, model: Any, epochs: EpochReporter) -> ExecutionResult | None:
        """The result that a HyperModel's `fit` returned as metrics or as the objective; `None` for a `History`."""
        if isinstance(returned, Mapping):
            metrics = numbers(returned)
            if self._objective.name not in metrics:
                raise missing_objective(self._objective.name, returned)
        elif self._builder.fit is not None and numbers({self._objective.name: returned}):
            metrics = numbers({self._objective.name: returned})
        else:
            return None
        if epochs.result is None:
            self._best_weights.epoch_ended(model, metrics[self._objective.name], may_wait=True)
            return ExecutionResult(metrics, 0)
        return ExecutionResult(metrics, epochs.result.best_epoch)


def build_model(builder: ModelBuilder, hp: HyperParameters) -> Any:
    """Build a model and check that it can be trained.

    Raises:
        FatalTypeError: If the build function does not return a Keras model, or one that is not compiled although
            nothing but `model.fit` will train it.
    """
    model = builder.build(hp)
    name = getattr(builder.hypermodel, "__name__", type(builder.hypermodel).__name__)
    if not isinstance(model, keras.Model):
        advice = "; did you forget `return model`?" if model is None else ""
        raise FatalTypeError(f"{name} must return a Keras model, but it returned {type(model).__name__}{advice}")
    if builder.fit is None and not model.compiled:
        raise FatalTypeError(f"{name} must return a compiled model: call model.compile(...) before it returns it")
    return model
