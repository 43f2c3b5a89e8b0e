"""The data of a search as `fit` and `evaluate` take it; prepared by one worker, opened by all."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tui_tuner.configs.data import Dataset, data_shape, is_array_like, load_data, open_arrays, save_arrays
from tui_tuner.configs.dataset import leaves, map_leaves
from tui_tuner.configs.handover import MANIFEST
from tui_tuner.configs.schema import DataConfig
from tui_tuner.hypermodels.data_shape import DataShape
from tui_tuner.worker.jobs import DataSummary, Task

IN_MEMORY_BYTES = 64 * 2**20
"""Arrays of up to this size together are read into each worker; bigger ones stay mapped, shared by all workers."""

_ARRAYS_ONLY = ("batch_size", "validation_split", "validation_batch_size")
"""Arguments of `fit` that Keras refuses for data that comes in batches."""


@dataclass(frozen=True)
class TrainingData:
    """A search's data, ready to be trained on."""

    dataset: Dataset

    @property
    def summary(self) -> DataSummary:
        """The facts for people."""
        return self.dataset.summary()

    @property
    def shape(self) -> DataShape:
        """What a ready-made hypermodel has to know.

        Raises:
            TunerError: If the data is nothing that ready-made hypermodels take.
        """
        return data_shape(self.dataset)

    def fit_arguments(self, planned: Mapping[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Positional and keyword arguments for `fit`.

        Args:
            planned: The keyword arguments that the search asks for. `validation_split` gives way to a validation part
                that the data brings; what only arrays can have is left out for other data.
        """
        dataset, arguments = self.dataset, dict(planned)
        if dataset.y_train is None:
            for name in _ARRAYS_ONLY:
                arguments.pop(name, None)
        if dataset.validation is not None:
            arguments.pop("validation_split", None)
            x, y = dataset.validation
            arguments["validation_data"] = x if y is None else (x, y)
        return _inputs(dataset.x_train, dataset.y_train), arguments

    def evaluate_arguments(self, planned: Mapping[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]] | None:
        """Positional and keyword arguments for `evaluate`; `None` if there is no test data."""
        dataset = self.dataset
        if dataset.x_test is None:
            return None
        arguments = {}
        if dataset.y_test is not None and planned.get("batch_size") is not None:
            arguments["batch_size"] = planned["batch_size"]
        return _inputs(dataset.x_test, dataset.y_test), arguments


def prepare_data(task: Task) -> TrainingData:
    """Load, split and prepare the data, and write it to `task.arrays` if it is made of arrays.

    Raises:
        TunerError: If the data cannot be loaded or prepared.
        OSError: If the arrays cannot be written.
    """
    if task.data is None:
        return open_data(task)
    loaded = _load(task)
    if not is_array_like(loaded):
        shutil.rmtree(task.arrays, ignore_errors=True)  # an earlier run's, which other workers would take for ours
        return TrainingData(loaded)
    save_arrays(loaded, task.arrays)
    return open_data(task)


def open_data(task: Task) -> TrainingData:
    """The data that another worker has prepared; loaded again where it is not made of arrays.

    Raises:
        TunerError: If the data cannot be read.
    """
    if task.data is not None and not (task.arrays / MANIFEST).is_file():
        return TrainingData(_load(task))
    return TrainingData(_in_memory(open_arrays(task.arrays)))


def load_training_data(task: Task) -> TrainingData:
    """The data of a config's search, loaded for this process alone.

    Raises:
        TunerError: If the data cannot be loaded or prepared.
    """
    return TrainingData(_load(task))


def _load(task: Task) -> Dataset:
    return load_data(DataConfig.model_validate(dict(task.data or {})), task.seed)


def _inputs(x: Any, y: Any) -> tuple[Any, ...]:
    return (x,) if y is None else (x, y)


def _in_memory(dataset: Dataset) -> Dataset:
    parts = (dataset.x_train, dataset.y_train, dataset.x_test, dataset.y_test, dataset.validation)
    if sum(leaf.nbytes for part in parts if part is not None for leaf in leaves(part)) > IN_MEMORY_BYTES:
        return dataset

    def read(part: Any) -> Any:
        return None if part is None else map_leaves(np.array, part)

    return replace(
        dataset,
        x_train=read(dataset.x_train),
        y_train=read(dataset.y_train),
        x_test=read(dataset.x_test),
        y_test=read(dataset.y_test),
        validation=read(dataset.validation),
    )
