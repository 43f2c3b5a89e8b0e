"""Values of hyperparameters as people type them: read and checked by what the search space declares."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from tui_tuner.engine.view import HyperParameterView, Scalar
from tui_tuner.errors import TunerError

if TYPE_CHECKING:
    from tui_tuner.space.hyperparameter import HyperParameter

Space = Sequence[HyperParameterView]
"""The search space in the order of its definition. A name may stand several times, under different conditions."""

_TRUTH = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}
_SHOWN_VALUES = 12
_MEANT_DIGITS = 8
"""A number of so few digits but for an error in the last place was meant without the error."""


def named(space: Space, name: str) -> list[HyperParameterView]:
    """The hyperparameters with this name.

    Raises:
        TunerError: If there is none.
    """
    found = [parameter for parameter in space if parameter.name == name]
    if found:
        return found
    if not space:
        raise TunerError(
            "the search space is not known yet: it is found when the model is built for the first time.",
            "Ask again when the first trial runs.",
        )
    names = list(dict.fromkeys(parameter.name for parameter in space))
    nearest = difflib.get_close_matches(name, names, 1)
    raise TunerError(
        f"{name}: no such hyperparameter.",
        f"Did you mean {nearest[0]}?" if nearest else f"There are: {', '.join(names)}.",
    )


def parse_value(space: Space, name: str, text: str) -> Scalar:
    """The value that `text` stands for, of the type that the hyperparameter declares.

    Raises:
        TunerError: If there is no such hyperparameter, or the value is not in its range.
    """
    parameters = named(space, name)
    for parameter in parameters:
        value = _read(parameter, text)
        if value is not None and (parameter.values or _declared(parameter).contains(value)):
            return value
    raise _outside(parameters, text, _read(parameters[0], text))


def check_value(space: Space, name: str, value: Scalar) -> Scalar:
    """The value if it is in the hyperparameter's range; a listed value for its equal of another type, 1.0 for 1.

    Raises:
        TunerError: If there is no such hyperparameter, or the value is not in its range.
    """
    parameters = named(space, name)
    for parameter in parameters:
        if parameter.values:
            for listed in parameter.values:
                if listed == value and isinstance(listed, bool) == isinstance(value, bool):
                    return listed
        elif not isinstance(value, bool) and _declared(parameter).contains(value):
            return int(value) if parameter.kind == "Int" else float(value)
    raise _outside(parameters, repr(value) if isinstance(value, str) else write_value(value), value)


def write_value(value: Scalar) -> str:
    """A value as a person types it: `parse_value` leads back to it. It is written as everywhere: `True`, `1e-5`."""
    return _write_float(value) if isinstance(value, float) else str(value)


def _write_float(number: float) -> str:
    """All its digits, with an exponent where numbers in the app have one.

    What steps add up to (0.35000000000000003) is written as it is meant (0.35), which a stepped range takes for it.
    """
    if number == 0 or not math.isfinite(number):
        return f"{number:g}"
    digits = Decimal(repr(number)).normalize()
    meant = Decimal(f"{number:.15g}").normalize()
    if len(meant.as_tuple().digits) <= _MEANT_DIGITS:
        digits = meant
    exponent = digits.adjusted()
    return f"{digits:f}" if -3 <= exponent < 6 else f"{digits.scaleb(-exponent):f}e{exponent}"


def has_neighbours(parameter: HyperParameterView) -> bool:
    """Whether its values come one after another."""
    return len(parameter.values) > 1 or (not parameter.values and _declared(parameter).n_values is not None)


def neighbour(space: Space, name: str, text: str, by: int) -> str:
    """The value so many places after the one that `text` stands for.

    The values of a choice go round; a range stops at its ends. A text that is no value leads to the first one.
    """
    parameter = named(space, name)[0]
    value = _read(parameter, text)
    if parameter.values:
        place = parameter.values.index(value) + by if value is not None else 0
        return write_value(parameter.values[place % len(parameter.values)])
    declared = _declared(parameter)
    count = declared.n_values
    if count is None:
        return text
    place = declared.index_of(value) + by if value is not None else 0
    return write_value(declared.value_at(max(0, min(count - 1, place))))


def describe(parameters: Iterable[HyperParameterView]) -> str:
    """What is possible: `8 … 64, step 8`, or the values of a choice."""
    return " or ".join(dict.fromkeys(map(_describe, parameters)))


def _describe(parameter: HyperParameterView) -> str:
    if parameter.min_value is None or parameter.max_value is None:
        values = [write_value(value) for value in parameter.values]
        return ", ".join(values[:_SHOWN_VALUES]) + (", …" if len(values) > _SHOWN_VALUES else "")
    text = f"{_rounded(parameter.min_value)} … {_rounded(parameter.max_value)}"
    if parameter.step is not None and (parameter.kind, parameter.step) != ("Int", 1):
        text += f", {'step' if parameter.sampling in (None, 'linear') else 'factor'} {_rounded(parameter.step)}"
    return text


def _rounded(number: float) -> str:
    return _write_float(float(f"{number:g}"))


def _read(parameter: HyperParameterView, text: str) -> Scalar | None:
    """The value that the text stands for; `None` if it is of another type."""
    for value in parameter.values:  # the listed value itself: "1" stays text where texts are listed
        if write_value(value) == text:
            return value
    text = text.strip()
    if parameter.kind == "Boolean" or (parameter.values and isinstance(parameter.values[0], bool)):
        return _TRUTH.get(text.lower())
    try:
        number = float(text)
    except ValueError:
        return None
    if parameter.values:
        same = (value for value in parameter.values if not isinstance(value, str) and value == number)
        return next(same, None)
    if parameter.kind == "Int":
        return int(number) if math.isfinite(number) and number == int(number) else None
    return number


def _outside(parameters: list[HyperParameterView], text: str, value: Scalar | None) -> TunerError:
    name = parameters[0].name
    nearest = _nearest(parameters[0], value)
    hint = f"It has: {describe(parameters)}." + (
        f" The nearest is {write_value(nearest)}." if nearest is not None else ""
    )
    return TunerError(f"{name}: {text} is not in the search space.", hint)


def _nearest(parameter: HyperParameterView, value: Scalar | None) -> Scalar | None:
    """The value of a range with a step that is nearest to one between its ends."""
    low, high = parameter.min_value, parameter.max_value
    if isinstance(value, bool | str | None) or low is None or high is None or not low <= value <= high:
        return None
    declared = _declared(parameter)
    if declared.n_values is None:
        return None
    nearest: Scalar = declared.value_at(declared.index_of(value))
    return nearest


def _declared(parameter: HyperParameterView) -> HyperParameter:
    """The range itself, an `Int` or a `Float`, which knows its steps and scales. Its conditions are left out."""
    from tui_tuner.space import deserialize  # here: viewers draw before the search space is loaded

    config = {
        "name": parameter.name,
        "min_value": parameter.min_value,
        "max_value": parameter.max_value,
        "step": parameter.step,
        "sampling": parameter.sampling,
    }
    return deserialize({"class_name": parameter.kind, "config": config})
