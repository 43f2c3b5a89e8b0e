"""What all tuners have in common: the search, its hooks, its directory and its summaries."""

from __future__ import annotations

import dataclasses
import functools
import os
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

from tui_tuner.distribute.environment import default_tuner_id, role
from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.engine.spec import SearchSpec
from tui_tuner.engine.view import Objective as EngineObjective
from tui_tuner.engine.view import SearchState
from tui_tuner.errors import FatalRuntimeError
from tui_tuner.oracles import Oracle, Trial
from tui_tuner.oracles.json_files import read_json, write_json
from tui_tuner.oracles.oracle import is_scored
from tui_tuner.space import HyperParameters, explore
from tui_tuner.tuners.display import SearchDisplay, print_results, print_space
from tui_tuner.tuners.host import current_host
from tui_tuner.tuners.hypermodel import HyperModel, get_hypermodel
from tui_tuner.tuners.project import delete_search, has_search, record_trials, reload_oracle, tuner_file
from tui_tuner.tuners.pruner_wish import PrunerChoice, PrunerWish
from tui_tuner.tuners.runner import TunerRunner
from tui_tuner.tuners.session import elapsed_before, run_search, stop_now
from tui_tuner.tuners.shared_search import serve_as_chief, work_for_chief
from tui_tuner.tuners.trial_places import choose_place
from tui_tuner.tuners.trial_run import TrialRun
from tui_tuner.worker.jobs import TrialJob
from tui_tuner.worker.protocol import Reporter

Build = HyperModel | Callable[[HyperParameters], Any] | None
"""What may be given as `hypermodel`."""

Logs = Mapping[str, Any] | None


