"""The distinct configurations of a space: how many there are, and all of them one by one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tui_tuner.space.conditions import Condition, Parent
from tui_tuner.space.hyperparameter import HyperParameter
from tui_tuner.space.hyperparameters import HyperParameters

Definitions = tuple[HyperParameter, ...]


def ordered_definitions(hps: HyperParameters) -> Definitions:
    """The hyperparameters, each after its parents, and otherwise in the order of the space.

    Of several with the same name and conditions the last one counts, in the place of the first. Of several with the
    same name and different conditions that hold at once the first one counts, here as in all that is built on this.

    Raises:
        TypeError: If a condition is none that this module understands.
    """
    unique: dict[tuple[str, tuple[Condition, ...]], HyperParameter] = {}
    for hp in hps.space:
        if not all(isinstance(condition, Parent) for condition in hp.conditions):
            raise TypeError(f"{hp.name} has a condition that is no `Parent`: {hp.conditions}.")
        unique[hp.name, tuple(hp.conditions)] = hp
    return _parents_first(list(unique.values()))


def _parents_first(definitions: list[HyperParameter]) -> Definitions:
    # In order already, except in files of KerasTuner's distributed mode, which sorts by kind.
    awaited = {id(hp): {id(parent) for parent in _parent_definitions(hp, definitions)} for hp in definitions}
    placed: dict[int, HyperParameter] = {}
    while definitions:
        ready = next(
            (hp for hp in definitions if awaited[id(hp)] <= placed.keys()),
            definitions[0],  # Conditions in a circle: never active, wherever it stands.
        )
        placed[id(ready)] = ready
        definitions = [hp for hp in definitions if hp is not ready]
    return tuple(placed.values())


def _parent_definitions(hp: HyperParameter, definitions: Sequence[HyperParameter]) -> list[HyperParameter]:
    """What a hyperparameter depends on: each parent was defined under the conditions that precede the one on it."""
    found: list[HyperParameter] = []
    for number, condition in enumerate(parents(hp)):
        named = [other for other in definitions if other.name == condition.name]
        exact = [other for other in named if other.conditions == hp.conditions[:number]]
        found += exact or named
    return found


def parents(hp: HyperParameter) -> list[Parent]:
    """The conditions of a hyperparameter of `ordered_definitions`."""
    return [condition for condition in hp.conditions if isinstance(condition, Parent)]


def is_active(hp: HyperParameter, values: Mapping[str, Any]) -> bool:
    """Whether all conditions of a hyperparameter hold for these values."""
    return all(condition.is_active(values) for condition in hp.conditions)


def iterate(definitions: Definitions) -> Iterator[dict[str, Any]]:
    """All configurations of `ordered_definitions`, as values of the active hyperparameters.

    The last hyperparameter varies fastest.

    Raises:
        ValueError: If there are infinitely many.
    """
    if count(definitions) is None:
        raise ValueError("The space has infinitely many configurations: they cannot be listed.")
    return _iterate(definitions, 0, {})


def _iterate(definitions: Definitions, start: int, values: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for position in range(start, len(definitions)):
        hp = definitions[position]
        if hp.name not in values and is_active(hp, values):
            for value in hp.iter_values():
                yield from _iterate(definitions, position + 1, values | {hp.name: value})
            return
    yield values


class _InfiniteError(Exception):
    """A continuous range is active in some configuration."""


def count(definitions: Definitions) -> int | None:
    """How many distinct configurations `ordered_definitions` have; `None` if infinitely many.

    Hyperparameters that do not bear on each other are counted apart and multiplied, and of a parent only those values
    are told apart that differ in what they make active: the cost grows with the number of hyperparameters and not with
    the number of configurations.
    """
    try:
        return _count(definitions, {})
    except _InfiniteError:
        return None


def _count(definitions: Sequence[HyperParameter], assigned: Mapping[str, Any]) -> int:
    open_definitions = [hp for hp in definitions if hp.name not in assigned and not _is_refuted(hp, assigned)]
    product = 1
    for component in _components(open_definitions, assigned):
        product *= _count_component(component, assigned)
    return product


def _is_refuted(hp: HyperParameter, assigned: Mapping[str, Any]) -> bool:
    return any(condition.name in assigned and not condition.is_active(assigned) for condition in parents(hp))


def _components(definitions: Sequence[HyperParameter], assigned: Mapping[str, Any]) -> list[list[HyperParameter]]:
    """Groups of definitions, each in order, such that none names or depends on an open name of another group."""
    groups: list[tuple[set[str], list[int]]] = []
    for position, hp in enumerate(definitions):
        names = {hp.name, *(condition.name for condition in parents(hp) if condition.name not in assigned)}
        members = [position]
        apart = []
        for group in groups:
            if names.isdisjoint(group[0]):
                apart.append(group)
            else:
                names |= group[0]
                members += group[1]
        groups = [*apart, (names, members)]
    return [[definitions[position] for position in sorted(members)] for _, members in groups]


def _count_component(component: Sequence[HyperParameter], assigned: Mapping[str, Any]) -> int:
    root, rest = component[0], component[1:]
    if not is_active(root, assigned):  # What is not refuted and not fulfilled here has a parent that is never active.
        return _count(rest, assigned)
    if root.n_values is None:
        raise _InfiniteError
    if not rest:
        return root.n_values
    conditions = [condition for hp in rest for condition in parents(hp) if condition.name == root.name]
    told_apart = {value for condition in conditions for value in condition.values if _has(root, value)}
    alike: Counter[tuple[bool, ...]] = Counter()
    example: dict[tuple[bool, ...], Any] = {}
    for value in told_apart:
        pattern = tuple(value in condition.values for condition in conditions)
        alike[pattern] += 1
        example[pattern] = value
    total = sum(n * _count(rest, {**assigned, root.name: example[pattern]}) for pattern, n in alike.items())
    others = root.n_values - len(told_apart)
    if others:
        total += others * _count(rest, {**assigned, root.name: _OTHER})
    return total


_OTHER = object()
"""Stands for any value that no condition mentions."""


def _has(hp: HyperParameter, value: Any) -> bool:
    """Whether a finite set has exactly this value: conditions compare exactly, too."""
    return hp.contains(value) and bool(hp.value_at(hp.index_of(value)) == value)
