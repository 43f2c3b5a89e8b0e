"""The model of diabetes.yaml: what is tuned depends on what was chosen before."""

from __future__ import annotations

import keras

import tui_tuner


def build_model(hp: tui_tuner.HyperParameters) -> keras.Model:
    model = keras.Sequential()
    layers = hp.Int("layers", 1, 3)
    for number in range(1, 4):
        # Asked for only where there is such a layer: the search knows that units_3 means nothing for two layers.
        with hp.conditional_scope("layers", list(range(number, 4))):
            if layers >= number:
                units = hp.Int(f"units_{number}", 4, 64, sampling="log")
                model.add(keras.layers.Dense(units, activation="relu"))
    model.add(keras.layers.Dense(1))

    learning_rate = hp.Float("learning_rate", 1e-4, 1e-1, sampling="log", default=1e-2)
    if hp.Choice("optimizer", ["adam", "sgd"]) == "adam":
        optimizer: keras.optimizers.Optimizer = keras.optimizers.Adam(learning_rate)
    else:
        with hp.conditional_scope("optimizer", ["sgd"]):
            optimizer = keras.optimizers.SGD(learning_rate, momentum=hp.Float("momentum", 0.0, 0.95))
    model.compile(optimizer=optimizer, loss="mean_squared_error", metrics=["mean_absolute_error"])
    return model