class BaseTuner:
    """Searches by calling `run_trial`, which a subclass implements, for what its oracle proposes.

    Hooks and trials run in the thread that calls `search`. The engine runs beside them and keeps `search.db`, so that
    `tui-tuner attach`, `status` and their keys work on the search from another terminal.

    Args:
        oracle: Proposes the trials.
        hypermodel: A build function or a `HyperModel`; may be missing if `run_trial` needs none.
        directory: The search's files lie in `<directory>/<project_name>`; by default here.
        project_name: By default `untitled_project`.
        overwrite: Delete the search that is there already; otherwise it is reloaded, and goes on.
        pruner: What stops hopeless trials before their end: a name (`"median"`), or a mapping with a `name` and the
            pruner's arguments. By default nothing, as in KerasTuner, which has no pruners.

    Raises:
        ValueError: If the oracle is no `Oracle`, or an argument is unknown.
        FatalValueError: If the hypermodel is neither a function nor a `HyperModel`.
        TunerError: If the search that is there was for another objective, or cannot be deleted, or if there is no such
            pruner.
        RoleError: If KerasTuner's environment variables for a chief and workers do not fit together.
        RuntimeError: If the hypermodel has hyperparameters that the oracle does not allow.

    Attributes:
        oracle: The oracle, which knows the trials.
        hypermodel: The hypermodel, made from a build function if need be.
        tuner_id: KerasTuner's name for one of several tuners.
        logger: What was given as `logger`, which has no effect.
    """

    tuner_id: str
    executions_per_trial: int = 1
    logger: Any = None

    def __init__(
        self,
        oracle: Oracle,
        hypermodel: Build = None,
        directory: str | Path | None = None,
        project_name: str | None = None,
        overwrite: bool = False,
        pruner: PrunerChoice = None,
        **kwargs: Any,
    ) -> None:
        if not isinstance(oracle, Oracle):
            raise ValueError(
                f"Expected `oracle` argument to be an `Oracle`, found {oracle!r} of type {type(oracle).__name__}."
            )
        logger = kwargs.pop("logger", None)
        if logger is not None:
            self.logger = logger
            warnings.warn("`logger` is deprecated and has no effect.", DeprecationWarning, stacklevel=2)
        if kwargs:
            raise ValueError(f"Unrecognized arguments: {', '.join(kwargs)}.")
        self._role = role()
        if "tuner_id" not in self.__dict__:
            self.tuner_id = default_tuner_id()
        self.oracle = oracle
        self.hypermodel = get_hypermodel(hypermodel)
        self.directory = "." if directory is None else directory
        self.project_name = project_name or "untitled_project"
        self._root = Path(self.project_dir).absolute()
        self._run: TrialRun | None = None
        self._overwrites = overwrite
        self._pruner = PrunerWish.of(pruner)
        self._pruner.make(oracle.objective.direction)  # to see that it can be made
        oracle.set_project_dir(self.directory, self.project_name)
        self._root.mkdir(parents=True, exist_ok=True)
        if self._role is not None and not self._role.is_chief:
            from tui_tuner.distribute.client import OracleClient  # here: it loads gRPC

            client = OracleClient(oracle, dataclasses.replace(self._role, tuner_id=self.tuner_id))
            self.oracle = cast("Oracle", client)
            return  # the chief knows the space, and may be at another search of the script
        if overwrite:
            if self._role is not None:
                self._role.refuse_taken_port()  # another chief's search may be there
            self._populate_initial_space()  # first: the old search outlives a model that cannot be built
            delete_search(self._root, self.tuner_id)
            self._root.mkdir(parents=True, exist_ok=True)
            return
        if has_search(self._root, self.tuner_id):
            self.reload()
            print(f"Reloading Tuner from {self._written(tuner_file(self._root, self.tuner_id).name)}")
            if self.oracle.get_space().space:
                return
        self._populate_initial_space()

    def _populate_initial_space(self) -> None:
        """Learn the search space from the hypermodel, under all of its conditions."""
        if self.hypermodel is None:
            return
        hp = self.oracle.get_space()
        self.hypermodel.declare_hyperparameters(hp)
        self.oracle.update_space(explore(hp, self.hypermodel.build))

    # The search.

    def search(self, *fit_args: Any, **fit_kwargs: Any) -> None:
        """Run trials until the search is over. Called again, it goes on: there may be more trials to run by then.

        Args:
            *fit_args: Passed to `run_trial`.
            **fit_kwargs: Passed to `run_trial`; with `verbose=0` the search prints nothing either.

        Raises:
            DirectoryInUseError: If another process runs this search.
            FatalError: If a trial raised one.
            RuntimeError: If too many trials failed in a row, or if no trial completed.
            KeyboardInterrupt: If it was interrupted. It has stopped then, and its running trial will be run again when
                it goes on.
            Exception: What a hook raised.
        """
        self.oracle.verbose = fit_kwargs.get("verbose", "auto")
        if self._role is not None and self._role.is_chief:
            current_host().search_shared(self._root, is_chief=True)
            serve_as_chief(self, self._role)
            record_trials(SearchDirectory(self._root), self.oracle)
            return
        spec = self._spec(fit_kwargs)
        display = SearchDisplay(self.oracle, elapsed_before(spec), quiet=self.oracle.verbose == 0)
        # A worker has no engine of its own: what ends its search, ends its loop.
        stop = functools.partial(stop_now, spec) if self._role is None else lambda: None
        runner = TunerRunner(self, fit_args, fit_kwargs, spec.directory, display, self._begin_run, self._end_run, stop)
        if self._role is not None:
            current_host().search_shared(self._root, is_chief=False)
            work_for_chief(self, runner)
            return
        judged = self._pruner.is_given
        place = choose_place(self, spec, runner, display, fit_args, fit_kwargs, current_host(), stop, judged)
        record_trials(spec.directory, self.oracle)
        self.on_search_begin()
        self.pre_create_trial()
        make_pruner = functools.partial(self._pruner.make, spec.objective.direction)
        end = run_search(spec, self.oracle, place, make_pruner, overwrite=self._overwrites)
        if end.state is SearchState.STOPPED:
            display.say("The search was stopped before its end; call search() again to go on.")
        elif end.state is not SearchState.COMPLETED:
            raise FatalRuntimeError(f"The search in {self.project_dir} failed: {end.detail.rstrip('.')}.")
        self.on_search_end()

    def run_trial(self, trial: Trial, *fit_args: Any, **fit_kwargs: Any) -> Any:
        """Evaluate one configuration.

        Args:
            trial: Its `hyperparameters` hold the values, and may be asked for more.
            *fit_args: What was passed to `search`.
            **fit_kwargs: What was passed to `search`.

        Returns:
            The objective as a number, the metrics by name, a Keras `History`, or a list of these, one for each
            execution, which are averaged.
        """
        raise NotImplementedError(f"{type(self).__name__} does not implement `run_trial`.")

    # Hooks.

    def on_search_begin(self) -> None:
        """Called before the first trial of a call of `search`."""

    def on_search_end(self) -> None:
        """Called after the last trial of a call of `search`."""

    def pre_create_trial(self) -> None:
        """Called before the oracle is asked for a trial."""

    def on_trial_begin(self, trial: Trial) -> None:
        """Called before a trial is run."""

    def on_trial_end(self, trial: Trial) -> None:
        """Called when a trial has been run: tells the oracle. An override must call this one."""
        try:
            self.oracle.end_trial(trial)
        finally:
            # An override may copy the files to another place. A search loop of the script's own has no engine.
            if self._run is None or type(self).save is not BaseTuner.save:
                self.save()
            else:
                self._save_own_state()

    def on_epoch_begin(self, trial: Trial, model: Any, epoch: int, logs: Logs = None) -> None:
        """Called before an epoch, counted from 0."""

    def on_epoch_end(self, trial: Trial, model: Any, epoch: int, logs: Logs = None) -> None:
        """Called after an epoch. A training loop of the user's own can report its epochs by calling it."""
        if self._run is not None:
            self._run.epoch_ended(epoch, logs)

    def on_batch_begin(self, trial: Trial, model: Any, batch: int, logs: Logs) -> None:
        """Called before a batch."""

    def on_batch_end(self, trial: Trial, model: Any, batch: int, logs: Logs = None) -> None:
        """Called after a batch."""

    # Results.

    def save_model(self, trial_id: str, model: Any, step: int = 0) -> None:
        """Save a trial's model; for subclasses that train in their own way."""
        raise NotImplementedError(f"{type(self).__name__} does not implement `save_model`.")

    def load_model(self, trial: Trial) -> Any:
        """A trial's model with its best weights."""
        raise NotImplementedError(f"{type(self).__name__} does not implement `load_model`.")

    def get_best_models(self, num_models: int = 1) -> list[Any]:
        """The models of the best completed trials with the weights of their best epochs, best first.

        They were trained on the data of the search without its validation data: the best hyperparameters are worth
        another training on all of it.
        """
        return [self.load_model(trial) for trial in self._best_trials(num_models)]

    def get_best_hyperparameters(self, num_trials: int = 1) -> list[HyperParameters]:
        """The hyperparameters of the best completed trials, best first."""
        return [trial.hyperparameters for trial in self._best_trials(num_trials)]

    def search_space_summary(self, extended: bool = False) -> None:
        """Print the search space. `extended` has no effect."""
        print_space(self.oracle.get_space())

    def results_summary(self, num_trials: int = 10) -> None:
        """Print the best trials."""
        print_results(self.oracle.get_best_trials(num_trials), num_trials, self.project_dir, self.oracle.objective)

    @property
    def remaining_trials(self) -> int | None:
        """How many trials are still to be created; `None` if there is no limit."""
        return self.oracle.remaining_trials()

    # The directory.

    @property
    def project_dir(self) -> str:
        """The search directory: `<directory>/<project_name>`."""
        return self._written()

    def get_trial_dir(self, trial_id: str) -> str:
        """The folder of a trial; it is there when this returns."""
        folder = self._written(f"trial_{trial_id}")
        Path(folder).mkdir(parents=True, exist_ok=True)
        return folder

    def get_state(self) -> dict[str, Any]:
        """What a tuner keeps besides its oracle; nothing, unless a subclass adds to it."""
        return {}

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Take over what `get_state` returned."""

    def save(self) -> None:
        """Write KerasTuner's files. The engine does that too, often enough for KerasTuner to reload the project."""
        if self._run is None:
            self.oracle.save_as_only_record()
        else:
            self.oracle.save()
        write_json(tuner_file(self._root, self.tuner_id), self.get_state())

    def reload(self) -> None:
        """Bring the oracle and the tuner to where the last search in the directory left them.

        Raises:
            TunerError: If that search was for another objective, or of another kind.
        """
        reload_oracle(self.oracle, self._root)
        file = tuner_file(self._root, self.tuner_id)
        try:
            state = read_json(file)
        except FileNotFoundError:
            return
        except (OSError, ValueError) as error:
            warnings.warn(f"{file} could not be read and was left out: {error}", stacklevel=2)
            return
        self.set_state(state)

    # Inner workings.

    def _written(self, *parts: str) -> str:
        """A path below the search directory that begins as the script wrote it: `Path` would drop a leading `./`."""
        return os.path.join(self.directory, self.project_name, *parts)  # noqa: PTH118

    def _save_own_state(self) -> None:
        """Keep what a subclass adds to the tuner's state."""
        file = tuner_file(self._root, self.tuner_id)
        if type(self).get_state is not BaseTuner.get_state or not file.is_file():
            write_json(file, self.get_state())

    def _best_trials(self, count: int) -> list[Trial]:
        """The best completed trials; never one that failed."""
        return [trial for trial in self.oracle.get_best_trials(count) if is_scored(trial)]

    def _spec(self, fit_kwargs: Mapping[str, Any]) -> SearchSpec:
        objective = self.oracle.objective
        epochs = fit_kwargs.get("epochs")
        return SearchSpec(
            directory=SearchDirectory(self._root),
            name=self.project_name,
            tuner=type(self).__name__,
            objective=EngineObjective(objective.name, objective.direction),
            max_trials=self.oracle.planned_trials,
            executions_per_trial=self.executions_per_trial,
            epochs=epochs if isinstance(epochs, int) else None,
            tuner_id=self.tuner_id,
        )

    def _trial_files(self) -> SearchDirectory:
        """Where trials have their files."""
        return SearchDirectory(self._root)

    def _begin_run(self, job: TrialJob, reporter: Reporter, trial: Trial) -> TrialRun:
        follows_batches = (
            type(self).on_batch_begin is not BaseTuner.on_batch_begin
            or type(self).on_batch_end is not BaseTuner.on_batch_end
        )
        self._run = TrialRun(job, reporter, trial, self.oracle.objective, self._trial_files(), self, follows_batches)
        return self._run

    def _end_run(self) -> None:
        self._run = None
