"""The model of custom_loop.yaml: a hypermodel that trains by a loop of its own."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

import tui_tuner


class Mixed(tui_tuner.HyperModel):
    """Trains on mixtures of two rows and their targets (mixup), which `model.fit` does not do."""

    def build(self, hp: tui_tuner.HyperParameters) -> keras.Model:
        model = keras.Sequential(
            [
                keras.layers.Dense(hp.Int("units", 8, 64, step=8), activation="relu"),
                keras.layers.Dense(3, activation="softmax"),
            ]
        )
        model.compile(
            optimizer=keras.optimizers.Adam(hp.Float("learning_rate", 1e-3, 1e-1, sampling="log")),
            loss="categorical_crossentropy",
            metrics=["accuracy"],
        )
        return model

    def fit(
        self, hp: tui_tuner.HyperParameters, model: keras.Model, x: Any, y: Any, callbacks: list[Any], **arguments: Any
    ) -> None:
        mixing = hp.Float("mixing", 0.05, 0.5)  # a hyperparameter of the training itself
        batch_size = arguments.get("batch_size", 32)
        rng = np.random.default_rng(0)
        targets = np.eye(3)[np.asarray(y, dtype=int).ravel()]
        held_out = len(x) // 5
        x_val, y_val, x, targets = x[:held_out], targets[:held_out], x[held_out:], targets[held_out:]
        for callback in callbacks:
            callback.set_model(model)
        for epoch in range(arguments.get("epochs", 1)):
            model.reset_metrics()
            order = rng.permutation(len(x))
            for start in range(0, len(x), batch_size):
                rows, others = order[start : start + batch_size], rng.permutation(len(x))[:batch_size]
                others = others[: len(rows)]
                share = rng.beta(mixing, mixing, (len(rows), 1))
                logs = model.train_on_batch(
                    share * x[rows] + (1 - share) * x[others],
                    share * targets[rows] + (1 - share) * targets[others],
                    return_dict=True,
                )
            validation = model.evaluate(x_val, y_val, verbose=0, return_dict=True)
            logs = {**logs, **{f"val_{name}": value for name, value in validation.items()}}
            # The epoch is told to the callbacks: the search sees it live, can stop it, and keeps the best weights.
            for callback in callbacks:
                callback.on_epoch_end(epoch, logs=logs)
