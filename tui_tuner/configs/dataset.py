"""Prepared data: what a model is trained, validated and tested on. Loads numpy only when it is given arrays."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tui_tuner.errors import TunerError
from tui_tuner.hypermodels.data_shape import DataShape, OutputKind
from tui_tuner.worker.jobs import DataSummary

if TYPE_CHECKING:
    import numpy as np

Arrays = Any
"""A numpy array, a dict or a tuple of such (several inputs or outputs), or what a user's loader made that is none."""

MOST_CLASSES = 1000
"""More distinct whole numbers than this are no classes."""


@dataclass(frozen=True)
class Dataset:
    """The data of a search.

    Args:
        x_train: Features of the training rows, or something that Keras takes in their place, such as a
            `tf.data.Dataset`; `y_train` is then `None`.
        x_test: Features of the held-out rows, or `None`.
        validation: `(x, y)` for validation, or `None` where `validation_split` makes it. `y` is `None` if `x` is a
            data set.
        classes: The names of the classes in the order of their numbers, if the target was encoded.
        notes: What was done to the data, a line a fact, for people.
        features: The names of the features of a row, if they have names.
    """

    x_train: Arrays
    y_train: Arrays = None
    x_test: Arrays = None
    y_test: Arrays = None
    validation: tuple[Arrays, Arrays] | None = None
    classes: tuple[str, ...] | None = None
    notes: tuple[str, ...] = ()
    features: tuple[str, ...] = ()

    @property
    def train_rows(self) -> int | None:
        """Number of training rows, if it is known without reading them."""
        return row_count(self.x_train)

    @property
    def test_rows(self) -> int | None:
        """Number of held-out rows; `None` if there are none or they cannot be counted."""
        return row_count(self.x_test)

    def summary(self) -> DataSummary:
        """The facts for people."""
        return DataSummary(self.train_rows, self.test_rows, shape_text(self.x_train), self.notes)


def is_array_like(dataset: Dataset) -> bool:
    """Whether everything in the data set is a numpy array that can be written to disk and memory-mapped.

    Where it is not, each worker has to call the loader itself.
    """
    import numpy as np

    validation = dataset.validation if dataset.validation is not None else ()
    parts = (dataset.x_train, dataset.y_train, dataset.x_test, dataset.y_test, *validation)
    return all(
        isinstance(leaf, np.ndarray) and not leaf.dtype.hasobject
        for part in parts
        if part is not None
        for leaf in leaves(part)
    )


def leaves(arrays: Arrays) -> Iterator[Any]:
    """The arrays in a tree of dicts and tuples."""
    if isinstance(arrays, Mapping):
        for value in arrays.values():
            yield from leaves(value)
    elif isinstance(arrays, tuple):
        for value in arrays:
            yield from leaves(value)
    else:
        yield arrays


def map_leaves(function: Callable[[Any], Any], arrays: Arrays) -> Arrays:
    """The tree with `function` applied to each of its arrays."""
    if isinstance(arrays, Mapping):
        return {key: map_leaves(function, value) for key, value in arrays.items()}
    if isinstance(arrays, tuple):
        return tuple(map_leaves(function, value) for value in arrays)
    return function(arrays)


def row_count(arrays: Arrays) -> int | None:
    """The number of rows of the first array; `None` for what has no shape."""
    shape = getattr(next(leaves(arrays), None), "shape", None)
    return int(shape[0]) if shape else None


def shape_text(arrays: Arrays) -> str:
    """The shape of a row, for people: `(14,)`, `image (8, 8), meta (3,)`."""
    if isinstance(arrays, Mapping):
        return ", ".join(f"{name} {shape_text(value)}" for name, value in arrays.items())
    if isinstance(arrays, tuple):
        return ", ".join(shape_text(value) for value in arrays)
    shape = getattr(arrays, "shape", None)
    return str(tuple(shape[1:])) if shape else type(arrays).__name__


def data_shape(dataset: Dataset) -> DataShape:
    """What a ready-made hypermodel has to know.

    Raises:
        TunerError: If there are several inputs or outputs, or something else than arrays.
    """
    import numpy as np

    x, y = dataset.x_train, dataset.y_train
    if not isinstance(x, np.ndarray) or not isinstance(y, np.ndarray) or x.ndim < 2:
        raise TunerError(
            "a ready-made hypermodel takes one array of features and one of targets, and this data is different",
            "Write a build function of your own: model: file.py:function.",
        )
    input_shape = tuple(int(size) for size in x.shape[1:])
    if y.ndim > 1 and math.prod(y.shape[1:]) != 1:
        if y.ndim > 2:
            raise TunerError(f"a ready-made hypermodel cannot predict arrays: a target has the shape {y.shape[1:]}")
        one_hot = bool(np.isin(y, (0, 1)).all() and (y.sum(axis=1) == 1).all())
        return DataShape(input_shape, OutputKind.ONE_HOT if one_hot else OutputKind.NUMBERS, int(y.shape[1]))
    classes = len(dataset.classes) if dataset.classes is not None else count_classes(y)
    if classes is None:
        return DataShape(input_shape, OutputKind.NUMBERS)
    return DataShape(input_shape, *((OutputKind.BINARY, 1) if classes <= 2 else (OutputKind.CLASSES, classes)))


def count_classes(y: np.ndarray[Any, Any]) -> int | None:
    """The number of classes if `y` holds class numbers: booleans, or whole numbers 0, 1, ... without a gap."""
    import numpy as np

    if y.dtype.kind == "b":
        return 2
    if y.dtype.kind not in "iu":
        return None
    distinct = np.unique(y)
    is_run = 2 <= len(distinct) <= MOST_CLASSES and distinct[0] == 0 and distinct[-1] == len(distinct) - 1
    return len(distinct) if is_run else None
