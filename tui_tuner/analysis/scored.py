"""The trials of which the score says something, and where their values lie: what most plots are made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from tui_tuner.analysis.axes import Axis, axes_of, within_reach
from tui_tuner.analysis.importance import Importance, importances
from tui_tuner.analysis.ranking import scored_trials
from tui_tuner.engine.view import SearchView, TrialView


@dataclass(frozen=True)
class Dimension:
    """One axis with the place of each trial on it.

    Args:
        places: From 0 to 1, in the order of the trials; `None` where a trial has no such value.
        importance: Its share of all that matters; `None` if too few trials tell.
    """

    axis: Axis
    places: tuple[float | None, ...]
    importance: float | None = None

    @property
    def name(self) -> str:
        return self.axis.name


@dataclass(frozen=True)
class ScoredTrials:
    """All of them.

    Args:
        scores: By trial.
        goodness: By trial: its rank, from 0 for the worst to 1 for the best; equal scores share one.
        hyperparameters: Those with more than one value, the most important first.
        score: The objective as an axis; the better end is 1 for `max` and 0 for `min`.
        importances: Of the hyperparameters; empty if too few trials tell.
    """

    trials: tuple[TrialView, ...]
    scores: tuple[float, ...]
    goodness: tuple[float, ...]
    hyperparameters: tuple[Dimension, ...]
    score: Dimension
    importances: tuple[Importance, ...] = ()

    @cached_property
    def best(self) -> int | None:
        """Which trial is the best, the first of equals."""
        return max(range(len(self.trials)), key=self.goodness.__getitem__, default=None)

    @cached_property
    def worst_first(self) -> Sequence[int]:
        """The order in which to draw, so that the best lie on top."""
        return sorted(range(len(self.trials)), key=self.goodness.__getitem__)


def scored(view: SearchView) -> ScoredTrials:
    """The scored trials of a search."""
    trials = tuple(scored_trials(view))
    scores = tuple(trial.score or 0.0 for trial in trials)
    important = tuple(importances(view))
    shares = {each.name: each.share for each in important}
    found = [
        Dimension(axis, tuple(axis.place_in(trial.hyperparameters) for trial in trials), shares.get(axis.name))
        for axis in axes_of(view.space)
    ]
    hyperparameters = sorted(found, key=lambda each: -(each.importance or 0.0))
    low, high = within_reach(min(scores, default=0.0)), within_reach(max(scores, default=0.0))
    if low == high:
        room = abs(low) * 0.1 or 1.0
        low, high = low - room, high + room
    axis = Axis(view.objective.name, (), low, high)
    score = Dimension(axis, tuple(axis.place(value) for value in scores))
    return ScoredTrials(
        trials, scores, _goodness(scores, view.objective.direction), tuple(hyperparameters), score, important
    )


def _goodness(scores: tuple[float, ...], direction: str) -> tuple[float, ...]:
    ranks = {score: rank for rank, score in enumerate(sorted(set(scores), reverse=direction == "min"))}
    last = len(ranks) - 1
    return tuple(ranks[score] / last if last else 1.0 for score in scores)
