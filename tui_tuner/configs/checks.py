"""Checks of a config against the disk: the files, the columns and the functions that it names. Nothing is run."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator
from pathlib import Path

from tui_tuner.configs.document import KeyPath, Located
from tui_tuner.configs.keras_callbacks import (
    FRIENDLY_CALLBACKS,
    callback_class,
    installed_arguments,
    installed_callbacks,
)
from tui_tuner.configs.model_reference import Reference, ReferenceKind, parse_reference
from tui_tuner.configs.paths import absolute_path
from tui_tuner.configs.problems import Problem, did_you_mean, listing, printable, quoted
from tui_tuner.configs.schema import TABLE_SOURCES, Config
from tui_tuner.configs.table_header import column_names, npz_names
from tui_tuner.configs.user_code import find_definition, functions_in
from tui_tuner.configs.validation import problem_at
from tui_tuner.errors import ConfigError
from tui_tuner.oracles.constraints import MEASURES
from tui_tuner.oracles.directions import infer_metric_direction


def check(tree: Located, config: Config, folder: Path) -> list[Problem]:
    """Everything that will not work when the search runs and can be told beforehand.

    Args:
        tree: The file, for the lines.
        config: The checked config with absolute paths.
        folder: Where the config file is.
    """
    return [
        *_check_reference(tree, ("model",), config.model, folder, ready_made=True),
        *_check_data(tree, config, folder),
        *_check_objective(tree, config),
        *_check_callbacks(tree, config),
        *_check_run(tree, config, folder),
        *_check_directory(tree, config),
    ]


def _check_reference(tree: Located, path: KeyPath, text: str, folder: Path, *, ready_made: bool) -> Iterator[Problem]:
    try:
        reference = parse_reference(text, ready_made=ready_made)
    except ConfigError as error:
        functions = functions_in(folder / text) if text.endswith(".py") else []
        hint = f"Such as {printable(text)}:{functions[0]}." if functions else error.hint
        yield problem_at(tree, path, error.message, hint)
        return
    try:
        if reference.kind is ReferenceKind.PICKLE:
            raise ConfigError("a pickle runs code that nobody can read first, so a config cannot name one")
        if reference.kind is ReferenceKind.FILE:
            find_definition(Path(reference.location), reference.name)
        if reference.kind is ReferenceKind.MODULE:
            _find_package(reference)
    except ConfigError as error:
        yield problem_at(tree, path, error.message, error.hint)


def _find_package(reference: Reference) -> None:
    top = reference.location.partition(".")[0]
    if not _is_installed(top) and not Path(top).is_dir() and not Path(f"{top}.py").is_file():
        raise ConfigError(
            f"there is no package {printable(top)} here",
            "Install it, start in the folder that holds it, or name a file: file.py:function.",
        )


def _is_installed(package: str) -> bool:
    try:
        return importlib.util.find_spec(package) is not None
    except (ImportError, ValueError):
        return False


def _check_data(tree: Located, config: Config, folder: Path) -> Iterator[Problem]:
    data = config.data
    if data.loader is not None:
        yield from _check_reference(tree, ("data", "loader"), data.loader, folder, ready_made=False)
    if data.file is None:
        return
    path: KeyPath = ("data", data.source)
    problem = _file_problem(data.file)
    if problem:
        written = str(tree.find(path)[0].value)
        elsewhere = absolute_path(Path(written), Path.cwd())
        siblings = [other.name for other in data.file.parent.glob("*")]
        hint = did_you_mean(data.file.name, siblings)
        if elsewhere != data.file and elsewhere.is_file():
            hint = f"There is one in the current directory; paths start at the config's, {printable(str(folder))}."
        yield problem_at(tree, path, problem, hint)
        return
    try:
        if data.source == "npz":
            yield from _check_npz(tree, config, npz_names(data.file))
        elif data.source in TABLE_SOURCES:
            columns = column_names(data.file)
            if columns is not None:
                yield from _check_columns(tree, config, columns)
    except ConfigError as error:
        yield problem_at(tree, path, error.message, error.hint)


def _file_problem(file: Path) -> str:
    try:
        with file.open("rb"):
            return ""
    except FileNotFoundError:
        return f"there is no file {printable(str(file))}"
    except IsADirectoryError:
        return f"{printable(str(file))} is a directory"
    except (OSError, ValueError) as error:
        return f"cannot read {printable(str(file))}: {getattr(error, 'strerror', None) or error}"


def _check_columns(tree: Located, config: Config, columns: list[str]) -> Iterator[Problem]:
    data = config.data
    file = printable(str(data.file.name)) if data.file is not None else ""
    named: list[tuple[KeyPath, str]] = [(("data", "target"), data.target)] if data.target is not None else []
    for key in ("drop", "dropna", "one_hot"):
        value = getattr(data, key)
        if isinstance(value, tuple):
            named += [(("data", key, index), name) for index, name in enumerate(value)]
    for path, name in named:
        if name not in columns:
            text = f"{file} has no column {quoted(name)}"
            yield problem_at(tree, path, text, did_you_mean(name, columns), columns)
    if isinstance(data.one_hot, tuple) and data.target in data.one_hot:
        yield problem_at(tree, ("data", "one_hot"), f"the target {printable(str(data.target))} is encoded by itself")


def _check_npz(tree: Located, config: Config, names: list[str]) -> Iterator[Problem]:
    if not {"x", "y"} <= set(names) and not {"x_train", "y_train"} <= set(names):
        yield problem_at(
            tree, ("data", "npz"), f"expected the arrays x and y, or x_train and y_train, found {listing(names)}"
        )
    objective = config.search.objectives[0].name
    if objective.startswith("val_") and config.fit.validation_split == 0 and "x_val" not in names:
        yield problem_at(
            tree,
            ("fit", "validation_split"),
            f"the objective {objective} needs validation data, and there is none with a validation_split of 0",
            "Set fit.validation_split to 0.2, or add x_val and y_val to the file.",
        )


def _check_objective(tree: Located, config: Config) -> Iterator[Problem]:
    for objective in config.search.objectives:
        known = objective.name in MEASURES or infer_metric_direction(objective.name) is not None
        if objective.direction is None and not known:
            yield problem_at(
                tree,
                ("search", "objective"),
                f"the name {quoted(objective.name)} does not tell whether less or more of it is better",
                f"Say it: objective: {{name: {printable(objective.name)}, direction: max}} (or min).",
            )


def _check_callbacks(tree: Located, config: Config) -> Iterator[Problem]:
    installed = installed_callbacks()
    valid = [*FRIENDLY_CALLBACKS, *installed]
    for name, given in config.callbacks.items():
        path: KeyPath = ("callbacks", name)
        if installed and name not in valid:
            yield problem_at(tree, path, "unknown callback", did_you_mean(name, valid), valid)
            continue
        if callback_class(name) == "TensorBoard" and given is not False and not _is_installed("tensorboard"):
            yield problem_at(
                tree,
                path,
                "this callback needs the package tensorboard, which is not installed",
                "Install it with pip install tensorboard, or switch the callback off: callbacks.tensorboard: false.",
            )
        arguments = installed_arguments(callback_class(name))
        if arguments is None or given is False:
            continue
        own = given if isinstance(given, dict) else {}
        for argument in own:
            if argument not in arguments.names:
                text = f"unknown argument of {callback_class(name)}"
                hint = did_you_mean(argument, arguments.names)
                yield problem_at(tree, (*path, argument), text, hint, arguments.names)
        missing = [argument for argument in arguments.required if argument not in own]
        if missing:
            hint = f"Such as {printable(name)}: {{{', '.join(f'{argument}: ...' for argument in missing)}}}"
            yield problem_at(tree, path, f"it needs the argument{'s'[: len(missing) > 1]} {listing(missing)}", hint)


def _check_run(tree: Located, config: Config, folder: Path) -> Iterator[Problem]:
    run = config.run
    if run.executor == "ray" and not _is_installed("ray"):
        yield problem_at(
            tree,
            ("run", "executor"),
            "the executor ray needs the package ray, which is not installed",
            "Install it with pip install 'tui-tuner[ray]'.",
        )
    for name in run.resources:
        meant = {"cpu": "num_cpus", "gpu": "num_gpus"}.get(name.lower().removeprefix("num_").rstrip("s"), name)
        if meant != name:
            yield problem_at(tree, ("run", "resources", name), "no resource of Ray", did_you_mean(meant, [meant]))
    if run.trial_resources is not None:
        yield from _check_reference(tree, ("run", "trial_resources"), run.trial_resources, folder, ready_made=False)


def _check_directory(tree: Located, config: Config) -> Iterator[Problem]:
    if "\0" in str(config.search.directory):
        yield problem_at(tree, ("search", "directory"), "expected a path, found the character U+0000 in it")
        return
    for path, key in ((config.search.directory, "directory"), (config.search.root, "project_name")):
        if os.path.lexists(path) and not path.is_dir():
            yield problem_at(tree, ("search", key), f"{printable(str(path))} is a file, expected a folder")
            return
