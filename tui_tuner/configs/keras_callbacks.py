"""The callbacks a config may name, and their arguments, read from the installed Keras without importing it."""

from __future__ import annotations

import ast
import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tui_tuner.configs.schema import Config

FRIENDLY_CALLBACKS: Mapping[str, str] = {
    "early_stopping": "EarlyStopping",
    "reduce_lr": "ReduceLROnPlateau",
    "tensorboard": "TensorBoard",
}
"""The short names of callbacks, and their Keras classes."""

MONITORING = ("EarlyStopping", "ReduceLROnPlateau")
"""Callbacks that watch the objective unless told otherwise."""

_NOT_IN_YAML = ("Callback", "CallbackList", "History", "LambdaCallback", "LearningRateScheduler")
"""Classes that need a function, or that Keras adds by itself."""

_SWALLOWS = ("ReduceLROnPlateau",)
"""Classes that take any argument, and do nothing with those that they do not know."""


def callback_class(name: str) -> str:
    """The Keras class that a callback's name in a config stands for."""
    return FRIENDLY_CALLBACKS.get(name, name)


def callback_arguments(config: Config) -> dict[str, dict[str, Any]]:
    """The callbacks that are switched on, by their name in the config, each with its arguments.

    `early_stopping` and `reduce_lr` watch the objective, in its direction where one was given, unless they have a
    `monitor` of their own.
    """
    objective = config.search.objectives[0]
    result: dict[str, dict[str, Any]] = {}
    for name, given in config.callbacks.items():
        if given is False:
            continue
        arguments: dict[str, Any] = dict(given) if isinstance(given, dict) else {}
        if callback_class(name) in MONITORING and "monitor" not in arguments:
            arguments["monitor"] = objective.name
            if objective.direction is not None:
                arguments.setdefault("mode", objective.direction)
        result[name] = arguments
    return result


@cache
def installed_callbacks() -> Mapping[str, Path]:
    """The callback classes of the installed Keras that a config can name, with their source files.

    Empty where Keras is not installed or is laid out in another way; names are then not checked.
    """
    spec = importlib.util.find_spec("keras")
    folder = Path(spec.origin).parent if spec is not None and spec.origin else None
    try:
        tree = ast.parse((folder / "callbacks" / "__init__.py").read_bytes()) if folder is not None else None
    except (OSError, SyntaxError, ValueError):
        tree = None
    if folder is None or tree is None:
        return {}
    return {
        alias.asname or alias.name: folder.parent.joinpath(*node.module.split(".")).with_suffix(".py")
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
        if alias.name not in _NOT_IN_YAML
    }


@dataclass(frozen=True)
class Arguments:
    """What a callback class takes.

    Args:
        names: All of its arguments.
        required: Those without a default.
    """

    names: tuple[str, ...]
    required: tuple[str, ...]


@cache
def installed_arguments(class_name: str) -> Arguments | None:
    """The arguments of a callback class, or `None` where they cannot be known."""
    path = installed_callbacks().get(class_name)
    try:
        tree = ast.parse(path.read_bytes()) if path is not None else None
    except (OSError, SyntaxError, ValueError):
        tree = None
    for node in tree.body if tree is not None else ():
        if isinstance(node, ast.ClassDef) and node.name == class_name:
            for method in node.body:
                if isinstance(method, ast.FunctionDef) and method.name == "__init__":
                    return None if method.args.kwarg and class_name not in _SWALLOWS else _arguments(method.args)
            return None  # inherited from a class elsewhere
    return None


def _arguments(given: ast.arguments) -> Arguments:
    plain = [each.arg for each in (*given.posonlyargs, *given.args)]
    required = plain[1 : len(plain) - len(given.defaults)]
    named = [(each.arg, default) for each, default in zip(given.kwonlyargs, given.kw_defaults, strict=True)]
    return Arguments(
        names=(*plain[1:], *(name for name, _ in named)),
        required=(*required, *(name for name, default in named if default is None)),
    )
