"""The model of sample_configs/titanic.py with more widths, so that 30 trials do not exhaust the space."""

from __future__ import annotations

import keras

import tui_tuner


def build_model(hp: tui_tuner.HyperParameters) -> keras.Model:
    """One hidden layer of 8 to 64 units; 87 configurations."""
    model = keras.Sequential(
        [
            keras.layers.Dense(hp.Int("units", min_value=8, max_value=64, step=2), activation="relu"),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate=hp.Choice("learning_rate", values=[1e-2, 1e-3, 1e-4])),
        loss=keras.losses.BinaryCrossentropy(),
        metrics=["accuracy"],
    )
    return model
