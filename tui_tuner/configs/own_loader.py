"""What a user's loader returned, as a `Dataset`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tui_tuner.configs.dataset import Arrays, Dataset, leaves, row_count
from tui_tuner.configs.model_reference import (
    call_with_known_arguments,
    describe_exception,
    load_object,
    parse_reference,
)
from tui_tuner.errors import FatalError, TunerError

FORMS = "Return (x, y) or ((x_train, y_train), (x_test, y_test)), with a third pair for validation if you have one."


def call_loader(reference: str, seed: int) -> Dataset:
    """Run a loader. It is given `seed` if it has a parameter of that name.

    Returns:
        A data set whose test part is `None` if the loader did not split. DataFrames, lists and tensors have become
        numpy arrays; data sets and generators are kept as they are.

    Raises:
        TunerError: If the loader raises, or returns something else than data.
    """
    function = load_object(parse_reference(reference, ready_made=False))
    if not callable(function):
        raise TunerError(f"{reference} is not a function: it is a {type(function).__name__}", FORMS)
    try:
        returned = call_with_known_arguments(function, seed=seed)
    except (FatalError, TunerError):
        raise
    except Exception as error:
        raise TunerError(f"the loader {reference} failed: {describe_exception(error)}") from error
    dataset = _as_dataset(returned, reference)
    _check_rows(dataset, reference)
    return dataset


def feature_names(reference: str, seed: int) -> tuple[str, ...]:
    """The names of the features that a loader gives as plain arrays, if its tables lost them on the way.

    The loader is run again, with scikit-learn's transformers told to keep tables tables.

    Returns:
        The names; empty where they cannot be found out.
    """
    from sklearn import config_context

    try:
        with config_context(transform_output="pandas"):
            return call_loader(reference, seed).features
    except Exception:  # code that was written for arrays
        return ()


def _as_dataset(returned: Any, reference: str) -> Dataset:
    if returned is None:
        raise TunerError(f"the loader {reference} returned nothing", FORMS)
    if not isinstance(returned, (tuple, list)):
        if is_arrays(returned):
            raise TunerError(f"the loader {reference} returned features without a target", FORMS)
        return Dataset(returned)
    parts = tuple(returned)
    if len(parts) in (2, 3) and _is_pair(parts[0]) and all(part is None or _is_pair(part) for part in parts[1:]):
        pairs = [(None, None) if part is None else (to_arrays(part[0]), to_arrays(part[1])) for part in parts]
    elif len(parts) in (2, 3) and not is_arrays(parts[0]):  # data sets: training, test, validation
        pairs = [(part, None) for part in parts]
    elif len(parts) == 2:
        pairs = [(to_arrays(parts[0]), to_arrays(parts[1])), (None, None)]
    else:
        raise TunerError(f"the loader {reference} returned a tuple of {len(parts)} parts", FORMS)
    (x_train, y_train), (x_test, y_test) = pairs[:2]
    has_validation = len(pairs) == 3 and pairs[2][0] is not None
    first = parts[0][0] if _is_pair(parts[0]) else parts[0]
    columns = tuple(map(str, getattr(first, "columns", ())))
    return Dataset(x_train, y_train, x_test, y_test, pairs[2] if has_validation else None, features=columns)


def is_arrays(value: Any) -> bool:
    """Whether numpy can make arrays of it: arrays, tensors, tables, lists, and dicts and tuples of these."""
    if isinstance(value, Mapping):
        return all(is_arrays(part) for part in value.values())
    if isinstance(value, tuple):
        return all(is_arrays(part) for part in value)
    return isinstance(value, list) or hasattr(value, "__array__")


def to_arrays(value: Any) -> Arrays:
    """The value with every array, tensor, table and list in it turned into a numpy array."""
    import numpy as np

    if isinstance(value, Mapping):
        return {str(key): to_arrays(part) for key, part in value.items()}
    if isinstance(value, tuple) or (isinstance(value, list) and any(hasattr(part, "__array__") for part in value)):
        return tuple(to_arrays(part) for part in value)
    if not is_arrays(value):
        return value
    try:
        array = np.asarray(value)
        if array.dtype.hasobject and all(isinstance(item, str) for item in array.flat):
            return array.astype(str)
        return array.astype(bool) if array.dtype.hasobject and _all_bool(array) else array
    except ValueError as error:
        raise TunerError(f"the loader's data is no regular array: {error}") from error


def _all_bool(array: Any) -> bool:
    return all(isinstance(item, bool) for item in array.flat)


def _is_pair(part: Any) -> bool:
    """Whether this is `(x, y)`: a list of two lists is rather a table of two rows."""
    if not isinstance(part, (tuple, list)) or len(part) != 2:
        return False
    if isinstance(part, list):
        return all(hasattr(item, "__array__") for item in part)
    return all(item is None or is_arrays(item) for item in part)


def _check_rows(dataset: Dataset, reference: str) -> None:
    parts = {"training": (dataset.x_train, dataset.y_train), "test": (dataset.x_test, dataset.y_test)}
    parts["validation"] = dataset.validation or (None, None)
    for name, (x, y) in parts.items():
        found = [row_count(leaf) for part in (x, y) if part is not None for leaf in leaves(part)]
        counts = {count for count in found if count is not None}
        if len(counts) > 1:
            raise TunerError(
                f"the loader {reference} returned {name} data of unequal lengths: {sorted(counts)} rows", FORMS
            )
        if counts == {0}:
            raise TunerError(f"the loader {reference} returned {name} data without rows")
