"""The callbacks that KerasTuner offers to tuners of one's own. Importing this imports Keras."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import keras

from tui_tuner.worker.atomic import replacing

Logs = Mapping[str, Any] | None


class _Objective(Protocol):
    def has_value(self, logs: Mapping[str, Any]) -> bool: ...

    def get_value(self, logs: Mapping[str, Any]) -> float: ...

    def better_than(self, a: float, b: float) -> bool: ...


class SaveBestEpoch(keras.callbacks.Callback):  # type: ignore[misc]
    """Writes the weights whenever the objective is better than before; after each epoch where it is not logged.

    Args:
        objective: What is better.
        filepath: Where the weights go; a name that ends in `.weights.h5`.
    """

    def __init__(self, objective: _Objective, filepath: str) -> None:
        super().__init__()
        self.objective = objective
        self.filepath = filepath
        self.best_value: float | None = None

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Write the weights, if they are the best."""
        if logs and self.objective.has_value(logs):
            value = self.objective.get_value(logs)
            if self.best_value is not None and not self.objective.better_than(value, self.best_value):
                return
            self.best_value = value
        with replacing(Path(self.filepath)) as path:
            self.model.save_weights(path)


class TunerCallback(keras.callbacks.Callback):  # type: ignore[misc]
    """Calls a tuner's hooks.

    Args:
        tuner: The tuner.
        trial: The trial that is trained.
    """

    def __init__(self, tuner: Any, trial: Any) -> None:
        super().__init__()
        self.tuner = tuner
        self.trial = trial

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        """An epoch begins."""
        self.tuner.on_epoch_begin(self.trial, self.model, epoch, logs=logs)

    def on_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """A batch begins."""
        self.tuner.on_batch_begin(self.trial, self.model, batch, logs)

    def on_batch_end(self, batch: int, logs: Logs = None) -> None:
        """A batch has ended."""
        self.tuner.on_batch_end(self.trial, self.model, batch, logs)

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """An epoch has ended."""
        self.tuner.on_epoch_end(self.trial, self.model, epoch, logs=logs)
