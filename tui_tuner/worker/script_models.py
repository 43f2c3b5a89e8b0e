"""What a tuner does to the models that a script builds for it. Importing this imports Keras."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import keras

from tui_tuner.errors import FailedTrialError, FatalTypeError


def check_model(model: Any, source: str, max_model_size: int | None) -> None:
    """Check what a build function returned.

    Args:
        source: Name of the build function.
        max_model_size: The number of trainable parameters that a built model may have, or `None`.

    Raises:
        FatalTypeError: If it is no Keras model.
        FailedTrialError: If it is too large.
    """
    if not isinstance(model, keras.Model):
        advice = "; did you forget `return model`?" if model is None else ""
        raise FatalTypeError(f"{source} must return a Keras model, but it returned {type(model).__name__}{advice}")
    if max_model_size is None or not model.built:
        return
    size = sum(math.prod(weight.shape) for weight in model.trainable_weights)
    if size > max_model_size:
        raise FailedTrialError(f"Oversized model: {size:,} parameters, and at most {max_model_size:,} are allowed")


def compile_again(model: Any, optimizer: Any, loss: Any, metrics: Sequence[Any] | None) -> None:
    """Compile the model with what is not `None`, and with the rest of how it was compiled, if it was.

    Optimizers and metrics hold the state of a training; each model gets copies.

    Raises:
        FatalTypeError: If the rest cannot be taken over.
    """
    if optimizer is None and loss is None and metrics is None:
        return
    arguments: dict[str, Any] = {}
    if model.compiled:
        try:
            arguments = {
                name: keras.saving.deserialize_keras_object(value)
                for name, value in model.get_compile_config().items()
                if name not in ("optimizer", "loss")
            }
        except (TypeError, ValueError) as error:
            raise FatalTypeError(
                f"the model cannot be compiled again with the tuner's optimizer, loss or metrics: {error}"
            ) from error
        arguments |= {"optimizer": model.optimizer, "loss": model.loss}
    if optimizer is not None:
        arguments["optimizer"] = _copy(optimizer)
    if loss is not None:
        arguments["loss"] = loss
    if metrics is not None:
        arguments["metrics"] = [_copy(metric) for metric in metrics]
    model.compile(**arguments)


def accept_another_build(model: Any) -> None:
    """Let a script call `model.build(shape)` on a model that is built already, if the shape agrees with the model's.

    A model that learns its input shape from the data used to come back unbuilt from `get_best_models`, so scripts build
    it; Keras' `Sequential` refuses that if only the batch size differs.
    """
    if not isinstance(model, keras.Sequential) or not model.built:
        return
    build = model.build

    def build_unless_built(input_shape: Any = None) -> None:
        if not _agrees(input_shape, model.input_shape):
            build(input_shape)

    model.build = build_unless_built


def _agrees(shape: Any, known: Any) -> bool:
    """Whether two shapes are the same, apart from the size of the batch."""
    try:
        return tuple(shape)[1:] == tuple(known)[1:] and len(shape) == len(known)
    except TypeError:
        return False


def _copy(configured: Any) -> Any:
    """A fresh object with the same configuration; names and functions are what they are."""
    if isinstance(configured, keras.optimizers.Optimizer | keras.metrics.Metric):
        return type(configured).from_config(configured.get_config())
    return configured
