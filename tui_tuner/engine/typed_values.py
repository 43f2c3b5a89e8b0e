"""Values of hyperparameters as people type them: read and checked by what the search space declares."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tui_tuner.engine.view import HyperParameterView, Scalar, SearchView
from tui_tuner.errors import TunerError

if TYPE_CHECKING:
    from tui_tuner.space.hyperparameter import HyperParameter

Space = Sequence[HyperParameterView]
"""The search space in the order of its definition. A name may stand several times, under different conditions."""

_TRUTH = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}
_SHOWN_VALUES = 12


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


# One value.


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
    raise _outside(parameters, write_value(value), value)


def write_value(value: Scalar) -> str:
    """A value as a person types it: `parse_value` leads back to it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


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
    text = f"{parameter.min_value:g} … {parameter.max_value:g}"
    if parameter.step is not None and (parameter.kind, parameter.step) != ("Int", 1):
        text += f", {'step' if parameter.sampling in (None, 'linear') else 'factor'} {parameter.step:g}"
    return text


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


# A configuration.


def parse_values(space: Space, assignments: Iterable[str]) -> dict[str, Scalar]:
    """Values by name from texts `name=value`.

    Raises:
        TunerError: At the first text that is no assignment, or whose value is wrong.
    """
    values: dict[str, Scalar] = {}
    for assignment in assignments:
        name, equals, text = assignment.partition("=")
        if not equals:
            raise TunerError(f"{assignment}: expected NAME=VALUE.", "Such as units=32.")
        if name in values:
            raise TunerError(f"{name}: given twice.")
        values[name] = parse_value(space, name, text)
    return values


def check_values(space: Space, values: Mapping[str, Scalar]) -> dict[str, Scalar]:
    """Values by name, each checked.

    Raises:
        TunerError: At the first that is wrong.
    """
    return {name: check_value(space, name, value) for name, value in values.items()}


def configuration(
    space: Space, given: Mapping[str, Scalar], base: Mapping[str, Scalar] | None = None
) -> dict[str, Scalar]:
    """The configuration that the given values make, with those of `base` and the defaults where there is none.

    Args:
        given: Checked values. Each must take part.
        base: The values of another trial.

    Raises:
        TunerError: If a given value belongs to a hyperparameter that does not take part beside the others.
    """
    values = {**(base or {}), **given}
    complete = active_values(space, values)
    for name in given:
        if name not in complete:
            parameter = next(parameter for parameter in space if parameter.name == name)
            raise TunerError(f"{name} takes no part here: {describe_conditions(unmet(parameter, complete))}.")
    return complete


def trial_values(view: SearchView, trial_id: str) -> Mapping[str, Scalar]:
    """The configuration of a trial.

    Raises:
        TunerError: If there is no such trial.
    """
    trial = view.trials.get(trial_id)
    if trial is None:
        raise TunerError(f"there is no trial {trial_id}.", f"tui-tuner status {view.root} lists them.")
    return trial.tuned


def active_values(space: Space, values: Mapping[str, Scalar]) -> dict[str, Scalar]:
    """What takes part in the configuration that these values make, with defaults where there is none."""
    active: dict[str, Scalar] = {}
    for parameter in space:  # a parent is defined before what depends on it
        if parameter.name in active or unmet(parameter, active):
            continue
        active[parameter.name] = values.get(parameter.name, default_of(parameter))
    return active


def default_of(parameter: HyperParameterView) -> Scalar:
    """What a hyperparameter has where nobody says anything: the first or smallest value, unless it declares another."""
    if parameter.default is not None:
        return parameter.default
    return parameter.values[0] if parameter.values else parameter.min_value or 0.0


Conditions = Sequence[tuple[str, tuple[Scalar, ...]]]


def unmet(parameter: HyperParameterView, values: Mapping[str, Scalar]) -> Conditions:
    """The conditions of a hyperparameter that do not hold for these values."""
    return [
        (parent, wanted)
        for parent, wanted in parameter.conditions
        if parent not in values or values[parent] not in wanted
    ]


def describe_conditions(conditions: Conditions) -> str:
    """`only if units is 48, 56 or 64`."""
    parts = (f"{parent} is {_either(wanted)}" for parent, wanted in conditions)
    return f"only if {' and '.join(parts)}"


def _either(values: Sequence[Scalar]) -> str:
    *others, last = map(write_value, values)
    return f"{', '.join(others)} or {last}" if others else last


# Limits.


def parse_limits(space: Space, name: str, texts: Iterable[str]) -> dict[str, Any]:
    """The arguments of a `LIMIT` command: of a range the two new ends, of a choice the values that remain.

    Args:
        texts: Values; commas separate them too.

    Raises:
        TunerError: If they do not fit the hyperparameter.
    """
    listed = {write_value(value) for parameter in named(space, name) for value in parameter.values}
    parts: list[str] = []
    for text in texts:
        parts += [text] if text in listed else [part.strip() for part in text.split(",") if part.strip()]
    return limits(space, name, [parse_value(space, name, part) for part in parts])


def limits(space: Space, name: str, values: Iterable[Scalar]) -> dict[str, Any]:
    """As `parse_limits`, of values.

    Raises:
        TunerError: If they do not fit the hyperparameter.
    """
    parameters = named(space, name)
    if all(parameter.kind == "Fixed" for parameter in parameters):
        raise TunerError(f"{name} is fixed: there is nothing to limit.")
    checked = [check_value(space, name, value) for value in values]
    if parameters[0].values:
        if not checked:
            raise TunerError(f"{name}: expected the values that remain.", f"It has: {describe(parameters)}.")
        return {"name": name, "values": list(dict.fromkeys(checked))}
    if len(checked) != 2:
        raise TunerError(
            f"{name} is a range: expected its new smallest and largest value.", f"It has: {describe(parameters)}."
        )
    low, high = checked
    assert isinstance(low, int | float)
    assert isinstance(high, int | float)
    if low > high:
        raise TunerError(f"{name}: {low} is greater than {high}.", "First the smallest value, then the largest.")
    return {"name": name, "min_value": low, "max_value": high}
