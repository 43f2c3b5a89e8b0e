"""Evolution: good configurations are varied, and old ones die."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tui_tuner.oracles.design import initial_design
from tui_tuner.oracles.explanation import Reason
from tui_tuner.oracles.objective import Objective
from tui_tuner.oracles.oracle import Oracle
from tui_tuner.oracles.outcomes import is_scored
from tui_tuner.oracles.region import PresentRegion, Region
from tui_tuner.oracles.trial import Trial, TrialStatus
from tui_tuner.oracles.variation import varied
from tui_tuner.space import HyperParameters

Array = NDArray[np.float64]

_LEAST, _MOST = 10, 60
_SHARE = 6
"""A population is the budget divided by this, between the least and the most."""

_CROSSED = 0.8
"""How many of the new configurations have two parents."""

_STEPS = (0.05, 0.4)
_TRIES = 20


class EvolutionOracle(Oracle):
    """Varies the best of a few that are drawn from the latest trials, the population.

    A new configuration has either one parent, of which some values are changed, or two, of which each value is from one
    or the other before that. Because only the latest trials have offspring, one that was lucky dies as all others do.
    The cost of a proposal grows neither with the number of trials nor, to speak of, with the space, so that it is for
    spaces of many hyperparameters and searches of many trials; any number can run at once. A proposal depends on the
    seed, its number and the trials only.

    Source: Real et al. 2019, "Regularized Evolution for Image Classifier Architecture Search" (arXiv 1802.01548).

    Args:
        objective: See `Oracle`, as for all others.
        max_trials: How many trials the search has.
        population_size: How many of the latest trials may have offspring, and how many are drawn at random first; by
            default a sixth of `max_trials`, between 10 and 60.
        tournament_size: How many are drawn, for the best of them to be a parent; by default a third of the
            population.

    Raises:
        ValueError: If a population has fewer than two trials, or a tournament fewer than one or more than there are.
    """

    def __init__(
        self,
        objective: str | Objective | Sequence[str | Objective] | None = None,
        max_trials: int | None = 10,
        population_size: int | None = None,
        tournament_size: int | None = None,
        seed: int | None = None,
        hyperparameters: HyperParameters | None = None,
        allow_new_entries: bool = True,
        tune_new_entries: bool = True,
        max_retries_per_trial: int = 0,
        max_consecutive_failed_trials: int | None = 3,
    ) -> None:
        super().__init__(
            objective=objective,
            max_trials=max_trials,
            hyperparameters=hyperparameters,
            allow_new_entries=allow_new_entries,
            tune_new_entries=tune_new_entries,
            seed=seed,
            max_retries_per_trial=max_retries_per_trial,
            max_consecutive_failed_trials=max_consecutive_failed_trials,
        )
        if population_size is not None and population_size < 2:
            raise ValueError(f"`population_size` must be at least 2, found {population_size}.")
        if tournament_size is not None and not 1 <= tournament_size <= (population_size or tournament_size):
            raise ValueError(f"`tournament_size` must be between 1 and `population_size`, found {tournament_size}.")
        self._population_size = population_size
        self._tournament_size = tournament_size
        self._present_region = PresentRegion()

    @property
    def population_size(self) -> int:
        """How many of the latest trials may have offspring."""
        if self._population_size is not None:
            return self._population_size
        return _MOST if self.max_trials is None else min(_MOST, max(_LEAST, self.max_trials // _SHARE))

    @property
    def tournament_size(self) -> int:
        """How many are drawn, for the best of them to be a parent."""
        return max(2, self.population_size // 3) if self._tournament_size is None else self._tournament_size

    def populate_space(self, trial_id: str) -> dict[str, Any]:
        """A variation of a good configuration that was not tried before."""
        values, reason = self._varied(), Reason.VARIED if self.trials else Reason.INITIAL
        if values is None:
            values, reason = self._random_values(), Reason.RANDOM
        if values is None:
            return {"status": TrialStatus.STOPPED, "values": None}
        self._explain(reason)
        return {"status": TrialStatus.RUNNING, "values": values}

    def _varied(self) -> dict[str, Any] | None:
        """A new configuration, or `None` where there is nothing to vary or all that came of it was tried."""
        region = self._present_region.of(self.hyperparameters, self._limits)
        if not region.encoding.dimension:
            values = region.decode(np.zeros(0))
            return values if self._is_new(values) else None
        if not self.trials:
            return region.decode(region.canonical(initial_design(region.encoding, 1, self.seed)).points[0])
        population = self._population()
        if len(self.trials) < self.population_size or len(population) < 2:
            return None
        rng = np.random.default_rng([self.seed, len(self.trials)])
        for _ in range(_TRIES):
            values = region.decode(_offspring(region, [self._parent(population, rng) for _ in range(2)], rng))
            if self._is_new(values):
                return values
        return None

    def _population(self) -> list[Trial]:
        """The latest trials that have a score, by when they were created: the order in which they end would favour what
        trains fast."""
        latest: list[Trial] = []
        for trial in reversed(self.trials.values()):
            if is_scored(trial):
                latest.append(trial)
                if len(latest) == self.population_size:
                    break
        return latest

    def _parent(self, population: list[Trial], rng: np.random.Generator) -> dict[str, Any]:
        drawn = rng.choice(len(population), size=min(self.tournament_size, len(population)), replace=False)
        return self._sorted([population[index] for index in np.sort(drawn)], 1)[0].hyperparameters.values


def _offspring(region: Region, parents: Sequence[dict[str, Any]], rng: np.random.Generator) -> Array:
    """A point of the region, shape `(axes,)`."""
    axes = region.encoding.axes
    one, other = (region.encoding.encode(values) for values in parents)
    point, inherited = one.points, one.active
    if rng.random() < _CROSSED:
        from_other = other.active & (~one.active | (rng.random(len(axes)) < 0.5))
        point, inherited = np.where(from_other, other.points, point), inherited | other.active
    movable = np.flatnonzero(inherited)
    # Few values as a rule, now and then up to a quarter: all magnitudes are equally likely.
    changes = min(len(movable), int(max(1.0, len(movable) / 4.0) ** rng.random()))
    moved = np.zeros(len(axes), dtype=bool)
    moved[rng.choice(movable, size=changes, replace=False)] = True
    step = float(np.exp(rng.uniform(*np.log(_STEPS))))
    child = varied(axes, point[None, :], moved[None, :], step, rng)
    anew = region.spread(rng.random(child.shape))
    # What no parent had has no value to start from.
    return np.asarray(region.canonical(np.where(inherited, child, anew)).points[0])
