"""Steps of data preparation on plain arrays: targets to class numbers, the split, scaling."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from tui_tuner.configs.dataset import MOST_CLASSES, count_classes
from tui_tuner.configs.problems import listing, printable
from tui_tuner.configs.schema import DataConfig
from tui_tuner.errors import TunerError

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]


SCALED = "features scaled to mean 0 and deviation 1 of the training rows"


@dataclass(frozen=True)
class Target:
    """What is predicted.

    Args:
        values: Class numbers (int64) or numbers (float32), or an array of another shape as it was given.
        classes: Names of the classes, if these are classes.
        note: The target in one line.
    """

    values: Array
    classes: tuple[str, ...] | None
    note: str


def encode_target(values: Array, task: Literal["auto", "classification", "regression"], name: str = "target") -> Target:
    """Turn a target into numbers.

    Text and booleans become class numbers, in sorted order; so do all values under `classification`. Whole numbers 0,
    1, ... without a gap are taken for classes. All else is numbers.

    Raises:
        TunerError: If text is to be regressed on, if there are no values or only one, or if they are not finite.
    """
    import numpy as np

    if values.ndim > 1 and values.shape[1:] != (1,):
        return Target(values, None, f"{name}: {values.shape[1]} numbers a row")
    values = values.reshape(-1)
    is_number = values.dtype.kind in "iuf"
    if is_number and not np.isfinite(values).all():
        raise TunerError(f"the {name} has missing or infinite values")
    if not len(values):
        raise TunerError(f"there are no rows: {name} is empty")
    if (values == values[0]).all():
        raise TunerError(f"{name} has only one value: {printable(str(values[0]))}", "There is nothing to learn.")
    whole = values.astype(np.int64) if is_number and (values == np.floor(values)).all() else None
    if task == "regression" or (task == "auto" and is_number and (whole is None or count_classes(whole) is None)):
        if not is_number and values.dtype.kind != "b":
            raise TunerError(f"{name} holds text, and text cannot be predicted as a number")
        kept = values if values.dtype.kind in "iu" and task == "auto" else values.astype(np.float32)
        return Target(kept, None, f"{name}: numbers from {values.min():.4g} to {values.max():.4g}")
    found, numbers = np.unique(whole if whole is not None else _comparable(values), return_inverse=True)
    if len(found) > MOST_CLASSES:
        raise TunerError(
            f"{name} has {len(found)} classes", "If these are numbers to be predicted: data.task: regression."
        )
    counts = np.bincount(numbers)
    described = listing(f"{value} ({count})" for value, count in zip(found, counts, strict=True))
    return Target(numbers.astype(np.int64), tuple(map(str, found)), f"{name}: {len(found)} classes: {described}")


def split_rows(rows: int, target: Target, data: DataConfig, seed: int) -> tuple[Array, Array]:
    """The row numbers of the training and of the test part, shuffled.

    Raises:
        TunerError: If a part would have no rows, or a class has too few rows to be in both.
    """
    import numpy as np

    everything = np.arange(rows)
    if data.test_size == 0:
        return everything, everything[:0]
    if data.stratify and target.classes is None:
        raise TunerError("data.stratify needs classes, and the target is a number", "Remove stratify.")
    from sklearn.model_selection import train_test_split

    try:
        train, test = train_test_split(
            everything, test_size=data.test_size, random_state=seed, stratify=target.values if data.stratify else None
        )
    except ValueError as error:
        raise TunerError(f"{rows} rows cannot be split with a test_size of {data.test_size:g}: {error}") from error
    return train, test


def fit_scaler(train: Array) -> Callable[[Array], Array]:
    """A function that scales rows to mean 0 and deviation 1 of `train`, for each position of a row; to float32."""
    from sklearn.preprocessing import StandardScaler

    scaler = StandardScaler().fit(train.reshape(len(train), -1))

    def scale(part: Array) -> Array:
        flat = part.reshape(len(part), -1)
        scaled: Array = scaler.transform(flat) if len(part) else flat
        return scaled.reshape(part.shape).astype("float32")

    return scale


def _comparable(values: Array) -> Array:
    """Text for what is mixed, because only values of one kind have an order."""
    return values if values.dtype.kind != "O" else values.astype(str)
