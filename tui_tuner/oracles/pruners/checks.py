"""Checks of the numbers that a pruner is given."""

from __future__ import annotations


def check_whole(name: str, number: object, least: int) -> int:
    """`number`, if it is a whole number of at least `least`.

    Raises:
        ValueError: If it is not; says which one it is.
    """
    if isinstance(number, bool) or not isinstance(number, int) or number < least:
        raise ValueError(f"`{name}` must be a whole number of at least {least}, found: {number!r}")
    return number


def check_number(name: str, number: object) -> float:
    """`number`, if it is a number and not NaN.

    Raises:
        ValueError: If it is not; says which one it is.
    """
    if isinstance(number, bool) or not isinstance(number, (int, float)) or number != number:
        raise ValueError(f"`{name}` must be a number, found: {number!r}")
    return float(number)
