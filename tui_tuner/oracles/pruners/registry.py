"""Pruners by the names that configs use."""

from __future__ import annotations

import difflib
import importlib
from typing import Any

from tui_tuner.errors import TunerError
from tui_tuner.oracles.pruners.pruner import Pruner

NONE = "none"
"""The name that stands for no pruner."""

_PRUNERS = {
    "median": ("tui_tuner.oracles.pruners.median", "MedianPruner"),
    "patience": ("tui_tuner.oracles.pruners.patience", "PatiencePruner"),
    "successive_halving": ("tui_tuner.oracles.pruners.successive_halving", "SuccessiveHalvingPruner"),
    "threshold": ("tui_tuner.oracles.pruners.threshold", "ThresholdPruner"),
}


def pruner_names() -> tuple[str, ...]:
    """The names that `create_pruner` knows."""
    return (NONE, *_PRUNERS)


def create_pruner(name: str, direction: str, **arguments: Any) -> Pruner | None:
    """Make a pruner.

    Args:
        name: One of `pruner_names()`.
        direction: `"min"` or `"max"`.
        arguments: The pruner's own arguments.

    Returns:
        `None` for `"none"`.

    Raises:
        TunerError: If there is no pruner of this name, or if it does not take these arguments.
    """
    if name != NONE and name not in _PRUNERS:
        near = difflib.get_close_matches(str(name).lower(), pruner_names(), n=1, cutoff=0.4)
        meant = f" Did you mean {near[0]!r}?" if near else ""
        raise TunerError(f"There is no pruner named {name!r}.{meant}", f"Valid names: {', '.join(pruner_names())}.")
    if name == NONE:
        if arguments:
            raise TunerError(f"The pruner {name} takes no arguments, found: {', '.join(arguments)}.")
        return None
    module, class_name = _PRUNERS[name]
    try:
        pruner: Pruner = getattr(importlib.import_module(module), class_name)(direction, **arguments)
    except (TypeError, ValueError) as error:
        text = str(error).replace(f"{class_name}.__init__()", "it")
        raise TunerError(f"The pruner {name} cannot be made: {text}.") from error
    return pruner
