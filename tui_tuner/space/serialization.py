"""Hyperparameters as JSON values and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tui_tuner.space.boolean import Boolean
from tui_tuner.space.choice import Choice
from tui_tuner.space.fixed import Fixed
from tui_tuner.space.floating import Float
from tui_tuner.space.hyperparameter import HyperParameter
from tui_tuner.space.integer import Int

_CLASSES: dict[str, type[HyperParameter]] = {cls.__name__: cls for cls in (Int, Float, Choice, Boolean, Fixed)}


def serialize(hyperparameter: HyperParameter) -> dict[str, Any]:
    """The hyperparameter as `{"class_name": ..., "config": {...}}`."""
    return {"class_name": type(hyperparameter).__name__, "config": hyperparameter.get_config()}


def deserialize(config: Mapping[str, Any]) -> HyperParameter:
    """The hyperparameter that `serialize` described.

    Raises:
        ValueError: If the class is unknown, or what is given has not the keys `class_name` and `config`.
        TypeError: If the config lacks an argument or has one that the class does not know.
    """
    if not {"class_name", "config"} <= set(config):
        raise ValueError(f"A hyperparameter is described by `class_name` and `config`, found {config!r}.")
    name = config["class_name"]
    if name not in _CLASSES:
        raise ValueError(f"Unknown hyperparameter: {name!r}. Known are: {', '.join(_CLASSES)}.")
    return _CLASSES[name].from_config(config["config"])
