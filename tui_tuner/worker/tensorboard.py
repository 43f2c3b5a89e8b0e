"""Where a trial's TensorBoard logs go, and its hyperparameters among them. Importing this imports Keras."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras


def send_to_trial(callbacks: list[Any], trial_id: str, execution: int, values: Mapping[str, Any]) -> None:
    """Let each TensorBoard callback write to `<log_dir>/<trial_id>/execution<k>`.

    A callback is added that writes the hyperparameters for TensorBoard's HParams tab, where TensorFlow is the backend.

    Args:
        callbacks: Copies that belong to this execution; changed in place.
        execution: From 0.
        values: The trial's hyperparameters.
    """
    boards = [each for each in callbacks if type(each).__name__ == "TensorBoard"]
    for board in boards:
        log_dir = Path(board.log_dir) / trial_id / f"execution{execution}"
        board.log_dir = str(log_dir)
        if keras.backend.backend() == "tensorflow":
            from tensorboard.plugins.hparams import api

            callbacks.append(api.KerasCallback(str(log_dir), dict(values), trial_id=trial_id))
