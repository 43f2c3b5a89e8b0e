"""Configurations and limits as people make them: checked against the search space, and completed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tui_tuner.engine.typed_values import Space, check_value, describe, named, parse_value, write_value
from tui_tuner.engine.view import HyperParameterView, Scalar, SearchView, TrialView
from tui_tuner.errors import TunerError, to_type


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


def named_trial(view: SearchView, trial_id: str) -> TrialView:
    """A trial by its id.

    Raises:
        TunerError: If there is no such trial; with the one that has the same number, as `07` for `7`.
    """
    trial = view.trials.get(trial_id)
    if trial is None:
        meant = of_that_number(str(trial_id), ((each.trial_id, each.number) for each in view.trials.values()))
        hint = f"{to_type('status', view.root)} lists them." if meant is None else f"Did you mean {meant}?"
        raise TunerError(f"there is no trial {trial_id}.", hint)
    return trial


def of_that_number(trial_id: str, numbers: Iterable[tuple[str, int]]) -> str | None:
    """The id of the trial that somebody means who wrote its number, such as `07` for `7`; `None` if there is none.

    Args:
        numbers: The id and the number of each trial.
    """
    number = int(trial_id) if trial_id.isdecimal() else -1
    return next((each for each, its_number in numbers if its_number == number), None)


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
        raise TunerError(
            f"{name}: {write_value(low)} is greater than {write_value(high)}.",
            "First the smallest value, then the largest.",
        )
    return {"name": name, "min_value": low, "max_value": high}
