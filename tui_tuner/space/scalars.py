"""The values that a hyperparameter can take: Python's four scalar types, so that every value survives JSON."""

from __future__ import annotations

Scalar = bool | int | float | str


def plain_scalar(value: object) -> Scalar | None:
    """The value as an exact `bool`, `int`, `float` or `str`, or `None` if it is of another type.

    Subclasses are reduced to the type they stand for (`numpy.float64` to `float`, `numpy.str_` to `str`), so that
    they print and serialise like any other value.
    """
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value)
    if isinstance(value, str):
        return str(value)
    return None
