"""Discovery of the hyperparameters that a model-building function defines only under certain values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from tui_tuner.space.conditions import Condition, Parent
from tui_tuner.space.hyperparameters import HyperParameters

Scope = tuple[Condition, ...]


def explore(hp: HyperParameters, build: Callable[[HyperParameters], object]) -> HyperParameters:
    """The whole search space of a build function.

    `build` is called with the values of `hp` and defaults for the rest. It is called again with other values for
    the parents of conditional scopes that were entered but not active, several scopes at a time where their conditions
    allow, until each scope was active once. A scope that the space cannot make active is left alone; so is one that
    `build` does not enter any more when its conditions hold.

    Args:
        hp: What is known of the space; it is not changed.
        build: Asks the `HyperParameters` that it is given for values; what it returns is ignored, and what it raises
            is passed on.

    Returns:
        A copy of `hp` with all hyperparameters that were found, in the order of their discovery. Its values are those
        of `hp`, and defaults for the active ones found.
    """
    found = hp.copy()
    settled: set[Scope] = set()
    pending: list[Scope] = []
    forced: dict[str, Any] = {}
    while True:
        trial = found.copy()
        trial.values |= forced
        trial.drop_inactive_values()
        build(trial)
        found.merge(trial, overwrite=False)
        settled.update(map(tuple, trial.active_scopes))
        pending.extend(map(tuple, trial.inactive_scopes))
        pending = [scope for scope in dict.fromkeys(pending) if scope not in settled]
        forced = {}
        while pending and not forced:
            # Tried once, whatever comes of it: this ends the exploration.
            settled.add(pending[0])
            forced = _values_for(pending, found)
            pending = pending[1:]
        if not forced:
            return found


def _values_for(scopes: Sequence[Scope], hp: HyperParameters) -> dict[str, Any]:
    """Parent values that make the first scope active, and as many of the others as agree with it.

    Empty if the first one is out of reach.
    """
    allowed: dict[str, list[Any]] = {}
    for scope in scopes:
        narrowed = _narrow(allowed, scope, hp)
        if narrowed is not None:
            allowed = narrowed
        elif scope is scopes[0]:
            return {}
    return {name: values[0] for name, values in allowed.items()}


def _narrow(
    allowed: dict[str, list[Any]], scope: Iterable[Condition], hp: HyperParameters
) -> dict[str, list[Any]] | None:
    """What remains allowed of each parent if the scope is to be active too; `None` if nothing does."""
    narrowed = dict(allowed)
    for condition in scope:
        if not isinstance(condition, Parent):
            return None
        name = condition.name
        candidates = narrowed.get(name, condition.values)
        parents = [parent for parent in hp.space if parent.name == name]
        narrowed[name] = [
            value
            for value in candidates
            if value in condition.values and any(parent.contains(value) for parent in parents)
        ]
        if not narrowed[name]:
            return None
    return narrowed
