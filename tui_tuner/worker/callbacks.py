"""From the callbacks that a config names to Keras callbacks, fresh for each execution. Importing this imports Keras."""

from __future__ import annotations

import difflib
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras

from tui_tuner.configs.keras_callbacks import FRIENDLY_CALLBACKS, callback_class
from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.errors import FatalTypeError, FatalValueError

_PATHS = ("backup_dir", "directory", "filename", "filepath", "log_dir")
"""Arguments of Keras callbacks that say where to write."""


def make_callbacks(
    named: Mapping[str, Mapping[str, Any]],
    directory: SearchDirectory,
    trial_id: str,
    execution: int,
    *,
    goes_on: bool = False,
) -> list[Any]:
    """Make the callbacks of one execution, in the given order.

    TensorBoard writes to `tb_logs/<trial_id>/execution<k>`, emptied of what an earlier attempt left there. Relative
    paths of other callbacks start at `trial_<id>/execution<k>`, so that executions do not overwrite each other.

    Args:
        named: Arguments by name: `early_stopping`, `reduce_lr`, `tensorboard`, or the name of a class in
            `keras.callbacks`.
        execution: From 0.
        goes_on: Whether the execution goes on where an earlier attempt was cut off, whose logs are kept then.

    Raises:
        FatalValueError: If there is no callback of a name, or an argument has a value that it does not take.
        FatalTypeError: If a callback does not take an argument.
    """
    return [_make(name, dict(arguments), directory, trial_id, execution, goes_on) for name, arguments in named.items()]


def _make(
    name: str, arguments: dict[str, Any], directory: SearchDirectory, trial_id: str, execution: int, goes_on: bool
) -> Any:
    part = f"execution{execution}"
    cls = _find(name)
    if cls is keras.callbacks.TensorBoard:
        log_dir = Path(arguments.get("log_dir") or directory.tensorboard)
        log_dir = (directory.root / log_dir / trial_id / part).absolute()
        if not goes_on:
            shutil.rmtree(log_dir, ignore_errors=True)
        arguments["log_dir"] = str(log_dir)
    else:
        for argument in _PATHS:
            if argument in arguments:
                path = directory.trial(trial_id) / part / str(arguments[argument])
                path.parent.mkdir(parents=True, exist_ok=True)
                arguments[argument] = str(path)
        if goes_on and cls is keras.callbacks.CSVLogger:
            arguments["append"] = True
    try:
        return cls(**arguments)
    except TypeError as error:
        raise FatalTypeError(f"callback {name}: {error}") from error
    except ValueError as error:
        raise FatalValueError(f"callback {name}: {error}") from error


def _find(name: str) -> Any:
    cls = getattr(keras.callbacks, callback_class(name), None)
    if isinstance(cls, type) and issubclass(cls, keras.callbacks.Callback):
        return cls
    known = [*FRIENDLY_CALLBACKS, *(known for known in dir(keras.callbacks) if known[0].isupper())]
    near = difflib.get_close_matches(name, known, n=1)
    raise FatalValueError(f"there is no callback {name!r}" + (f"; did you mean {near[0]!r}?" if near else ""))
