"""`model: conv`: a small convolutional net for images."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from tui_tuner.errors import TunerError
from tui_tuner.hypermodels.data_shape import DataShape
from tui_tuner.hypermodels.heads import compile_for, output_layer


def make_conv(shape: DataShape) -> Callable[[Any], Any]:
    """A build function for images of this shape.

    Images are `(height, width, channels)`, `(height, width)`, or square grey ones written out as one row, such as the
    64 numbers of scikit-learn's digits.

    Its hyperparameters: `blocks` (as many as halving the image allows, at most 3), `filters` (of the first block;
    doubled from block to block), `kernel_size`, `units`, `dropout`, `learning_rate`.

    Raises:
        TunerError: If the rows are no images.
    """
    image = image_shape(shape.input_shape)
    most_blocks = max(1, min(3, int(math.log2(min(image[:2]))) - 1))

    def build(hp: Any) -> Any:
        import keras

        blocks = hp.Int("blocks", 1, most_blocks, default=min(2, most_blocks))
        filters = hp.Choice("filters", [8, 16, 32, 64], default=16)
        kernel_size = hp.Choice("kernel_size", [3, 5])
        units = hp.Int("units", 16, 128, step=2, sampling="log", default=64)
        dropout = hp.Float("dropout", 0.0, 0.5, step=0.1)
        learning_rate = hp.Float("learning_rate", 1e-4, 1e-2, sampling="log", default=1e-3)
        model = keras.Sequential([keras.Input(shape.input_shape)], name="conv")
        if shape.input_shape != image:
            model.add(keras.layers.Reshape(image))
        for block in range(blocks):
            model.add(keras.layers.Conv2D(filters * 2**block, kernel_size, padding="same", use_bias=False))
            model.add(keras.layers.BatchNormalization(momentum=0.9))  # 0.99 needs more steps than short trials have
            model.add(keras.layers.Activation("relu"))
            model.add(keras.layers.MaxPooling2D(padding="same"))
        model.add(keras.layers.GlobalAveragePooling2D() if min(image[:2]) > 64 else keras.layers.Flatten())
        model.add(keras.layers.Dense(units, activation="relu"))
        model.add(keras.layers.Dropout(dropout))
        model.add(output_layer(shape))
        compile_for(model, shape, learning_rate)
        return model

    return build


def image_shape(input_shape: tuple[int, ...]) -> tuple[int, int, int]:
    """The `(height, width, channels)` that a row is or stands for.

    Raises:
        TunerError: If it is no image.
    """
    match input_shape:
        case (height, width, channels):
            return height, width, channels
        case (height, width):
            return height, width, 1
        case (pixels,) if math.isqrt(pixels) ** 2 == pixels and pixels >= 16:
            return math.isqrt(pixels), math.isqrt(pixels), 1
        case _:
            raise TunerError(
                f"the ready-made hypermodel conv takes images, and a row of this data has the shape {input_shape}",
                "Use model: dense, or give the images as an array of rows, height, width and channels.",
            )
