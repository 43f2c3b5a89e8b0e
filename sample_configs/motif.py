"""The model and the data of motif.yaml: sequences of letters, some of which contain a motif."""

from __future__ import annotations

import keras
import numpy as np

import tui_tuner

LETTERS, LENGTH = 4, 40
MOTIF = (0, 2, 1, 3)


def load_data(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """2,000 sequences of letters as numbers, and whether the motif is in them, maybe with one letter in between."""
    rng = np.random.default_rng(seed)
    x = rng.integers(0, LETTERS, (2000, LENGTH))
    y = rng.integers(0, 2, 2000)
    for row in np.flatnonzero(y):
        gap = rng.integers(0, 2)
        place = rng.integers(0, LENGTH - len(MOTIF) - 1)
        x[row, place : place + 2] = MOTIF[:2]
        x[row, place + 2 + gap : place + 4 + gap] = MOTIF[2:]
    return x, y


def build_model(hp: tui_tuner.HyperParameters) -> keras.Model:
    model = keras.Sequential([keras.layers.Embedding(LETTERS, hp.Int("embedding", 2, 16, sampling="log"))])
    kind = hp.Choice("kind", ["convolution", "gru"])
    if kind == "convolution":
        with hp.conditional_scope("kind", ["convolution"]):
            model.add(keras.layers.Conv1D(hp.Int("filters", 8, 64, step=8), hp.Int("width", 3, 7), activation="relu"))
            model.add(keras.layers.GlobalMaxPooling1D())
    else:
        with hp.conditional_scope("kind", ["gru"]):
            model.add(keras.layers.GRU(hp.Int("units", 8, 32, step=8)))
    model.add(keras.layers.Dense(1, activation="sigmoid"))
    model.compile(
        optimizer=keras.optimizers.Adam(hp.Float("learning_rate", 1e-3, 3e-2, sampling="log", default=5e-3)),
        loss="binary_crossentropy",
        metrics=["accuracy", "AUC"],
    )
    return model
