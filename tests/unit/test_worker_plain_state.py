"""What is stored of a training comes back as it was."""

from __future__ import annotations

import enum
import math
from typing import Any

import numpy as np
import pytest

from tui_tuner.worker.callback_state import CallbackStates
from tui_tuner.worker.plain_state import NotPlainError, Packed, is_plain, is_same, pack, unpack
from tui_tuner.worker.progress import CallbackState


class Kind(enum.StrEnum):
    A = "a"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        ({"a": [1, True, 2.5, "text", None]}, {"a": [1, True, 2.5, "text", None]}),
        ((1, (2,)), [1, [2]]),
        (math.inf, math.inf),
        (np.float32(0.5), 0.5),
        (np.int64(3), 3),
        (np.bool_(True), True),
        (Kind.A, "a"),
        ({"array": {"items": 1}}, {"array": {"items": 1}}),
        ({}, {}),
    ],
)
def test_plain_values(value: Any, expected: Any) -> None:
    found = unpack(pack(value))
    assert found == expected
    assert type(found) is type(expected)


def test_nan_stays_nan() -> None:
    assert math.isnan(unpack(pack({"best": math.nan}))["best"])


@pytest.mark.parametrize("dtype", ["float32", "float64", "int8", "uint64", "bool", "complex64", "bfloat16"])
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 3)])
def test_arrays_keep_their_format(dtype: str, shape: tuple[int, ...]) -> None:
    pytest.importorskip("ml_dtypes")
    array = np.ones(shape).astype(np.dtype(dtype))
    packed = pack([array, array])
    assert all(each.dtype.kind in "biufc" for each in packed.arrays)  # what HDF5 can store
    assert is_same(unpack(packed), [array, array])


@pytest.mark.parametrize("value", [object(), {1: "a"}, [print], np.array([object()]), {"a": {2}}, 1j])
def test_what_is_not_plain_is_refused(value: Any) -> None:
    assert not is_plain(value)
    with pytest.raises(NotPlainError):
        pack(value)


@pytest.mark.parametrize("text", ["", "{", '{"array": [3, "float32"]}', '{"array": 3}', '{"other": 1}'])
def test_damage_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError):
        unpack(Packed(text, ()))


def test_equality_knows_nan_and_types() -> None:
    assert is_same({"a": [math.nan, np.ones(2)]}, {"a": (math.nan, np.ones(2))})
    assert not is_same(1, True)
    assert not is_same(np.ones(2), np.ones(3))
    assert not is_same({"a": 1}, {"b": 1})
    assert not is_same([1], [1, 2])


class Patience:
    """As callbacks are: settings, a state, and things that cannot be stored."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.patience = 3
        self.wait = 0
        self.best: float | None = None
        self.weights: list[np.ndarray[Any, Any]] | None = None
        self.function = print
        self.seen: list[int] = []


def test_only_what_the_training_changed_is_the_state_of_a_callback() -> None:
    callback = Patience("/here")
    states = CallbackStates([callback])
    callback.wait, callback.best, callback.weights = 2, 0.5, [np.ones(2)]
    callback.seen.append(1)
    [state] = states.save()
    assert set(state.changed) == {"wait", "best", "weights", "seen"}
    moved = Patience("/elsewhere")
    CallbackStates([moved]).restore([state])
    assert (moved.path, moved.wait, moved.best, moved.seen) == ("/elsewhere", 2, 0.5, [1])


def test_a_state_is_given_to_no_other_kind_of_callback() -> None:
    callback = Patience("/here")
    CallbackStates([callback]).restore([CallbackState("Other", {"wait": 9})])
    assert callback.wait == 0
