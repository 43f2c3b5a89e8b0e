"""What people want to know of a built Keras model."""

from __future__ import annotations

import math
import re
from typing import Any

from tui_tuner.worker.jobs import LayerSummary, ModelSummary


def summarize(model: Any) -> ModelSummary:
    """Summarize a built Keras model: its direct layers, its parameters, and the size of its weights."""
    return ModelSummary(
        name=str(model.name),
        layers=tuple(_layer(layer) for layer in model.layers if type(layer).__name__ != "InputLayer"),
        parameters=_count(model.weights),
        trainable_parameters=_count(model.trainable_weights),
        size_bytes=weights_bytes(model),
    )


def weights_bytes(model: Any) -> int:
    """Size of a built model's weights in memory, in bytes."""
    bits: int = sum(math.prod(weight.shape) * _bits(str(weight.dtype)) for weight in model.weights)
    return bits // 8


def _layer(layer: Any) -> LayerSummary:
    return LayerSummary(
        name=str(layer.name),
        kind=type(layer).__name__,
        output_shape=_output_shape(layer),
        parameters=_count(layer.weights),
    )


def _count(weights: Any) -> int:
    return sum(math.prod(weight.shape) for weight in weights)


def _output_shape(layer: Any) -> str:
    """The shape that Keras knows, as `(None, 48)`; empty for a layer of a subclassed model, which is never traced."""
    try:
        output = layer.output
    except (AttributeError, ValueError):
        return ""
    return _printed(output)


def _printed(output: Any) -> str:
    shape = getattr(output, "shape", None)
    if shape is not None:
        return str(tuple(shape))
    if isinstance(output, dict):
        return "{" + ", ".join(f"{name}: {_printed(part)}" for name, part in output.items()) + "}"
    if isinstance(output, list | tuple):
        return "[" + ", ".join(map(_printed, output)) + "]"
    return ""


def _bits(dtype: str) -> int:
    """Bits of one number: `float32` 32, `bfloat16` 16, `float8_e4m3fn` 8, `bool` 8."""
    found = re.search(r"\d+", dtype)
    return int(found.group()) if found else 8
