"""Finds what is left to try when drawing at random keeps hitting what was tried."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from typing import Any

from tui_tuner.space import HyperParameter, HyperParameters

_GOLDEN = (math.sqrt(5) - 1) / 2


def configurations(hyperparameters: HyperParameters) -> Iterator[dict[str, Any]]:
    """All configurations of a search space: one value for each active hyperparameter, inactive ones left out.

    They come in a fixed order, the last hyperparameter changing fastest. A continuous range never ends.
    """
    # Of those defined twice the last one counts, as it does when values are drawn in the order of the space.
    unique = {(hp.name, tuple(hp.conditions)): hp for hp in hyperparameters.space}
    yield from _completions(list(unique.values()), 0, {})


def may_be_endless(hyperparameters: HyperParameters) -> bool:
    """Whether a hyperparameter has a continuous range."""
    return any(hp.n_values is None and hp.prob_to_value(0.0) != hp.prob_to_value(1.0) for hp in hyperparameters.space)


def _completions(space: Sequence[HyperParameter], start: int, values: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The ways to go on from `values`, which holds the active hyperparameters before `start`."""
    for position in range(start, len(space)):
        hp = space[position]
        if hp.name in values or not all(condition.is_active(values) for condition in hp.conditions):
            continue
        for value in _values_of(hp):
            yield from _completions(space, position + 1, {**values, hp.name: value})
        return
    yield dict(values)


def _values_of(hp: HyperParameter) -> Iterator[Any]:
    """All values of a finite set; of a continuous range, a sequence that fills it ever more densely."""
    if hp.n_values is not None:
        return hp.iter_values()
    if hp.prob_to_value(0.0) == hp.prob_to_value(1.0):
        return iter([hp.prob_to_value(0.5)])
    return (hp.prob_to_value((0.5 + index * _GOLDEN) % 1.0) for index in itertools.count())
