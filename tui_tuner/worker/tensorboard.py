"""A trial's hyperparameters among its TensorBoard logs, for TensorBoard's HPARAMS tab. Importing this imports Keras.

Written with TensorBoard's own event writer, which needs no TensorFlow: the tab shows the same on every backend.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import keras

from tui_tuner.space.reserved import PARENT
from tui_tuner.space.scalars import Scalar


class HyperParameterLog(keras.callbacks.Callback):  # type: ignore[misc]
    """Writes what TensorBoard calls a session: the hyperparameters at the beginning of a training, its end at the end.

    Args:
        log_dir: Where the TensorBoard callback of the same training writes.
        trial_id: Executions of a trial are sessions of one group.
        values: The active hyperparameters.
    """

    def __init__(self, log_dir: str, trial_id: str, values: Mapping[str, Scalar]) -> None:
        super().__init__()
        self._log_dir = log_dir
        self._trial_id = trial_id
        # The link to another trial is a name, which would be an axis with a value a trial.
        self._values = {name: value for name, value in values.items() if name != PARENT}

    def on_train_begin(self, logs: Any = None) -> None:
        from tensorboard.plugins.hparams import summary_v2

        # It knows Python's own kinds of values only.
        self._write(summary_v2.hparams_pb(self._values, trial_id=self._trial_id, start_time_secs=time.time()))

    def on_train_end(self, logs: Any = None) -> None:
        from tensorboard.plugins.hparams import api_pb2, summary

        self._write(summary.session_end_pb(api_pb2.STATUS_SUCCESS, end_time_secs=time.time()))

    def _write(self, what: Any) -> None:
        from tensorboard.compat.proto.event_pb2 import Event
        from tensorboard.summary.writer.event_file_writer import EventFileWriter

        event = Event(wall_time=time.time())
        # Where TensorFlow is loaded the summary is of its class, which is another with the same bytes.
        event.summary.ParseFromString(what.SerializeToString())
        writer = EventFileWriter(self._log_dir, filename_suffix=".hparams")
        writer.add_event(event)
        writer.close()


def hyperparameter_logs(
    callbacks: Iterable[Any], trial_id: str, values: Mapping[str, Scalar]
) -> list[HyperParameterLog]:
    """A callback for each TensorBoard callback that puts the hyperparameters beside what that writes."""
    return [HyperParameterLog(str(board.log_dir), trial_id, values) for board in callbacks if _is_board(board)]


def send_to_trial(callbacks: list[Any], trial_id: str, execution: int, values: Mapping[str, Scalar]) -> None:
    """Let each TensorBoard callback write to `<log_dir>/<trial_id>/execution<k>`, and add the hyperparameters.

    Args:
        callbacks: Copies that belong to this execution; changed in place.
        execution: From 0.
        values: The trial's hyperparameters.
    """
    for board in filter(_is_board, callbacks):
        board.log_dir = str(Path(board.log_dir) / trial_id / f"execution{execution}")
    callbacks += hyperparameter_logs(callbacks, trial_id, values)


def _is_board(callback: Any) -> bool:
    return type(callback).__name__ == "TensorBoard"
