"""The quick checks: what would spoil a search, told from its data and one built model before the first trial."""

from __future__ import annotations

import os
import shutil
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from tui_tuner.checks.budget import small_space
from tui_tuner.checks.leaks import leak, leaking_features
from tui_tuner.checks.machine import little_disk, other_backend, unseen_gpus
from tui_tuner.checks.outputs import logits_of_probabilities
from tui_tuner.checks.scales import unscaled
from tui_tuner.checks.splits import few_validation_rows, missing_classes
from tui_tuner.configs.dataset import Dataset, count_classes, row_count
from tui_tuner.configs.own_loader import feature_names
from tui_tuner.configs.schema import TABLE_SOURCES
from tui_tuner.space import HyperParameters
from tui_tuner.space.configurations import count, ordered_definitions
from tui_tuner.worker.device import allowed_gpus, count_gpus
from tui_tuner.worker.jobs import Finding, Task
from tui_tuner.worker.training_data import TrainingData

Labels = Mapping[str, np.ndarray[Any, Any]]
"""Class numbers, by the part of the rows: training, validation, test."""


def first_look(
    task: Task,
    data: TrainingData,
    model: Any,
    space: HyperParameters,
    max_trials: int | None,
    *,
    own_fit: bool = False,
) -> tuple[Finding, ...]:
    """All that is found. A check that cannot cope with the data or the model finds nothing, and says so in the log.

    Args:
        model: One that was built; `None` if there is none.
        own_fit: Whether the user's own code trains, and holds out validation rows as it likes.
    """
    if own_fit:
        task = replace(task, fit={**task.fit, "validation_split": 0.0})
    checks: list[Callable[[], Finding | None]] = [
        lambda: _leak(task, data.dataset),
        lambda: logits_of_probabilities(model),
        lambda: _scale(task, data.dataset, model),
        lambda: _validation(task, data.dataset),
        lambda: _classes(task, data.dataset),
        lambda: small_space(count(ordered_definitions(space)), max_trials),
        lambda: other_backend(os.environ.get("KERAS_BACKEND"), _backend()),
        lambda: unseen_gpus(allowed_gpus(), count_gpus(), _backend()),
        lambda: little_disk(*_disk(task.project_dir)),
    ]
    return tuple(found for check in checks if (found := _try(check)) is not None)


def validation_rows(task: Task, dataset: Dataset) -> int | None:
    """How many rows a configuration is judged by; `None` if they cannot be counted."""
    rows = dataset.train_rows
    if dataset.validation is not None:
        return row_count(dataset.validation[0])
    if rows is None or task.folds > 1:
        return rows
    return rows - _kept(rows, task)


def _kept(rows: int, task: Task) -> int:
    """How many training rows Keras leaves when it holds out the last ones for validation."""
    return int(np.floor(rows * (1.0 - float(task.fit.get("validation_split") or 0.0))))


def _try(check: Callable[[], Finding | None]) -> Finding | None:
    try:
        return check()
    except Exception:
        traceback.print_exc()
        return None


def _leak(task: Task, dataset: Dataset) -> Finding | None:
    x, y = dataset.x_train, dataset.y_train
    if not isinstance(x, np.ndarray) or not isinstance(y, np.ndarray):
        return None
    found = leaking_features(x, y, is_classes=_labels(task, dataset) is not None)
    settings = task.data or {}
    names = dataset.features
    if found and not names and settings.get("loader"):
        names = feature_names(settings["loader"], settings.get("seed") or task.seed or 0)
    names = names if x.ndim == 2 and len(names) == x.shape[1] else ()
    return leak(found, names, x.shape[-1], is_table=_is_table(task))


def _scale(task: Task, dataset: Dataset, model: Any) -> Finding | None:
    x = dataset.x_train
    if not isinstance(x, np.ndarray) or (task.data or {}).get("standardize"):
        return None
    layers = [type(layer).__name__ for layer in getattr(model, "layers", ()) if type(layer).__name__ != "InputLayer"]
    names = dataset.features if x.ndim == 2 and len(dataset.features) == x.shape[1] else ()
    return unscaled(x, names, layers, may_standardize=task.data is not None)


def _validation(task: Task, dataset: Dataset) -> Finding | None:
    rows = validation_rows(task, dataset)
    if rows is None:
        return None
    return few_validation_rows(rows, is_classes=_labels(task, dataset) is not None, folds=task.folds)


def _classes(task: Task, dataset: Dataset) -> Finding | None:
    labels = _labels(task, dataset)
    if labels is None:
        return None
    parts = {name: set(map(int, np.unique(part))) for name, part in labels.items() if len(part)}
    return missing_classes(parts, dataset.classes, is_table=_is_table(task))


def _labels(task: Task, dataset: Dataset) -> Labels | None:
    """The class numbers of each part; `None` if the target is no classes."""
    parts = dict(_targets(task, dataset))
    if not parts or not all(isinstance(part, np.ndarray) and part.size == len(part) for part in parts.values()):
        return None
    flat = {name: part.ravel() for name, part in parts.items()}
    together = np.concatenate(list(flat.values()))
    if dataset.classes is None and count_classes(together) is None:
        return None
    return flat if together.dtype.kind in "iub" else None


def _targets(task: Task, dataset: Dataset) -> Iterator[tuple[str, Any]]:
    y = dataset.y_train
    if y is None:
        return
    if dataset.validation is None and task.folds == 1 and isinstance(y, np.ndarray):
        kept = _kept(len(y), task)
        yield "training", y[:kept]
        yield "validation", y[kept:]
    else:
        yield "training", y
    if dataset.validation is not None:
        yield "validation", dataset.validation[1]
    if dataset.y_test is not None:
        yield "test", dataset.y_test


def _backend() -> str:
    """The one that Keras has loaded."""
    import keras

    return str(keras.backend.backend())


def _is_table(task: Task) -> bool:
    return any((task.data or {}).get(source) for source in TABLE_SOURCES)


def _disk(folder: Path) -> tuple[int, int, str]:
    there = next((each for each in (folder, *folder.parents) if each.is_dir()), Path("/"))
    return shutil.disk_usage(there).free, 0, str(there)
