"""The end of a ready-made hypermodel: output layer, loss and metric for each kind of target."""

from __future__ import annotations

from typing import Any

from tui_tuner.hypermodels.data_shape import DataShape, OutputKind

_ACTIVATIONS = {
    OutputKind.BINARY: "sigmoid",
    OutputKind.CLASSES: "softmax",
    OutputKind.ONE_HOT: "softmax",
    OutputKind.NUMBERS: "linear",
}
_LOSSES = {
    OutputKind.BINARY: "binary_crossentropy",
    OutputKind.CLASSES: "sparse_categorical_crossentropy",
    OutputKind.ONE_HOT: "categorical_crossentropy",
    OutputKind.NUMBERS: "mse",
}


def output_layer(shape: DataShape) -> Any:
    """The last layer; float32 also under mixed precision, where losses need it."""
    import keras

    return keras.layers.Dense(shape.outputs, activation=_ACTIVATIONS[shape.output], dtype="float32", name="output")


def compile_for(model: Any, shape: DataShape, learning_rate: float) -> None:
    """Compile with Adam; logs `accuracy` for classes and `mae` for numbers."""
    import keras

    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate=learning_rate),
        loss=_LOSSES[shape.output],
        metrics=["mae"] if shape.output is OutputKind.NUMBERS else ["accuracy"],
    )
