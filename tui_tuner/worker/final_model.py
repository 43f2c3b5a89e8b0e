"""The final model: one configuration trained anew on all rows but the test rows. Importing this imports Keras."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from importlib import metadata
from typing import Any

import keras
import numpy as np

from tui_tuner.configs.dataset import Arrays, is_array_like
from tui_tuner.configs.model_reference import ModelBuilder, ReferenceKind, parse_reference, resolve_model
from tui_tuner.space import HyperParameters
from tui_tuner.worker.execution import build_model
from tui_tuner.worker.final_jobs import MODEL, WEIGHTS, FinalModel, FinalRun, Progress, RetrainJob
from tui_tuner.worker.final_script import why_no_script, write_script
from tui_tuner.worker.jobs import Task
from tui_tuner.worker.logs import numbers
from tui_tuner.worker.memory import forget_models
from tui_tuner.worker.model_files import write_model
from tui_tuner.worker.summaries import summarize
from tui_tuner.worker.training_data import TrainingData, load_training_data

_PACKAGES = ("keras", "numpy", "tui-tuner")
_WATCHERS = ("EarlyStopping", "ReduceLROnPlateau", "ModelCheckpoint", "TensorBoard", "early_stopping", "tensorboard")
"""Callbacks that only watch, or that the number of epochs stands for."""


@dataclass(frozen=True)
class AllRows:
    """The data of a search with its validation rows among the training rows.

    Args:
        notes: What people should know about that; empty if all is as they expect.
    """

    data: TrainingData
    notes: tuple[str, ...] = ()


def retrain(task: Task, job: RetrainJob, tell: Callable[[Progress], None]) -> FinalModel:
    """Train a configuration once for each seed, evaluate each model on the test rows, and write the first one.

    Writes `model.keras`, or its weights where it cannot be saved whole, and `train.py` with its data where that is
    possible, into the job's folder.

    Args:
        task: As for the search's trials.
        tell: Is told of each epoch.

    Raises:
        TunerError: If the data or the model cannot be found or used.
        Exception: Whatever the user's code or Keras raises.
    """
    rows = all_rows(load_training_data(task))
    builder = _builder(task, rows.data)
    planned = {key: value for key, value in task.fit.items() if not key.startswith("validation_")}
    planned["epochs"] = job.epochs
    runs: list[FinalRun] = []
    notes = [*rows.notes, *_left_out(task)]
    for seed in job.seeds:
        forget_models()
        keras.utils.set_random_seed(seed)
        hp = HyperParameters.from_config(dict(job.hyperparameters))
        model = build_model(builder, hp)
        positional, arguments = rows.data.fit_arguments(planned)
        teller = _Teller(tell, len(runs) + 1, job, seed)
        if builder.fit is not None:
            history = builder.fit(hp, model, *positional, callbacks=[teller], **arguments)
        else:
            history = model.fit(*positional, callbacks=[teller], **arguments)
        runs.append(FinalRun(seed, _last(history), _evaluate(model, rows.data, task)))
        if len(runs) == 1:
            why_weights = write_model(model, job.folder, hp.get_config())
            if why_weights:
                notes.append(f"The model cannot be saved whole: {why_weights}. Its weights are in {WEIGHTS}.")
            summary = summarize(model)
            reason = why_no_script(model, builder, rows.data.dataset)
            if reason:
                notes.append(f"There is no train.py: {reason}.")
            else:
                write_script(model, rows.data.dataset, job.folder, planned, seed)
    return FinalModel(
        runs=tuple(runs),
        model=summary,
        data=rows.data.summary,
        train_rows=rows.data.dataset.train_rows,
        notes=tuple(notes),
        versions={"python": platform.python_version(), **dict(_versions())},
        file=WEIGHTS if why_weights else MODEL,
    )


class _Teller(keras.callbacks.Callback):  # type: ignore[misc]
    """Tells of the end of each epoch."""

    def __init__(self, tell: Callable[[Progress], None], run: int, job: RetrainJob, seed: int) -> None:
        super().__init__()
        self._tell = tell
        self._run = run
        self._job = job
        self._seed = seed

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        job = self._job
        self._tell(Progress(self._run, len(job.seeds), self._seed, epoch + 1, job.epochs, numbers(logs or {})))


def all_rows(data: TrainingData) -> AllRows:
    """Training and validation rows together: what `validation_split` would hold out is trained on anyway."""
    dataset = data.dataset
    if dataset.validation is None:
        return AllRows(data)
    x, y = dataset.validation
    if is_array_like(dataset):
        joined = replace(
            dataset, x_train=_joined(dataset.x_train, x), y_train=_joined(dataset.y_train, y), validation=None
        )
        return AllRows(TrainingData(joined))
    if y is None and hasattr(dataset.x_train, "concatenate"):  # tf.data
        return AllRows(TrainingData(replace(dataset, x_train=dataset.x_train.concatenate(x), validation=None)))
    return AllRows(
        TrainingData(replace(dataset, validation=None)),
        ("The data comes in batches that cannot be joined: the model was trained without the validation part.",),
    )


def _joined(first: Arrays, second: Arrays) -> Arrays:
    if isinstance(first, Mapping):
        return {key: _joined(first[key], second[key]) for key in first}
    if isinstance(first, tuple):
        return tuple(_joined(a, b) for a, b in zip(first, second, strict=True))
    return np.concatenate([first, second])


def _left_out(task: Task) -> Iterable[str]:
    acting = [name for name in task.callbacks if name not in _WATCHERS]
    if acting:
        yield f"The search trained with callbacks that were left out here: {', '.join(acting)}."


def _builder(task: Task, data: TrainingData) -> ModelBuilder:
    is_ready_made = parse_reference(task.model).kind is ReferenceKind.READY_MADE
    return resolve_model(task.model, data.shape if is_ready_made else None)


def _last(history: Any) -> Mapping[str, float]:
    """The metrics of the last epoch, as far as `fit` returned them."""
    logs = getattr(history, "history", None)
    if logs:
        return numbers({name: values[-1] for name, values in logs.items() if len(values)})
    return numbers(history) if isinstance(history, Mapping) else {}


def _evaluate(model: Any, data: TrainingData, task: Task) -> Mapping[str, float]:
    arguments = data.evaluate_arguments(task.fit)
    if arguments is None or not model.compiled:
        return {}
    return numbers(model.evaluate(*arguments[0], **arguments[1], verbose=0, return_dict=True))


def _versions() -> Iterable[tuple[str, str]]:
    for package in (*_PACKAGES, keras.backend.backend()):
        try:
            yield package, metadata.version(package)
        except metadata.PackageNotFoundError:  # such as tensorflow-cpu
            yield package, "unknown"
