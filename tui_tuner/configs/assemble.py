"""From a checked config to a search that can run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from tui_tuner.checks.budget import hyperband_budget, unused_patience, unused_pruner, unused_timeout
from tui_tuner.configs.keras_callbacks import callback_arguments
from tui_tuner.configs.named_files import named_files
from tui_tuner.configs.plan import ClusterSettings, SearchPlan
from tui_tuner.configs.schema import Config
from tui_tuner.configs.search_section import OPTUNA, STAGED, ObjectiveConfig, SearchConfig
from tui_tuner.configs.warm_start import earlier_trials
from tui_tuner.engine import json_values
from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.engine.earlier_trials import stored_earlier
from tui_tuner.engine.loop import SearchLoop
from tui_tuner.engine.replacing import set_aside
from tui_tuner.engine.schema import connect
from tui_tuner.engine.spec import SearchSpec
from tui_tuner.engine.view import OPTUNA_STUDY, Objective
from tui_tuner.errors import ConfigError, TunerError
from tui_tuner.executors.gpus import find_gpus
from tui_tuner.oracles import create_objective, create_oracle
from tui_tuner.oracles.constraints import MEASURES, TRAINING_TIME, Constraint
from tui_tuner.worker.jobs import Finding, Task


def open_search(config: Config) -> SearchLoop:
    """Take the config's search directory, with the search that may be there already, and return the loop that runs it.

    Raises:
        DirectoryInUseError: If another engine runs this search.
        TunerError: As `plan_search`.
    """
    return plan_search(config).open()


def plan_search(config: Config) -> SearchPlan:
    """What the config comes to; sets the search that is there aside if the config says that it is to be deleted.

    Raises:
        DirectoryInUseError: If that search is being run.
        TunerError: If the objective's direction is unknown, if a chosen GPU is not there, if a sampler of Optuna cannot
            be made, if the directory cannot be used, or if it holds a search for another objective.
    """
    search = config.search
    objective, *others = map(_objective, search.objectives)
    if config.run.gpus is not None and config.run.executor != "ray":
        find_gpus(config.run.gpus)  # before anything is deleted or begun
    if search.tuner in OPTUNA:  # so is what Optuna thinks of it
        create_oracle(search.tuner, **config.tuner_arguments)
    directory = SearchDirectory(search.root)
    # A search that goes on keeps what it was begun with.
    goes_on = directory.exists() and not search.overwrite
    earlier = stored_earlier(directory.database) if goes_on else None
    if earlier is None:
        earlier = earlier_trials(search.warm_start, objective)
    if directory.exists():
        if search.overwrite:
            set_aside(directory)
        else:
            _check_continues(directory, objective, config)
    # Hyperband has no limit of its own to give.
    limit = {} if search.tuner == "hyperband" else {"max_trials": search.max_trials}
    folds = search.cross_validation or 1
    plan = SearchPlan(
        spec=SearchSpec(
            directory=directory,
            name=config.name,
            tuner=search.tuner,
            objective=objective,
            max_trials=search.max_trials,
            executions_per_trial=search.executions_per_trial * folds,
            refits_best=folds > 1,
            epochs=config.fit.epochs,
            max_time_s=search.max_time,
            workers=config.run.workers,
            initial_trials=search.initial_trials,
            limits=search.limits,
            epoch_timeout_s=config.run.epoch_timeout,
            keep_checkpoints=config.run.keep_checkpoints,
            constraints=search.constraints,
            other_objectives=tuple(others),
            earlier=earlier,
            measures=tuple(name for name in MEASURES if name in _measured(search)),
            config=config.model_dump(mode="json"),
            findings=tuple(config_findings(config)),
        ),
        task=Task(
            model=config.model,
            data=config.data.model_dump(mode="json"),
            arrays=directory.scratch / "data",
            fit=config.fit.keyword_arguments(),
            callbacks=callback_arguments(config),
            objective=objective.name,
            direction=objective.direction,
            executions_per_trial=search.executions_per_trial,
            seed=search.seed,
            project_dir=directory.root,
            folds=folds,
            awaits_answers=search.pruner.name != "none",
            # A constraint may be on the time of a training, and other objectives may still become better.
            ends_at_optimum=search.end_at_optimum and not others and not search.constraints,
            checkpoint_every_s=config.run.checkpoint_every_s,
        ),
        oracle={
            "seed": search.seed,
            "max_retries_per_trial": search.max_retries_per_trial,
            "max_consecutive_failed_trials": search.max_consecutive_failed_trials,
            **limit,
            **config.tuner_arguments,
        },
        executor=config.run.executor,
        workers=config.run.workers,
        gpus=config.run.gpus,
        workers_per_gpu=config.run.workers_per_gpu,
        cluster=ClusterSettings(config.run.address, config.run.resources, config.run.trial_resources),
        worker_memory_mib=config.run.worker_memory,
        cost_aware=search.cost_aware,
        pruner=search.pruner.name,
        pruner_arguments=search.pruner.arguments,
    )
    if search.tuner == "hyperband":  # how many trials that makes, Hyperband knows itself
        plan = replace(plan, spec=replace(plan.spec, max_trials=plan.make_oracle().planned_trials))
    return plan


def stored_values(root: Path, database: Path | None = None) -> Mapping[str, Any] | None:
    """The config that a search directory was begun with, as JSON values; `None` if a script began it.

    Args:
        database: Where its `search.db` is, if that is not in the directory.

    Raises:
        TunerError: If there is no search.
    """
    stored: Mapping[str, Any] | None = _meta(root, database, "config")
    return stored


def _meta(root: Path, database: Path | None, key: str) -> Any:
    connection = connect(database or SearchDirectory(root).database)
    try:
        row = connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    finally:
        connection.close()
    return None if row is None else json_values.load(row[0])


def plan_dry(config: Config) -> SearchPlan:
    """As `plan_search`, for a look at it: what is there already is left alone.

    Raises:
        TunerError: As `plan_search`.
    """
    search = config.search
    if search.overwrite:  # what is there would be gone, so it does not count
        update = {"overwrite": False, "project_name": f".{search.project_name}.check"}
        config = config.model_copy(update={"search": search.model_copy(update=update)})
    return plan_search(config)


def config_findings(config: Config) -> Iterator[Finding]:
    """What in the config makes a part of the search, or of itself, useless."""
    search, epochs = config.search, config.fit.epochs
    if search.tuner == "hyperband":
        found = hyperband_budget(epochs, search.factor or 3)
        if found is not None:
            yield found
    yield from unused_patience(epochs, config.callbacks)
    executions = search.executions_per_trial * (search.cross_validation or 1)
    for unused in (
        unused_pruner(epochs, search.pruner.name, search.pruner.arguments, executions),
        unused_timeout(config.run.executor, config.run.epoch_timeout),
    ):
        if unused is not None:
            yield unused


def _measured(search: SearchConfig) -> set[str]:
    """The names of all that a search wants to know of its trials."""
    wanted = {Constraint.parse(text).name for text in search.constraints}
    wanted |= {objective.name for objective in search.objectives}
    return wanted | {TRAINING_TIME} if search.cost_aware else wanted


def stored_search(root: Path, database: Path | None = None) -> SearchPlan:
    """What the config comes to that a search directory was begun with, to go on with it or to use what it has found.

    Args:
        database: Where its `search.db` is, if that is not in the directory.

    Raises:
        TunerError: As `stored_config` and `plan_search`, and if files that the config names are not there any more.
    """
    config = stored_config(root, database)
    missing = [str(path) for path in named_files(config) if not path.is_file()]
    if missing:
        raise TunerError(
            f"{root}: its config names files that are not there: {', '.join(missing)}",
            "If config and files were moved together: tui-tuner run CONFIG goes on with the search from there.",
        )
    return plan_search(config)


def stored_config(root: Path, database: Path | None = None) -> Config:
    """The config that a search directory was begun with.

    Args:
        database: Where its `search.db` is, if that is not in the directory.

    Raises:
        TunerError: If there is no search, or if a script began it.
    """
    stored = stored_values(root, database)
    if stored is None and _meta(root, database, "tuner") == OPTUNA_STUDY:
        raise TunerError(f"{root}: this is a study of Optuna's, and only its script can go on with it.")
    if stored is None:
        raise TunerError(
            f"{root}: this search was begun by a script, and only that script can go on with it.",
            "Run it again with overwrite=False, from the folder in which it was run before: tui-tuner run SCRIPT",
        )
    config = Config.model_validate_json(json_values.dump(stored))
    # The directory may have been moved since.
    search = config.search.model_copy(
        update={"directory": root.absolute().parent, "project_name": root.absolute().name, "overwrite": False}
    )
    return config.model_copy(update={"search": search})


def _objective(given: ObjectiveConfig) -> Objective:
    if given.name in MEASURES:
        return Objective(given.name, given.direction or "min")
    if given.direction is not None:
        return Objective(given.name, given.direction)
    try:
        direction = create_objective(given.name).direction
    except ValueError as error:
        raise ConfigError(
            f"search.objective: {error}",
            f"Say it in the config: search.objective: {{name: {given.name}, direction: max}} (or min).",
        ) from error
    return Objective(given.name, direction)


def _check_continues(directory: SearchDirectory, objective: Objective, config: Config) -> None:
    connection = connect(directory.database)
    try:
        rows = connection.execute("SELECT key, value FROM meta WHERE key IN ('objective', 'oracle_state')").fetchall()
    finally:
        connection.close()
    meta = {key: json_values.load(value) for key, value in rows}
    if "oracle_state" in meta and config.search.tuner in STAGED:
        _check_stages(directory, meta["oracle_state"].get("subclass", {}), config.tuner_arguments)
    stored = meta.get("objective")
    if stored is None:
        return
    if (stored["name"], stored["direction"]) != (objective.name, objective.direction):
        raise TunerError(
            f"{directory.root}: the search here is for the {stored['direction']} of {stored['name']}, "
            f"and the config now asks for the {objective.direction} of {objective.name}.",
            "Give it another search.project_name, or delete the old search with --set search.overwrite=true.",
        )


def _check_stages(directory: SearchDirectory, stored: Mapping[str, Any], wanted: Mapping[str, float | str]) -> None:
    """Rungs and brackets follow from these numbers: a search that goes on cannot have others."""
    for key, default in (("max_epochs", None), ("factor", 3)):
        now = wanted.get(key, default)
        if key in stored and stored[key] != now:
            raise TunerError(
                f"{directory.root}: the search here was begun with {key} {stored[key]}, and the config now says {now}.",
                "Set it back, give the search another search.project_name, or delete the old one with "
                "--set search.overwrite=true.",
            )
