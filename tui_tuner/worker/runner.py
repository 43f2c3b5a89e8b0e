"""The runner of real training, with Keras, which is imported when the first job needs it or by `warm_up`."""

from __future__ import annotations

import importlib
import os
import sys
import traceback
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.engine.view import Objective
from tui_tuner.system.keras_versions import backend_name
from tui_tuner.worker.checkpoints import BestWeights, restore_weights
from tui_tuner.worker.failures import trial_failure
from tui_tuner.worker.final_jobs import WEIGHTS
from tui_tuner.worker.jax_cache import keep_compiled
from tui_tuner.worker.jobs import Control, EvaluateJob, PrepareJob, Task, TrialJob
from tui_tuner.worker.memory import dedicate_process, forget_models
from tui_tuner.worker.messages import READY
from tui_tuner.worker.model_files import write_model
from tui_tuner.worker.protocol import JobRunner, Reporter
from tui_tuner.worker.reports import Evaluated, Outcome, Prepared, TrialEnded, WorkerStatus
from tui_tuner.worker.spacing import Spacing

if TYPE_CHECKING:
    from tui_tuner.configs.model_reference import ModelBuilder
    from tui_tuner.space import HyperParameters
    from tui_tuner.worker.traces import TracedModels
    from tui_tuner.worker.training_data import TrainingData

__all__ = ["JobRunner", "KerasRunner", "Reporter", "warm_up"]

_OUTCOMES = {Control.RUN: Outcome.COMPLETED, Control.SKIP: Outcome.SKIPPED, Control.STOP: Outcome.STOPPED}


def warm_up(reporter: Reporter, before_ready: Callable[[], None] = lambda: None) -> None:
    """Import Keras and its backend, and say so. For a process that does nothing but train.

    What is in memory then stays for good, which spares later garbage collections the walk over it.

    Args:
        before_ready: Called when everything is imported, and nothing used.
    """
    keep_compiled(os.environ)
    reporter.report(WorkerStatus(reporter.worker, f"importing {backend_name()}"))
    for module in ("keras", "tui_tuner.worker.execution", "tui_tuner.worker.training_data"):
        importlib.import_module(module)
    dedicate_process()
    before_ready()
    reporter.report(WorkerStatus(reporter.worker, READY))


