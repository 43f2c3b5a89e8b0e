"""Which part of each hyperparameter's range the best trials keep to, for the next search."""

from __future__ import annotations

from dataclasses import dataclass

from tui_tuner.analysis.axes import Axis, axis_of, definitions_of
from tui_tuner.analysis.edges import edges
from tui_tuner.analysis.ranking import best_of_each
from tui_tuner.engine.view import HyperParameterView, Scalar, SearchView, TrialView

MIN_TRIALS = 20
"""Fewer completed trials in which a hyperparameter takes part are no reason to leave out anything."""

_LEADERS = 0.2
_MIN_LEADERS = 5
_MARGIN = 0.1
"""Of the whole range, kept on both sides of the best values."""

_WORTHWHILE = 0.7
"""A part that is larger than this is not worth a limit."""

_TRIED = 3
"""A value of a choice is left out only if so many trials had it, and none was good."""


@dataclass(frozen=True)
class Narrowed:
    """A part of a hyperparameter's values.

    Args:
        values: The two ends of a range, or the values of a choice that remain.
        is_range: Which of the two.
    """

    name: str
    values: tuple[Scalar, ...]
    is_range: bool


def narrowed(view: SearchView) -> list[Narrowed]:
    """The hyperparameters of which a part is enough, in the order of the search space.

    What the best fifth of the trials has stays, with a margin. A hyperparameter whose best values lie at an end is left
    as it is: there a wider range is wanted, not a narrower one. So is one that is another under other conditions, as a
    limit holds for all that have the name. With several objectives nothing is left out.
    """
    if view.other_objectives:
        return []
    finished = best_of_each(view)
    at_an_end = {edge.name for edge in edges(view)}
    found: list[Narrowed] = []
    for name, (hp, *others) in definitions_of(view.space).items():
        axis = axis_of(hp)
        if axis is None or others or name in at_an_end:
            continue
        trials = [trial for trial in finished if hp.name in trial.hyperparameters]
        if len(trials) < MIN_TRIALS:
            continue
        leaders = trials[: max(_MIN_LEADERS, round(len(trials) * _LEADERS))]
        part = _choice(hp, trials, leaders) if axis.is_category else _range(axis, trials, leaders)
        if part is not None:
            found.append(part)
    return found


def _choice(hp: HyperParameterView, trials: list[TrialView], leaders: list[TrialView]) -> Narrowed | None:
    good = {leader.hyperparameters[hp.name] for leader in leaders}
    tried = [trial.hyperparameters[hp.name] for trial in trials]
    kept = tuple(value for value in hp.values if value in good or tried.count(value) < _TRIED)
    return Narrowed(hp.name, kept, is_range=False) if 0 < len(kept) < len(hp.values) else None


def _range(axis: Axis, trials: list[TrialView], leaders: list[TrialView]) -> Narrowed | None:
    """The range of the best, with a margin, between values that were tried: those are values of the space."""
    places = {
        value: place
        for trial in trials
        if (value := trial.hyperparameters[axis.name]) is not None and (place := axis.place(value)) is not None
    }
    best = [place for leader in leaders if (place := places.get(leader.hyperparameters[axis.name])) is not None]
    if not best:
        return None
    low, high = min(best) - _MARGIN, max(best) + _MARGIN
    within = sorted((place, value) for value, place in places.items() if low <= place <= high)
    (first, smallest), (last, largest) = within[0], within[-1]
    if last - first > _WORTHWHILE or smallest == largest:
        return None
    return Narrowed(axis.name, (smallest, largest), is_range=True)
