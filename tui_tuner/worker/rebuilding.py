"""Builds a fresh model as an earlier one of the same hyperparameters was built by its data.

Importing this loads no Keras. A subclassed model without a `build` of its own is built by being called.
Keras' `build_from_config` makes its layers' weights by tracing that call, but leaves the model marked as not built, and
tries no other inputs than floating-point numbers.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

from tui_tuner.errors import TunerError

_KINDS_OF_INPUT = ("float32", "int32", "string")
"""What the inputs are taken to be, one after the other: only their shapes are known."""


def rebuild(model: Any, config: Mapping[str, Any] | None) -> None:
    """Build a model that is not built.

    Args:
        config: What `get_build_config` of the earlier model said, also if it has been through JSON; `None` if it said
            nothing.

    Raises:
        TunerError: If it cannot be built without its data.
    """
    if model.built:
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Keras' advice for what is tried another way next
        if config:
            config = _with_tuples(config)
            model.build_from_config(config)
            if not model.built and "input_shape" in config:
                _trace(model, config["input_shape"])
    if not model.built:
        name = type(model).__name__
        raise TunerError(
            f"the weights cannot be loaded: {name} is built by its data only",
            f"Give {name} a build(self, input_shape) that builds its layers.",
        )


def _trace(model: Any, shape: Any) -> None:
    """Trace the model's call, which builds its layers, and mark the model as built, as Keras does in training."""
    for kind in _KINDS_OF_INPUT:
        try:
            model.compute_output_spec(_symbols(shape, kind))
        except Exception:  # whatever the model's own code and Keras raise for what they do not take
            continue
        model.build(shape)
        return


def _symbols(shape: Any, kind: str) -> Any:
    from keras import KerasTensor

    if isinstance(shape, Mapping):
        return {name: _symbols(part, kind) for name, part in shape.items()}
    if all(size is None or isinstance(size, int) for size in shape):
        return KerasTensor(shape, kind)
    return tuple(_symbols(part, kind) for part in shape)


def _with_tuples(value: Any) -> Any:
    """With tuples in place of lists: JSON does not know them, and the `build` of a model expects them."""
    if isinstance(value, Mapping):
        return {name: _with_tuples(part) for name, part in value.items()}
    return tuple(map(_with_tuples, value)) if isinstance(value, list) else value
