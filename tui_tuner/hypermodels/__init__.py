"""Ready-made hypermodels, by the names that a config's `model` takes. Importing this loads no Keras."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Any

from tui_tuner.hypermodels.data_shape import DataShape

READY_MADE: Mapping[str, str] = {
    "conv": "tui_tuner.hypermodels.conv:make_conv",
    "dense": "tui_tuner.hypermodels.dense:make_dense",
}
"""Names of ready-made hypermodels, and the factories that fit them to the data."""


def make(name: str, shape: DataShape) -> Callable[[Any], Any]:
    """The build function of the ready-made hypermodel `name`, for data of this shape.

    Raises:
        KeyError: If there is no such hypermodel.
        TunerError: If it cannot take such data.
    """
    module, _, factory = READY_MADE[name].partition(":")
    build: Callable[[Any], Any] = getattr(importlib.import_module(module), factory)(shape)
    return build
