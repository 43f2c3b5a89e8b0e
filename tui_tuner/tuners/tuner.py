"""The tuner of Keras models."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tui_tuner.distribute.environment import default_tuner_id
from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.errors import FatalValueError
from tui_tuner.oracles import Oracle, Trial
from tui_tuner.space import HyperParameters
from tui_tuner.tuners.base_tuner import BaseTuner, Build
from tui_tuner.tuners.results import execution_results
from tui_tuner.worker.jobs import Control, TrialJob
from tui_tuner.worker.protocol import Reporter

__all__ = ["Build", "Tuner", "maybe_distribute"]


class Tuner(BaseTuner):
    """Tunes Keras models: builds, trains and saves each configuration.

    Args:
        oracle: Proposes the trials.
        hypermodel: A build function or a `HyperModel`; may be missing only if a subclass overrides `run_trial`.
        max_model_size: The number of trainable parameters that a model may have; a trial with a larger one fails.
        optimizer: Compiles each model with this optimizer in place of its own.
        loss: Compiles each model with this loss in place of its own.
        metrics: Compiles each model with these metrics in place of its own.
        distribution_strategy: A `tf.distribute` strategy, in whose scope models are built and loaded.
        directory: The search's files lie in `<directory>/<project_name>`; by default here.
        project_name: By default `untitled_project`.
        logger: Deprecated, without effect.
        tuner_id: KerasTuner's name for one of several tuners.
        overwrite: Delete the search that is there already; otherwise it is reloaded, and goes on.
        executions_per_trial: How often each configuration is built and trained; the results are averaged.

    Raises:
        ValueError: If there is no hypermodel and `run_trial` is not overridden, or an argument is unknown.
        FatalValueError: If the hypermodel is neither a function nor a `HyperModel`.
        TunerError: If the search that is there was for another objective, or cannot be deleted.
    """

    def __init__(
        self,
        oracle: Oracle,
        hypermodel: Build = None,
        max_model_size: int | None = None,
        optimizer: Any = None,
        loss: Any = None,
        metrics: Sequence[Any] | None = None,
        distribution_strategy: Any = None,
        directory: str | Path | None = None,
        project_name: str | None = None,
        logger: Any = None,
        tuner_id: str | None = None,
        overwrite: bool = False,
        executions_per_trial: int = 1,
        **kwargs: Any,
    ) -> None:
        if hypermodel is None and type(self).run_trial is Tuner.run_trial:
            raise ValueError(
                f"Received `hypermodel=None`: give {type(self).__name__} a build function or a `HyperModel`, or "
                "override `run_trial` in a subclass."
            )
        self.max_model_size = max_model_size
        self.optimizer = optimizer
        self.loss = loss
        self.metrics = metrics
        self.distribution_strategy = distribution_strategy
        self.executions_per_trial = executions_per_trial
        self.tuner_id = tuner_id or default_tuner_id()
        super().__init__(
            oracle=oracle,
            hypermodel=hypermodel,
            directory=directory,
            project_name=project_name,
            logger=logger,
            overwrite=overwrite,
            **kwargs,
        )

    def run_trial(self, trial: Trial, *fit_args: Any, **fit_kwargs: Any) -> Any:
        """Build and train the trial's model `executions_per_trial` times, and save the weights of the best epoch.

        Args:
            trial: The configuration.
            *fit_args: Arguments of `HyperModel.fit`, by default those of `model.fit`.
            **fit_kwargs: The same. `callbacks` are copied for each execution.

        Returns:
            What `HyperModel.fit` returned, for each execution.
        """
        if self._run is None:  # called by the script itself, outside of a search
            self._begin_run(*_nobody_listens(trial), trial)
            try:
                return self.run_trial(trial, *fit_args, **fit_kwargs)
            finally:
                self._end_run()
        run = self._run
        given = fit_kwargs.pop("callbacks", None) or []
        results = []
        for execution in range(self.executions_per_trial):
            if not run.goes_on():
                break
            callbacks = self._deepcopy_callbacks(given)
            self._configure_tensorboard_dir(callbacks, trial, execution)
            first, last = run.begin_execution(execution)
            # Ours stand around the user's: the first sees the weights before any other changes them, the last sees
            # what all others have added to the logs.
            arguments = {**fit_kwargs, "callbacks": [first, *callbacks, last]}
            results.append(self._build_and_fit_model(trial, *fit_args, **arguments))
            run.end_execution()
            if run.wanted is Control.RUN and not trial.metrics.exists(self.oracle.objective.name):
                run.execution_returned(execution_results(results[-1], self.oracle.objective, "HyperModel.fit()")[0])
        return results

    def save_model(self, trial_id: str, model: Any, step: int = 0) -> None:
        """Write a model's weights as those of the trial, for training loops of the user's own: `load_model` finds them.

        Trials that are trained by `HyperModel.fit` with the callbacks that it gets have theirs saved already.
        """
        from tui_tuner.worker.checkpoints import save_weights

        save_weights(model, self._trial_files(), trial_id)

    def load_model(self, trial: Trial) -> Any:
        """A fresh model with the trial's hyperparameters and the weights of its best epoch.

        Raises:
            FileNotFoundError: If the trial has no checkpoint.
        """
        from tui_tuner.worker.checkpoints import restore_weights
        from tui_tuner.worker.script_models import accept_another_build

        model = self._try_build(trial.hyperparameters)
        with maybe_distribute(self.distribution_strategy):
            restore_weights(model, self._trial_files(), trial.trial_id)
        accept_another_build(model)
        return model

    # What libraries on top of KerasTuner override.

    def _build_and_fit_model(self, trial: Trial, *args: Any, **kwargs: Any) -> Any:
        """One execution: build the model and train it."""
        hp = trial.hyperparameters
        model = self._try_build(hp)
        assert self.hypermodel is not None
        return self.hypermodel.fit(hp, model, *args, **kwargs)

    def _build_hypermodel(self, hp: HyperParameters) -> Any:
        """Build the model and compile it with what the tuner was given.

        Raises:
            FatalValueError: If there is no hypermodel.
        """
        if self.hypermodel is None:
            raise FatalValueError(
                f"This {type(self).__name__} has no hypermodel that could build a model: give it a build function or a "
                "`HyperModel`, or override `load_model`, which `get_best_models` calls, in a subclass."
            )
        with maybe_distribute(self.distribution_strategy):
            model = self.hypermodel.build(hp)
            self._override_compile_args(model)
        return model

    def _override_compile_args(self, model: Any) -> None:
        """Compile a model again with what the tuner was given."""
        from tui_tuner.worker.script_models import compile_again

        compile_again(model, self.optimizer, self.loss, self.metrics)

    def _try_build(self, hp: HyperParameters) -> Any:
        """Let go of earlier models, build one, and check it.

        Raises:
            FatalTypeError: If it is no Keras model.
            FailedTrialError: If it is larger than `max_model_size`.
        """
        from tui_tuner.worker.memory import forget_models
        from tui_tuner.worker.script_models import check_model

        forget_models()
        model = self._build_hypermodel(hp)
        source = getattr(self.hypermodel, "name", None) or type(self.hypermodel).__name__
        check_model(model, source, self.max_model_size)
        if self._run is not None:
            self._run.model_built(model)
        return model

    def _deepcopy_callbacks(self, callbacks: Sequence[Any]) -> list[Any]:
        """Copies of the callbacks, because each training changes them.

        Raises:
            FatalValueError: If they cannot be copied.
        """
        try:
            return copy.deepcopy(list(callbacks))
        except Exception as error:
            raise FatalValueError(
                "All callbacks used during a search should be deep-copyable, because each execution needs its own "
                f"copies; copy.deepcopy({callbacks!r}) failed with: {error}"
            ) from error

    def _configure_tensorboard_dir(self, callbacks: list[Any], trial: Trial, execution: int = 0) -> None:
        """Let TensorBoard callbacks write to a folder of the execution's own, with the hyperparameters."""
        if any(type(callback).__name__ == "TensorBoard" for callback in callbacks):
            from tui_tuner.worker.tensorboard import send_to_trial

            send_to_trial(callbacks, trial.trial_id, execution, trial.hyperparameters.values)

    def _get_checkpoint_fname(self, trial_id: str) -> str:
        """Where the weights of the trial's best epoch lie; a name that ends in `.weights.h5`."""
        return str(SearchDirectory(Path(self.project_dir)).checkpoint(trial_id))

    def _trial_files(self) -> SearchDirectory:
        if type(self)._get_checkpoint_fname is Tuner._get_checkpoint_fname:
            return super()._trial_files()
        return _OwnCheckpoints(self._root, self._get_checkpoint_fname)


@dataclass(frozen=True)
class _OwnCheckpoints(SearchDirectory):
    """A search directory with the weights where a subclass wants them."""

    file_name: Callable[[str], str]

    def checkpoint(self, trial_id: str) -> Path:
        return Path(self.file_name(trial_id))


def _nobody_listens(trial: Trial) -> tuple[TrialJob, Reporter]:
    job = TrialJob(trial.trial_id, 0, 0, trial.hyperparameters.get_config())
    return job, Reporter("script", lambda report: None)


@contextlib.contextmanager
def maybe_distribute(distribution_strategy: Any) -> Iterator[None]:
    """The scope of a `tf.distribute` strategy; no scope for `None`."""
    if distribution_strategy is None:
        yield
    else:
        with distribution_strategy.scope():
            yield
