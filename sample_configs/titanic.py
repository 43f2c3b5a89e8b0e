"""The model of titanic.yaml: one hidden layer; its units and the learning rate are tuned."""

from __future__ import annotations

import keras

import tui_tuner


def build_model(hp: tui_tuner.HyperParameters) -> keras.Model:
    model = keras.Sequential()

    hp_units = hp.Int("units", min_value=8, max_value=64, step=8)
    model.add(keras.layers.Dense(units=hp_units, activation="relu"))
    model.add(keras.layers.Dense(1, activation="sigmoid"))

    hp_learning_rate = hp.Choice("learning_rate", values=[1e-2, 1e-3, 1e-4])
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate=hp_learning_rate),
        loss=keras.losses.BinaryCrossentropy(),  # the sigmoid gives probabilities, so not from_logits
        metrics=["accuracy"],
    )
    return model
