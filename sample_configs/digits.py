"""The model of digits.yaml: a small convolutional net for pictures of 8 by 8 pixels."""

from __future__ import annotations

import keras

import tui_tuner


def build_model(hp: tui_tuner.HyperParameters) -> keras.Model:
    model = keras.Sequential([keras.layers.Reshape((8, 8, 1)), keras.layers.Rescaling(1 / 16)])

    filters = hp.Choice("filters", [8, 16, 32])
    for _ in range(hp.Int("blocks", 1, 2)):
        model.add(keras.layers.Conv2D(filters, hp.Choice("kernel_size", [3, 5]), padding="same", activation="relu"))
        model.add(keras.layers.MaxPooling2D())
        filters *= 2
    model.add(keras.layers.Flatten())
    model.add(keras.layers.Dropout(hp.Float("dropout", 0.0, 0.5, step=0.1)))
    model.add(keras.layers.Dense(10, activation="softmax"))

    model.compile(
        optimizer=keras.optimizers.Adam(hp.Float("learning_rate", 1e-4, 1e-2, sampling="log", default=1e-3)),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model
