"""`model: dense`: a fully connected net for tables."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tui_tuner.hypermodels.data_shape import DataShape
from tui_tuner.hypermodels.heads import compile_for, output_layer


def make_dense(shape: DataShape) -> Callable[[Any], Any]:
    """A build function for data of this shape; inputs of several axes are flattened.

    Its hyperparameters: `layers` (1 to 3), for each layer `units_<i>` (active if there is such a layer), `activation`,
    `dropout`, `learning_rate`.
    """

    def build(hp: Any) -> Any:
        import keras

        layers = hp.Int("layers", 1, 3, default=2)
        activation = hp.Choice("activation", ["relu", "gelu", "tanh"])
        dropout = hp.Float("dropout", 0.0, 0.5, step=0.1)
        learning_rate = hp.Float("learning_rate", 1e-4, 1e-2, sampling="log", default=1e-3)
        model = keras.Sequential([keras.Input(shape.input_shape)], name="dense")
        if len(shape.input_shape) != 1:
            model.add(keras.layers.Flatten())
        for index in range(3):
            with hp.conditional_scope("layers", list(range(index + 1, 4))):
                units = hp.Int(f"units_{index}", 16, 256, step=2, sampling="log", default=64)
            if index < layers:
                model.add(keras.layers.Dense(units, activation=activation))
                model.add(keras.layers.Dropout(dropout))
        model.add(output_layer(shape))
        compile_for(model, shape, learning_rate)
        return model

    return build
