"""Which search algorithm suits a search, and why."""

from __future__ import annotations

import math
import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tui_tuner.space import HyperParameters

_VERY_MANY = 100
"""Hyperparameters from which on no model tells them apart in the trials that a search has."""

_RESULTS_IN_TIME = 3
"""How many times the workers must take new trials for results to be of use."""

_FEWEST_EPOCHS = 9
"""Two rungs of a factor of 3 below whole trainings."""

_FEW_TRAININGS = 20
"""Below so many whole trainings, many short ones find better models; from there on whole ones do (see
docs/benchmarks.md)."""

_FACTOR = 3


@dataclass(frozen=True)
class Circumstances:
    """What a search can spend, and how.

    Args:
        max_trials: How many whole trainings.
        workers: How many trials run at once.
        epochs: Of a whole training, if that is known.
        goes_on: Whether a training may be cut into stages: there is one for each trial, and nothing else stops it.
    """

    max_trials: int
    workers: int
    epochs: int | None = None
    goes_on: bool = True


@dataclass(frozen=True)
class Choice:
    """A search algorithm for a search.

    Args:
        tuner: Its name.
        why: Why this one, in one line.
        arguments: What it is made with, beside what all are.
        trials_per_training: How many of its trials cost as many epochs as one whole training.
    """

    tuner: str
    why: str
    arguments: Mapping[str, Any]
    trials_per_training: float = 1.0

    def max_trials(self, trainings: int) -> int:
        """How many trials so many whole trainings come to."""
        return math.ceil(trainings * self.trials_per_training)

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "tuner": self.tuner,
            "why": self.why,
            "arguments": dict(self.arguments),
            "trials_per_training": self.trials_per_training,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Choice:
        """What `to_json` described."""
        return cls(stored["tuner"], stored["why"], stored["arguments"], stored["trials_per_training"])


def choose(space: HyperParameters, circumstances: Circumstances) -> Choice:
    """The search algorithm that suits a search space and what there is to spend."""
    from tui_tuner.space.encoding import SpaceEncoding  # here: it needs numpy

    trials, workers, epochs = circumstances.max_trials, circumstances.workers, circumstances.epochs
    try:
        encoding = SpaceEncoding(space)
    except TypeError:
        return Choice("random", "the space has conditions that no model knows", {})
    size = encoding.size()
    if size is not None and size <= trials:
        what = "one configuration" if size == 1 else f"{size:,} configurations"
        return Choice("grid", f"the space has {what}, and up to {trials:,} can be tried", {})
    if trials < _RESULTS_IN_TIME * workers:
        return Choice("sobol", f"{workers:,} of {trials:,} trials run at once: most begin before there are results", {})
    if encoding.dimension >= _VERY_MANY:
        return Choice("evolution", f"{encoding.dimension:,} hyperparameters are too many for a model of them", {})
    if circumstances.goes_on and epochs is not None and epochs >= _FEWEST_EPOCHS and trials < _FEW_TRAININGS:
        from tui_tuner.oracles.rungs import Ladder

        rungs = Ladder(math.ceil(epochs / _FACTOR**3), epochs, _FACTOR).epochs
        share = epochs / _mean_epochs(rungs)
        choice = Choice("asha", "", {"max_epochs": epochs, "factor": _FACTOR}, share)
        many = choice.max_trials(trials)
        spent = f"the {trials * epochs:,} epochs of {trials} whole trainings"
        why = f"{spent} say more as {many:,} trials, most of them short"
        return Choice("asha", why, choice.arguments, share)
    return Choice("bayesian", f"a model can learn from {trials:,} trials, {workers:,} at a time", {})


def _mean_epochs(rungs: Sequence[int]) -> float:
    """Epochs of a trial on average, where one of each `_FACTOR` trials goes on from each rung to the next."""
    trials = [1.0 / _FACTOR**rung for rung in range(len(rungs))]
    epochs = [upper - lower for lower, upper in zip((0, *rungs), rungs, strict=False)]
    return math.fsum(map(operator.mul, trials, epochs)) / math.fsum(trials)
