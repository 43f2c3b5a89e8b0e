"""Asks for the two ends of an axis."""

from __future__ import annotations

import math

from tui_tuner.analysis.formatting import format_number
from tui_tuner.analysis.text import clean
from tui_tuner.tui.screens.form import Field, Form, Kind, Remark, Texts

_LOW, _HIGH = "low", "high"


def limits_form(metric: str, now: tuple[float | None, float | None]) -> Form:
    """A dialog for the ends of a metric's axis; an empty text leaves an end to the values.

    Args:
        now: The ends as they are; `None` where the values decide.
    """
    fields = [
        Field(name, label, "" if end is None else format_number(end))
        for name, label, end in ((_LOW, "lowest", now[0]), (_HIGH, "highest", now[1]))
    ]
    return Form(f"Limits of {clean(metric)}", fields, _check, accept="set", about="Leave a field empty for no limit.")


def limits_of(texts: Texts) -> tuple[float | None, float | None]:
    """The ends that a person has typed."""
    return _read(texts[_LOW]), _read(texts[_HIGH])


def _check(texts: Texts) -> dict[str, Remark]:
    remarks = {name: _remark(text) for name, text in texts.items()}
    low, high = limits_of(texts)
    if low is not None and high is not None and low >= high:
        remarks[_HIGH] = Remark("above the lowest", Kind.WRONG, "The highest must be above the lowest.")
    return remarks


def _remark(text: str) -> Remark:
    if text.strip() and _read(text) is None:
        return Remark("a number", Kind.WRONG, "Write a number such as 0.25 or 1e-4, or nothing.")
    return Remark("" if text.strip() else "as the values need")


def _read(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
