"""Hyperparameters that change nothing in the model that is built."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from tui_tuner.space import Fixed, HyperParameters
from tui_tuner.worker.jobs import Finding

Signature = Callable[[HyperParameters], str | None]
"""All that a built model shows of itself, as text; `None` where it cannot be built."""


def names_without_effect(
    space: HyperParameters,
    configurations: Sequence[Mapping[str, Any]],
    signature: Signature,
    may_go_on: Callable[[], bool] = lambda: True,
) -> list[str]:
    """The hyperparameters of which another value gives the very same model, wherever that was tried.

    Args:
        configurations: Values that are tried with another value of each hyperparameter.
        may_go_on: Asked before each build; what has not been tried by then is not named.
    """
    known: dict[tuple[tuple[str, Any], ...], str | None] = {}

    def build(values: Mapping[str, Any]) -> str | None:
        key = tuple(sorted(values.items(), key=lambda item: item[0]))
        if key not in known:
            hp = space.copy()
            hp.values = dict(values)
            known[key] = signature(hp)
        return known[key]

    found: list[str] = []
    for name in dict.fromkeys(hp.name for hp in space.space):
        was_built = has_effect = False
        for values in configurations:
            if name not in values:
                continue
            other = _another(space, name, values[name])
            if not may_go_on():
                return found
            if other is None:
                break
            before, after = build(values), build(_with(space, values, name, other))
            if before is not None or after is not None:  # that one cannot be built is an effect too
                was_built = True
                has_effect = before != after
            if has_effect:
                break
        if was_built and not has_effect:
            found.append(name)
    return found


def without_effect(names: Sequence[str]) -> Finding | None:
    """The finding about them."""
    if not names:
        return None
    one = len(names) == 1
    return Finding(
        "no effect",
        f"{', '.join(names)} {'has' if one else 'have'} no effect on the model: the same one is built for other values",
        f"Use {'it' if one else 'them'} in build_model, or remove {'it' if one else 'them'}: the search would look for "
        "differences that are none.",
    )


def points(space: HyperParameters, random: Iterable[Sequence[float]]) -> list[dict[str, Any]]:
    """Configurations of a space, each by the places of its values: 0 for the smallest, 1 for the largest.

    Args:
        random: For each configuration a place for each hyperparameter of the space.
    """
    found: list[dict[str, Any]] = []
    for places in random:
        values: dict[str, Any] = {}
        for hp, place in zip(space.space, places, strict=True):
            if hp.name not in values and all(condition.is_active(values) for condition in hp.conditions):
                values[hp.name] = hp.prob_to_value(place)
        if values not in found:
            found.append(values)
    return found


def _another(space: HyperParameters, name: str, value: Any) -> Any:
    """A value as far from this one as there is; `None` if it has no other."""
    for hp in space.space:
        if hp.name == name and not isinstance(hp, Fixed) and hp.contains(value):
            low, high = hp.prob_to_value(0.0), hp.prob_to_value(1.0)
            other = low if value == high else high
            return None if other == value else other
    return None


def _with(space: HyperParameters, values: Mapping[str, Any], name: str, value: Any) -> dict[str, Any]:
    """The values with another one, and what then takes part."""
    changed = {**values, name: value}
    active: dict[str, Any] = {}
    for hp in space.space:
        if hp.name not in active and all(condition.is_active(active) for condition in hp.conditions):
            active[hp.name] = changed.get(hp.name, hp.default)
    return active
