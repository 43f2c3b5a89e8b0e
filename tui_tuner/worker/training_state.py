"""Where a training stands, on disk: the model's weights, its optimizer, its random numbers, and the epoch.

One file holds it all, so that it is whole or absent. It is what a later training goes on from; the best weights, for
whoever wants the model, are kept apart (`checkpoints`). Importing this loads no Keras.
"""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.errors import FailedTrialError
from tui_tuner.worker.atomic import replacing
from tui_tuner.worker.checkpoints import build_as_trained
from tui_tuner.worker.plain_state import Packed
from tui_tuner.worker.rebuilding import rebuild

_EPOCHS = "tui_tuner_epochs"
_BUILD_CONFIG = "tui_tuner_build_config"
_SEEDS = "tui_tuner_seeds"
_NOTE = "tui_tuner_note"


def save_training_state(model: Any | None, path: Path, epochs: int, note: Packed | None = None) -> None:
    """Save where a training stands.

    Args:
        model: A built Keras model, or `None` for the note alone.
        path: The file, whose name ends with `.weights.h5`.
        epochs: How many epochs the model has been trained, those of earlier trainings that it continued included.
        note: What else belongs to it.

    Raises:
        OSError: If it cannot be written; an older state is untouched then.
    """
    import h5py

    with replacing(path) as new:
        new.unlink(missing_ok=True)  # of a process that was killed
        if model is not None:
            model.save_weights(new)  # the optimizer's variables are among them
        with h5py.File(new, "a") as file:
            file.attrs[_EPOCHS] = epochs
            if model is not None:
                file.attrs[_BUILD_CONFIG] = _build_config(model)
                for position, state in enumerate(_random_states(model)):
                    file[f"{_SEEDS}/{position}"] = _as_array(state)
            if note is not None:
                file[f"{_NOTE}/text"] = np.frombuffer(note.text.encode(), np.uint8)
                for position, array in enumerate(note.arrays):
                    file[f"{_NOTE}/arrays/{position}"] = array


def load_note(path: Path) -> Packed:
    """The note that was saved with a training state.

    Raises:
        OSError: If the file cannot be read, or is not of this kind.
        ValueError: If it has no note.
    """
    import h5py

    with h5py.File(path, "r") as file:
        try:
            text = file[_NOTE]["text"][()].tobytes().decode()
            arrays = file[_NOTE].get("arrays", ())
            return Packed(text, tuple(arrays[str(position)][()] for position in range(len(arrays))))
        except KeyError as error:
            raise ValueError(f"it has no note of tui-tuner: {error}") from error


def load_training_state(model: Any, path: Path) -> int:
    """Bring a fresh model of the same hyperparameters to where a training stood.

    A file without its own marks is taken as well: a checkpoint that Keras or KerasTuner wrote.

    Args:
        model: The model; it is built if it is not, and so is its optimizer.
        path: What `save_training_state` wrote.

    Returns:
        How many epochs the model has been trained; 0 if the file does not say.

    Raises:
        FileNotFoundError: If there is no such file.
        TunerError: If the model cannot be built without data.
        ValueError: If the state does not fit the model, as Keras finds.
    """
    import h5py

    if not path.is_file():
        raise FileNotFoundError(f"there is no training to go on from: {path} is missing")
    with h5py.File(path, "r") as file:
        epochs = int(file.attrs.get(_EPOCHS, 0))
        config = json.loads(file.attrs.get(_BUILD_CONFIG, "null"))
        seeds = [file[_SEEDS][str(position)][()] for position in range(len(file[_SEEDS]))] if _SEEDS in file else []
    rebuild(model, config)
    optimizer = getattr(model, "optimizer", None)
    if optimizer is not None and model.built and not optimizer.built:
        optimizer.build(model.trainable_variables)
    with warnings.catch_warnings():
        # Of a checkpoint without the optimizer's variables; there is nothing better then.
        warnings.filterwarnings("ignore", "Skipping variable loading for optimizer")
        model.load_weights(path)
    states = _random_states(model)
    if len(states) == len(seeds):
        for state, value in zip(states, seeds, strict=True):
            state.assign(value)
    return epochs


def continue_training(model: Any, directory: SearchDirectory, trial_id: str, execution: int) -> None:
    """Bring a fresh model to where an execution of another trial, of the same hyperparameters, stood at its end.

    If that was not kept, as KerasTuner does not, the training goes on from that trial's best epoch.

    Raises:
        FailedTrialError: If nothing is there to go on from.
        TunerError: If the model cannot be built without data.
        ValueError: If it does not fit the model, as Keras finds.
    """
    state = directory.training_state(trial_id, execution)
    if not state.is_file():
        state = directory.checkpoint(trial_id)
        if not state.is_file():
            raise FailedTrialError(f"it continues trial {trial_id}, whose weights are gone: {state} is missing")
        build_as_trained(model, directory, trial_id)
    load_training_state(model, state)


def _build_config(model: Any) -> str:
    try:
        return json.dumps(model.get_build_config())
    except TypeError:  # shapes that are no JSON; the build function makes the model without them
        return "null"


def _random_states(model: Any) -> list[Any]:
    """The states of the model's random numbers (dropout, noise), which Keras does not save with the weights."""
    weights = {id(variable) for variable in model.weights}
    return [each for each in model.variables if id(each) not in weights and "seed_generator" in each.path]


def _as_array(variable: Any) -> Any:
    from keras import ops

    return ops.convert_to_numpy(variable)
