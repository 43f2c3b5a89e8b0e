"""A saved model on rows of another file, prepared as the search's own were. Importing this imports Keras."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import keras

from tui_tuner.configs.model_reference import ReferenceKind, parse_reference, resolve_model
from tui_tuner.configs.new_rows import load_new_rows
from tui_tuner.configs.schema import DataConfig
from tui_tuner.space import HyperParameters
from tui_tuner.worker.execution import build_model
from tui_tuner.worker.final_jobs import HYPERPARAMETERS, WEIGHTS, EvaluateFileJob, Metrics
from tui_tuner.worker.jobs import Task
from tui_tuner.worker.logs import numbers
from tui_tuner.worker.rebuilding import rebuild
from tui_tuner.worker.training_state import load_training_state


def evaluate_file(task: Task, job: EvaluateFileJob) -> Metrics:
    """The metrics of a saved model on the rows of a file.

    Raises:
        TunerError: If the file cannot be read, or its rows do not fit the search's.
        ValueError: If Keras cannot load the model.
    """
    assert task.data is not None  # a config's search
    x, y = load_new_rows(DataConfig.model_validate(dict(task.data)), task.seed, job.file)
    model = _built(task, job.model) if job.model.name == WEIGHTS else _loaded(task, job.model)
    arguments = {"batch_size": task.fit["batch_size"]} if task.fit.get("batch_size") else {}
    return Metrics(numbers(model.evaluate(x, y, verbose=0, return_dict=True, **arguments)))


def _loaded(task: Task, file: Path) -> Any:
    """The model of a file, which Keras makes by itself if it knows the classes."""
    if parse_reference(task.model).kind is not ReferenceKind.READY_MADE:
        resolve_model(task.model)  # the module may register classes that the model needs
    try:
        return keras.models.load_model(file)
    except TypeError:  # a class that is not registered
        if not (file.parent / HYPERPARAMETERS).is_file():
            raise
        return _built(task, file)


def _built(task: Task, file: Path) -> Any:
    """The model whose weights these are, made by the build function of the search."""
    hyperparameters = json.loads((file.parent / HYPERPARAMETERS).read_text(encoding="utf-8"))
    model = build_model(resolve_model(task.model), HyperParameters.from_config(hyperparameters))
    if file.name == WEIGHTS:
        load_training_state(model, file)
        return model
    with zipfile.ZipFile(file) as archive:
        rebuild(model, json.loads(archive.read("config.json")).get("build_config"))
    model.load_weights(file)
    return model
