"""Values that can be stored and come back as they were: JSON for the plain ones, arrays beside it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]

_SCALARS = (bool, int, float, str)
_ARRAY, _ITEMS = "array", "items"
"""What an array, and a mapping, is in the JSON; lists and scalars stand for themselves."""


class NotPlainError(ValueError):
    """A value is nothing that can be stored."""


@dataclass(frozen=True)
class Packed:
    """A stored value: JSON, and the arrays that it refers to by their position."""

    text: str
    arrays: tuple[Array, ...]


def pack(value: Any) -> Packed:
    """Make a value storable.

    Args:
        value: `None`, bools, numbers, texts and arrays, in lists, tuples and mappings with texts as keys. Scalars of
            NumPy become Python's, tuples become lists.

    Raises:
        NotPlainError: If anything else is in it.
    """
    arrays: list[Array] = []
    return Packed(json.dumps(_encoded(value, arrays)), tuple(arrays))


def unpack(packed: Packed) -> Any:
    """The value that was packed.

    Raises:
        ValueError: If it is damaged.
    """
    return _decoded(json.loads(packed.text), packed.arrays)


def is_plain(value: Any) -> bool:
    """Whether a value can be packed."""
    try:
        _encoded(value, [])
    except NotPlainError:
        return False
    return True


def is_same(a: Any, b: Any) -> bool:
    """Whether two plain values are equal; NaN is equal to NaN here."""
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        return (
            isinstance(a, np.ndarray)
            and isinstance(b, np.ndarray)
            and (a.dtype, a.shape, a.tobytes()) == (b.dtype, b.shape, b.tobytes())
        )
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        return a.keys() == b.keys() and all(is_same(a[key], b[key]) for key in a)
    if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
        return len(a) == len(b) and all(map(is_same, a, b))
    return type(a) is type(b) and bool(a == b or (a != a and b != b))


def _encoded(value: Any, arrays: list[Array]) -> Any:
    if isinstance(value, np.generic):
        value = value.item() if value.dtype.kind in "biuf" else np.asarray(value)
    if value is None or type(value) in _SCALARS:
        return value
    if isinstance(value, _SCALARS):  # of a subclass, such as a member of an enumeration of texts
        return next(base(value) for base in (int, float, str) if isinstance(value, base))
    if isinstance(value, np.ndarray) and not value.dtype.hasobject and value.dtype.names is None:
        arrays.append(_storable(value))
        return {_ARRAY: [len(arrays) - 1, value.dtype.name]}
    if isinstance(value, (list, tuple)):
        return [_encoded(each, arrays) for each in value]
    if isinstance(value, dict) and all(type(key) is str for key in value):
        return {_ITEMS: {key: _encoded(each, arrays) for key, each in value.items()}}
    raise NotPlainError(f"a {type(value).__name__} cannot be stored")


def _storable(array: Array) -> Array:
    """The array, with number formats that HDF5 does not know (bfloat16) as whole numbers of their size."""
    return array if array.dtype.kind in "biufc" else np.asarray(array, order="C").view(f"u{array.dtype.itemsize}")


def _decoded(value: Any, arrays: Sequence[Array]) -> Any:
    if isinstance(value, list):
        return [_decoded(each, arrays) for each in value]
    if not isinstance(value, dict):
        return value
    if _ITEMS in value:
        return {key: _decoded(each, arrays) for key, each in value[_ITEMS].items()}
    try:
        position, dtype = value[_ARRAY]
        array = arrays[position]
        return array if array.dtype.name == dtype else array.view(np.dtype(dtype))
    except (KeyError, IndexError, TypeError) as error:
        raise ValueError(f"the stored state is damaged: {error}") from error
