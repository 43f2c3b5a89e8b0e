"""How much each hyperparameter matters for good scores.

A forest of regression trees is fitted to the ranks of the trials. At each of the better configurations one
hyperparameter at a time is sent through its range: it matters as far as what the forest expects changes, in the mean of
the squares. So a hyperparameter on which only hopeless trials differ does not count, nor does one whose values merely
crowd because the search has settled; what counts beside its own effect is that which it has together with others. This
is the total effect of a variance-based analysis (Saltelli and others, 2008, "Global Sensitivity Analysis") of a
surrogate, taken around good points.

A hyperparameter with conditions counts by how often it is active among the better ones. What a forest makes of the same
ranks in random order is taken off, because there are few trials early in a search.

Where a search trains in stages, trials of different numbers of epochs are not compared: those of the most epochs count
to which enough trials were trained, as BOHB chooses the trials for its model (Falkner and others, 2018). Pooled, what
learns fast would count for what ends well, and a promoted configuration twice.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from tui_tuner.analysis.axes import Axis, axes_of
from tui_tuner.analysis.forest import Forest
from tui_tuner.analysis.ranking import judged_trials
from tui_tuner.engine.view import SearchView, TrialView

MIN_TRIALS = 10
"""Fewer trials tell nothing."""

_ENOUGH_OF_A_STAGE = 3 * MIN_TRIALS
"""So many trials of one number of epochs tell more than more trials of fewer epochs."""

_MOST_TRIALS = 160
_GOOD = 0.5
_MOST_GOOD = 24
_CELLS = 8


@dataclass(frozen=True)
class Importance:
    """One hyperparameter.

    Args:
        share: Its part of all that matters, 0 to 1; the shares of a search add up to 1, or are all 0.
        trials: In how many judged trials it was active.
    """

    name: str
    share: float
    trials: int


def importances(view: SearchView) -> list[Importance]:
    """The hyperparameters of the search, the most important first; empty if too few trials have been judged.

    Completed trials with a finite score count, and those that were stopped early, as worse than all of these.
    """
    judged = compared_trials(view)
    if len(judged) < MIN_TRIALS:
        return []
    axes = axes_of(view.space)
    weights = _effects(axes, _thinned(judged))
    total = sum(weights)
    found = [
        Importance(
            axis.name, weight / total if total else 0.0, sum(axis.name in trial.hyperparameters for trial in judged)
        )
        for axis, weight in zip(axes, weights, strict=True)
    ]
    return sorted(found, key=lambda each: -each.share)


def compared_trials(view: SearchView) -> list[TrialView]:
    """The trials that importances are told by, best first: those that were judged, of a search in stages those of one
    number of epochs."""
    judged = judged_trials(view)
    count = Counter(map(epochs_to_train, judged))
    if len(count) < 2 or all(trial.stage_epochs is None for trial in judged):
        return judged
    enough = [epochs for epochs, trials in count.items() if trials >= _ENOUGH_OF_A_STAGE]
    chosen = max(enough, default=max(count, key=lambda epochs: (count[epochs], epochs)))
    return [trial for trial in judged if epochs_to_train(trial) == chosen]


def epochs_to_train(trial: TrialView) -> int:
    """Up to which epoch a trial trains; 0 if that is not known."""
    return trial.stage_epochs or trial.planned_epochs or 0


def _thinned(trials: Sequence[TrialView]) -> Sequence[TrialView]:
    """So many that the forest is grown in a moment, evenly from the best to the worst."""
    if len(trials) <= _MOST_TRIALS:
        return trials
    return [trials[index * len(trials) // _MOST_TRIALS] for index in range(_MOST_TRIALS)]


def _effects(axes: Sequence[Axis], trials: Sequence[TrialView]) -> list[float]:
    """By axis, beyond chance.

    Args:
        trials: The best one first.
    """
    rows = [[axis.place_in(trial.hyperparameters) for axis in axes] for trial in trials]
    ranks = [1 - index / (len(rows) - 1) for index in range(len(rows))]
    draw = random.Random(0)  # the same search always gives the same answer
    shuffled = draw.sample(ranks, len(ranks))
    good = [*range(max(4, round(len(rows) * _GOOD)))]
    if len(good) > _MOST_GOOD:
        good = sorted(draw.sample(good, _MOST_GOOD))
    real, by_chance = (_changes(axes, rows, targets, [rows[index] for index in good]) for targets in (ranks, shuffled))
    return [max(0.0, found - chance) for found, chance in zip(real, by_chance, strict=True)]


def _changes(
    axes: Sequence[Axis],
    rows: Sequence[list[float | None]],
    targets: Sequence[float],
    good: Sequence[list[float | None]],
) -> list[float]:
    """By axis: the variance of what a forest expects along it, in the mean of the good rows."""
    forest = Forest(rows, targets, [axis.is_category for axis in axes])
    found = []
    for column, axis in enumerate(axes):
        cells = len(axis.values) if axis.is_category else _CELLS
        places = [(cell + 0.5) / cells for cell in range(cells)]
        total = 0.0
        for row in good:
            if row[column] is not None:
                expected = forest.along(row, column, places)
                mean = sum(expected) / cells
                total += sum((value - mean) ** 2 for value in expected) / cells
        found.append(total / len(good))
    return found
