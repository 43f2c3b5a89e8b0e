"""What the image hypermodels have in common: their input, their pooling, and the checks of their arguments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def check_input(input_shape: Sequence[int | None] | None, input_tensor: Any) -> None:
    """Check that the images are described.

    Raises:
        ValueError: If neither their shape nor a tensor is given.
    """
    if input_shape is None and input_tensor is None:
        raise ValueError("You must specify either `input_shape` or `input_tensor`.")


def image_input(input_shape: Sequence[int | None] | None, input_tensor: Any) -> tuple[Any, Any]:
    """Where a model begins: its inputs, and the tensor of images to go on from. Imports Keras.

    A tensor that comes out of other layers stands for the whole model before it, whose inputs are taken.
    """
    import keras

    if input_tensor is None:
        inputs = keras.Input(shape=tuple(input_shape or ()))
        return inputs, inputs
    return keras.utils.get_source_inputs(input_tensor), input_tensor


def pooled(images: Any, kind: str, name: str | None = None) -> Any:
    """One row of features for each image: their mean (`avg`), their maximum (`max`), or all of them (`flatten`).

    Args:
        name: Of the layer.
    """
    import keras

    layers = {
        "avg": keras.layers.GlobalAveragePooling2D,
        "max": keras.layers.GlobalMaxPooling2D,
        "flatten": keras.layers.Flatten,
    }
    return layers[kind](name=name)(images)