class KerasRunner:
    """Prepares data, trains and evaluates Keras models, as KerasTuner's `Tuner` does.

    Args:
        task: What all trials have in common.
        make_spacing: Makes the spacing of a trial's saves; see `TrialResume`.
    """

    def __init__(self, task: Task, make_spacing: Callable[[float], Spacing] = Spacing) -> None:
        self._task = task
        self._make_spacing = make_spacing
        self._directory = SearchDirectory(task.project_dir)
        self._data: TrainingData | None = None
        self._builder: ModelBuilder | None = None
        self._traced: TracedModels | None = None

    def prepare(self, job: PrepareJob, reporter: Reporter) -> Prepared:
        """Load, split and store the data, and build the model until its whole search space is known.

        Raises:
            TunerError: If the data or the model cannot be found or used.
            FatalTypeError: If the build function does not return a compiled Keras model.
            Exception: Whatever the user's code raises.
        """
        from tui_tuner.space import HyperParameters, explore
        from tui_tuner.worker.execution import build_model
        from tui_tuner.worker.first_look import first_look
        from tui_tuner.worker.training_data import prepare_data

        reporter.report(WorkerStatus(reporter.worker, "loading data"))
        self._data = prepare_data(self._task)
        if self._task.folds > 1:
            from tui_tuner.worker.folds import check_folds

            check_folds(self._data, self._task)
        reporter.report(WorkerStatus(reporter.worker, "building the model"))
        known = job.hyperparameters
        hp = HyperParameters() if known is None else HyperParameters.from_config(dict(known))
        builder = self._model_builder(self._data)
        forget_models()
        built: list[Any] = []
        space = explore(hp, lambda trial: built.append(build_model(builder, trial)))
        findings = first_look(self._task, self._data, built[0], space, job.max_trials, own_fit=builder.fit is not None)
        return Prepared(reporter.worker, space.get_config(), self._data.summary, findings)

    def run_trial(self, job: TrialJob, reporter: Reporter) -> TrialEnded:
        """Run the trial's executions. Exceptions become its outcome; their full traceback goes to `sys.stderr`."""
        from tui_tuner.space import HyperParameters
        from tui_tuner.worker.execution import Execution
        from tui_tuner.worker.folds import data_fold
        from tui_tuner.worker.resume import CannotResumeError, TrialResume
        from tui_tuner.worker.traces import TracedModels

        task = self._task
        hp = HyperParameters.from_config(dict(job.hyperparameters))
        best = BestWeights(self._directory, job.trial_id, Objective(task.objective, task.direction))
        resume = TrialResume(task, job, reporter, best, self._make_spacing)
        traced = self._traced = self._traced or TracedModels()
        results = resume.finished
        wanted = Control.RUN
        try:
            data = self._training_data(reporter)
            builder = self._model_builder(data)
            number = resume.execution
            while number < task.executions:
                wanted = reporter.decide()
                if wanted is not Control.RUN:
                    if wanted is Control.STOP:
                        resume.save_between()
                    break
                part = data if task.folds == 1 else data_fold(data, number % task.folds, task)
                try:
                    ended = Execution(task, builder, part, job, number, reporter, best, resume, traced).run(hp)
                except CannotResumeError as error:
                    resume.start_over(error)
                    number = 0
                    continue
                wanted = ended.wanted
                if ended.result is not None:
                    results.append(ended.result)
                if wanted is not Control.RUN:
                    break
                number += 1
        except (Exception, SystemExit) as error:
            traceback.print_exception(error, file=sys.stderr)
            resume.end()
            return trial_failure(error, job, reporter.worker, results, hp.get_config())
        if wanted is not Control.STOP:
            resume.end()
        return TrialEnded(
            worker=reporter.worker,
            trial_id=job.trial_id,
            attempt=job.attempt,
            outcome=_OUTCOMES[wanted],
            executions=tuple(results),
            hyperparameters=hp.get_config(),
        )

    def evaluate(self, job: EvaluateJob, reporter: Reporter) -> Evaluated:
        """Load the trial's best weights, evaluate them on the test data, and write `best/`.

        With cross-validation each fold's weights have seen a part of the training rows only: the configuration is
        trained anew on all of them, for as many epochs as the folds needed on average, seeded by the search's seed.

        Raises:
            FileNotFoundError: If the trial has no checkpoint.
            TunerError: If the model cannot be built without data.
            ValueError: If the checkpoint does not fit the model.
        """
        from tui_tuner.space import HyperParameters
        from tui_tuner.worker.execution import build_model
        from tui_tuner.worker.logs import numbers

        data = self._training_data(reporter)
        reporter.report(WorkerStatus(reporter.worker, "evaluating the best model"))
        forget_models()
        hp = HyperParameters.from_config(dict(job.hyperparameters))
        if job.epochs is not None and self._task.seed is not None:
            import keras

            keras.utils.set_random_seed(self._task.seed)
        model = build_model(self._model_builder(data), hp)
        if job.epochs is None:
            restore_weights(model, self._directory, job.trial_id)
        else:
            reporter.report(WorkerStatus(reporter.worker, "training the best model on all training rows"))
            self._train_on_all(model, hp, data, job.epochs)
        arguments = data.evaluate_arguments(self._task.fit)
        metrics = {}
        if arguments is not None and model.compiled:
            metrics = numbers(model.evaluate(*arguments[0], **arguments[1], verbose=0, return_dict=True))
        why_weights = write_model(model, self._directory.best, {"trial_id": job.trial_id, **hp.get_config()})
        warning = (
            f"the best model cannot be saved whole: {why_weights}; best/{WEIGHTS} has its weights"
            if why_weights
            else ""
        )
        return Evaluated(reporter.worker, job.trial_id, metrics, warning)

    def _train_on_all(self, model: Any, hp: HyperParameters, data: TrainingData, epochs: int) -> None:
        builder = self._model_builder(data)
        planned = {key: value for key, value in self._task.fit.items() if not key.startswith("validation_")}
        positional, arguments = data.fit_arguments({**planned, "epochs": epochs})
        if builder.fit is not None:
            builder.fit(hp, model, *positional, callbacks=[], **arguments)
        else:
            model.fit(*positional, **arguments)

    def _training_data(self, reporter: Reporter) -> TrainingData:
        if self._data is None:
            from tui_tuner.worker.training_data import open_data

            reporter.report(WorkerStatus(reporter.worker, "loading data"))
            self._data = open_data(self._task)
        return self._data

    def _model_builder(self, data: TrainingData) -> ModelBuilder:
        if self._builder is None:
            from tui_tuner.configs.model_reference import ReferenceKind, parse_reference, resolve_model

            is_ready_made = parse_reference(self._task.model).kind is ReferenceKind.READY_MADE
            self._builder = resolve_model(self._task.model, data.shape if is_ready_made else None)
        return self._builder
