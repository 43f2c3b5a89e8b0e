"""Cross-validation: the training rows in folds that take turns as validation rows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from tui_tuner.configs.arrays import fit_scaler
from tui_tuner.configs.dataset import count_classes, is_array_like, map_leaves
from tui_tuner.errors import TunerError
from tui_tuner.worker.jobs import Task
from tui_tuner.worker.training_data import TrainingData

Rows = np.ndarray[Any, np.dtype[np.intp]]


def data_fold(data: TrainingData, fold: int, task: Task) -> TrainingData:
    """The data with one fold of its training rows as the validation part.

    The folds are shuffled by the search's seed (0 without one), and have equal shares of the classes where the target
    is classes. Features that were standardized are standardized anew, on the rows that this fold trains on: scaling is
    affine, so that is the same as if the fold's validation rows had never been seen.

    Args:
        fold: Which one, from 0 to `task.folds - 1`.

    Raises:
        TunerError: If the data is not made of arrays, brings a validation part of its own, or has fewer rows, or fewer
            rows of a class, than there are folds.
    """
    check_folds(data, task)
    dataset = data.dataset
    train, held_out = _rows(data, task)[fold]
    x_train, x_held_out = _of(dataset.x_train, train), _of(dataset.x_train, held_out)
    y_train, y_held_out = _of(dataset.y_train, train), _of(dataset.y_train, held_out)
    if task.data is not None and task.data.get("standardize") and isinstance(x_train, np.ndarray):
        scale = fit_scaler(x_train)
        x_train, x_held_out = scale(x_train), scale(x_held_out)
    return TrainingData(replace(dataset, x_train=x_train, y_train=y_train, validation=(x_held_out, y_held_out)))


def check_folds(data: TrainingData, task: Task) -> None:
    """Check that the data can be folded; see `data_fold`."""
    dataset = data.dataset
    if not is_array_like(dataset) or dataset.y_train is None:
        raise TunerError(
            "search.cross_validation needs data made of arrays, and this data comes in batches.",
            "Let the loader return arrays, or remove search.cross_validation.",
        )
    if dataset.validation is not None:
        raise TunerError(
            "search.cross_validation makes its own validation rows, and the data brings a validation part.",
            "Remove one of the two.",
        )
    rows = dataset.train_rows or 0
    if rows < task.folds:
        raise TunerError(f"search.cross_validation: {rows} training rows cannot be put in {task.folds} folds.")


def _of(arrays: Any, rows: Rows) -> Any:
    """These rows of each of the arrays."""
    return map_leaves(lambda leaf: leaf[rows], arrays)


def _rows(data: TrainingData, task: Task) -> list[tuple[Rows, Rows]]:
    """The row numbers of each fold: those to train on, those held out."""
    from sklearn.model_selection import KFold, StratifiedKFold

    seed = task.seed or 0
    everything = np.zeros(data.dataset.train_rows or 0)
    classes = _classes(data.dataset.y_train)
    if classes is None:
        return list(KFold(task.folds, shuffle=True, random_state=seed).split(everything))
    fewest = int(np.bincount(classes).min())
    if fewest < task.folds:
        raise TunerError(
            f"search.cross_validation: a class has {fewest} training rows, fewer than the {task.folds} folds.",
            "Use fewer folds, or leave that class out.",
        )
    return list(StratifiedKFold(task.folds, shuffle=True, random_state=seed).split(everything, classes))


def _classes(y: Any) -> Rows | None:
    """The rows' class numbers, if the target is one class a row."""
    if not isinstance(y, np.ndarray) or y.size != len(y) or count_classes(y.ravel()) is None:
        return None
    return y.ravel().astype(np.intp)
