"""Configurations as people write them: checked against the search space, and completed."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any

from tui_tuner.space.configurations import is_active, ordered_definitions
from tui_tuner.space.hyperparameter import HyperParameter
from tui_tuner.space.hyperparameters import HyperParameters
from tui_tuner.space.numerical import Numerical
from tui_tuner.space.scales import Sampling

_LISTED = 12
"""A message lists so many values at most."""


def completed(space: HyperParameters, given: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration that these values stand for: a value for each active hyperparameter, and no other.

    What is missing gets its default; values of inactive hyperparameters are left out. Values come out as the space has
    them: 64 for 64.0.

    Args:
        space: The search space; its own values are not looked at.
        given: Values by full name.

    Raises:
        ValueError: If the space has no hyperparameter of a name, or not the value for an active one.
    """
    definitions = ordered_definitions(space)
    for name in given:
        check_name(name, (hp.name for hp in definitions))
    values: dict[str, Any] = {}
    for hp in definitions:
        if hp.name not in values and is_active(hp, values):
            values[hp.name] = own_value(hp, given[hp.name]) if hp.name in given else hp.default
    return values


def check_name(name: str, known: Iterable[str]) -> None:
    """Raise `ValueError`, with a suggestion, if there is no hyperparameter of this name."""
    names = list(dict.fromkeys(known))
    if name in names:
        return
    near = difflib.get_close_matches(str(name), names, n=1, cutoff=0.5)
    meant = f" Did you mean {near[0]!r}?" if near else f" It has {_listed(names)}." if names else ""
    raise ValueError(f"The search space has no hyperparameter {name!r}.{meant}")


def own_value(hp: HyperParameter, value: Any) -> Any:
    """The hyperparameter's own value that equals the given one.

    Raises:
        ValueError: If it has none.
    """
    if not has_value(hp, value):
        raise ValueError(f"{hp.name} cannot be {value!r}: {described(hp)}.")
    return float(value) if hp.n_values is None else hp.value_at(hp.index_of(value))


def has_value(hp: HyperParameter, value: Any) -> bool:
    """Whether a value belongs to the hyperparameter, apart from rounding; true is not the number 1."""
    if isinstance(hp, Numerical) and isinstance(value, bool):
        return False
    return hp.contains(value)


def described(hp: HyperParameter) -> str:
    """Its values in words: `it goes from 8 to 64 in steps of 8`."""
    if not isinstance(hp, Numerical):
        return f"it can be {_listed(list(hp.iter_values()))}"
    text = f"it goes from {hp.min_value} to {hp.max_value}"
    if hp.step is None or hp.step == 1:
        return text
    return f"{text} in steps of {'' if hp.sampling == Sampling.LINEAR else 'factor '}{hp.step}"


def _listed(values: list[Any]) -> str:
    shown = [repr(value) for value in values[:_LISTED]]
    return f"{', '.join(shown)}, …" if len(values) > _LISTED else ", ".join(shown)
