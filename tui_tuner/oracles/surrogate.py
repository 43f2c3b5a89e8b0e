"""What is believed about untried configurations: how good they are, and whether they work at all."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from tui_tuner.oracles.acquisition import log_expected_improvement
from tui_tuner.oracles.explanation import Explanation, Reason
from tui_tuner.oracles.feasibility import Cost, Feasibility
from tui_tuner.oracles.features import Features
from tui_tuner.oracles.gp import Posterior
from tui_tuner.oracles.gp_fit import Fits
from tui_tuner.oracles.hypervolume import Improvement, nondominated
from tui_tuner.oracles.input_warping import NO_COLUMNS
from tui_tuner.oracles.observations import Observations
from tui_tuner.oracles.output_warping import Warp, mixed_logarithmic, standardized, unwarped
from tui_tuner.oracles.settling import has_settled
from tui_tuner.space.encoding import AxisKind, Encoded, SpaceEncoding

Array = NDArray[np.float64]

_LEAST_CHANCE = 0.01
"""Nothing is ruled out for good."""

_CAUTION = 2.0
"""Power of the chance of success. With 1, the plain expectation, a region that fails and promises much draws trial
after trial, because the chances are estimated from few failures."""

_GOOD = 0.1
"""What is predicted to be among this share of the results is proposed for that, and not to find out."""

_LIKELY = math.log(0.5)

_BEYOND = 1.0
"""How far the reference point lies beyond the worst of the front, in standard deviations."""

_REACH = 0.15
"""How far a trial tells of a conditional number, as a share of its scale."""

_DOUBT = 1.4
"""How many times less sure a process that is doubted is taken to be than it says."""

_MARGIN = 0.1
"""By how much a search that has settled must improve for it to count, in standard deviations of the results."""

_FIDELITY_SPAN = 0.4
"""How far apart the least and a whole training lie, where a number's ends are at distance 1: the one tells much of the
other, before anything of that is learnt."""


class Surrogate:
    """A model of the objective, learnt from the trials that worked, and one of success, learnt from all.

    Failures are kept out of the model of the objective: as bad values they would put a cliff into it, and what is next
    to a cliff looks bad too. Failures that strike at random are taken for noise, and then all chances are equal.
    Compare Gelbart et al. 2014, "Bayesian Optimization with Unknown Constraints".

    Several objectives are modelled one by one, and what is promised is the expected improvement of the volume that
    their front dominates.

    Constraints are modelled one by one, and what is promised is multiplied by the chance to keep to all of them; where
    costs are known, it is divided by the cost.

    Running trials are taken to come out as the model predicts, and what is to be improved on is the best of those, too.

    Where the search has settled, improvements that are not worth a trial do not count: else the best of one branch of a
    conditional space is polished for as long as the search goes on, and a better branch that began badly is never seen
    again. When the search is ending, hardly any trial is left that could gain from a better branch: each improvement
    counts, and the model is taken for as sure as it says.

    Args:
        observations: What is known; at least one trial worked.
        encoding: The search space.
        warp: Shape in which the objective is modelled.
        noise_floor: The least variance of the noise, in units of the variance of the objective.
        beta: For the lower confidence bound in place of the expected improvement.
        doubts: Whether more improvement is expected than the process allows, which says how sure it is as if its kernel
            were known, where many others would be nearly as likely. What is told of a proposal is as predicted.
        is_ending: Whether hardly any trial follows.
        warps_inputs: Whether the scales of numbers are warped, for all objectives and for success, see `input_warping`.
        fits: Fits the processes, and may know them already.
    """

    def __init__(
        self,
        observations: Observations,
        encoding: SpaceEncoding,
        warp: Warp,
        noise_floor: float,
        beta: float | None,
        *,
        doubts: bool,
        is_ending: bool = False,
        warps_inputs: bool = False,
        fits: Fits | None = None,
    ) -> None:
        fits = fits or Fits()
        self._features = Features(encoding)
        self._beta = beta
        self._doubt = _DOUBT if doubts and not is_ending else 1.0
        self._conditional_numbers = [
            column
            for column, axis in enumerate(encoding.axes)
            if axis.is_conditional and axis.kind is not AxisKind.CATEGORY
        ]
        self._success: Posterior | None = None
        self._has_fidelity = observations.fidelities is not None
        worked = np.isfinite(observations.values)
        features = self._at(observations.observed, observations.fidelities)
        axis_of_column, axes = self._features.axis_of_column, self._features.axes
        if self._has_fidelity:
            axis_of_column, axes = np.append(axis_of_column, axes), axes + 1
        warped = self._features.scales if warps_inputs else NO_COLUMNS
        self._share_of_success = float(worked.mean())
        self._spread_of_success = max(float(worked.std()), 1e-12)
        if not worked.all():
            labels = standardized(worked.astype(float))
            self._success = fits.named("success", warped)(features, axis_of_column, labels, axes, noise_floor)
        self._values = observations.values[worked]
        if observations.others is not None:
            warp = mixed_logarithmic  # a front keeps its shape, and one bad result does not flatten it
        self._targets = targets = warp(self._values)
        self._worst = float(targets.max())
        self._objective = fits.named("objective", warped)(features[worked], axis_of_column, targets, axes, noise_floor)
        where = features, axis_of_column, axes
        self._constraints = [
            Feasibility(*where, slacks, noise_floor, fits.named(f"constraint {number}"))
            for number, slacks in enumerate(() if observations.slacks is None else observations.slacks.T)
        ]
        self._cost: Cost | None = None
        if observations.costs is not None:
            self._cost = Cost(*where, observations.costs, noise_floor, fits.named("cost"))
        # What is to be improved on must keep to all constraints.
        self._kept = targets[observations.is_feasible[worked]]
        reached = self._at(observations.observed)[worked & observations.is_feasible]
        running = self._at(observations.running)
        hoped = running[self._log_chance_to_keep(running) > _LIKELY]
        means = [self._objective.predict(each)[0] for each in (reached, hoped) if len(each)]
        self._best: float | None = float(np.concatenate(means).min()) if means else None
        self._margin = _MARGIN if has_settled(observations) and not is_ending else 0.0
        self._others: list[Posterior] = []
        self._improvement: Improvement | None = None
        if observations.others is not None:
            more = np.column_stack([warp(each) for each in observations.others[worked].T])
            self._others = [
                fits.named(f"objective {number}", warped)(features[worked], axis_of_column, each, axes, noise_floor)
                for number, each in enumerate(more.T, 2)
            ]
            reached = np.column_stack([targets, more])
            self._improvement = self._over(reached, observations.is_feasible[worked], hoped)
            self._others = [each.believing(running) if len(running) else each for each in self._others]
        if len(running):
            self._objective = self._objective.believing(running)

    def promise(self, encoded: Encoded) -> Array:
        """How much each configuration promises, shape `(configurations,)`; more is better."""
        features = self._at(encoded)
        mean, deviation = self._objective.predict(features)
        deviation = deviation * self._share_inside(encoded)
        chance, log_chance_to_keep = self._chance(features), self._log_chance_to_keep(features)
        if self._best is None:  # first of all, one is wanted that keeps to the constraints
            return log_chance_to_keep + _CAUTION * np.log(chance)
        if self._improvement is not None:
            expected = self._improvement.expected(*self._predicted(features, mean, deviation))
            return self._weighed(np.log(np.maximum(expected, 1e-300)), features, chance, log_chance_to_keep)
        if self._beta is not None:
            chance = chance * np.exp(log_chance_to_keep)
            return np.asarray(self._beta * deviation - mean - (1.0 - chance) * (self._worst - self._best))
        improvement = log_expected_improvement(mean, self._doubt * deviation, self._best - self._margin)
        return self._weighed(improvement, features, chance, log_chance_to_keep)

    def explain(self, encoded: Encoded) -> Explanation:
        """Why one configuration, of shape `(1, axes)`, promises what it does; the mean is one to be minimised."""
        features = self._at(encoded)
        means, deviations = self._objective.predict(features)
        mean, deviation = float(means[0]), float(deviations[0])
        good = float(np.quantile(self._kept if len(self._kept) else self._targets, _GOOD))
        low, middle, high = unwarped(
            np.array([mean - deviation, mean, mean + deviation]), self._targets, self._values
        ).tolist()
        is_good = mean <= good
        if self._improvement is not None:  # of several objectives, what is predicted to widen the front is good
            is_good = bool(self._improvement.of(self._predicted(features, means, deviations)[0])[0] > 0.0)
        return Explanation(Reason.EXPLOIT if is_good else Reason.EXPLORE, middle, (high - low) / 2.0)

    def _weighed(self, improvement: Array, features: Array, chance: Array, log_chance_to_keep: Array) -> Array:
        """The logarithm of an improvement with all that stands against it."""
        cost = 0.0 if self._cost is None else self._cost.log_cost(features)
        return np.asarray(improvement + _CAUTION * np.log(chance) + log_chance_to_keep - cost)

    def _predicted(self, features: Array, mean: Array, deviation: Array) -> tuple[Array, Array]:
        """Means and deviations of all objectives, shape `(configurations, objectives)`."""
        more = [each.predict(features) for each in self._others]
        scale = deviation / np.maximum(self._objective.predict(features)[1], 1e-12)
        means = np.column_stack([mean, *(each[0] for each in more)])
        return means, np.column_stack([deviation, *(each[1] * scale for each in more)])

    def _over(self, reached: Array, feasible: NDArray[np.bool_], hoped: Array) -> Improvement:
        """What can be improved on: the front of what was reached and what is hoped for."""
        front = np.vstack([reached[feasible], self._predicted(hoped, *self._objective.predict(hoped))[0]])
        front = front[nondominated(front)]
        worst = np.median(reached, axis=0)
        if len(front):
            worst = np.maximum(worst, front.max(axis=0))
        return Improvement.over(front, worst + _BEYOND)

    def _at(self, encoded: Encoded, fidelities: Array | None = None) -> Array:
        """The features of configurations, as whole trainings unless their fidelities are given."""
        features = self._features(encoded)
        if not self._has_fidelity:
            return features
        whole = np.ones(len(features))
        return np.column_stack([features, _FIDELITY_SPAN * (whole if fidelities is None else fidelities)])

    def _share_inside(self, encoded: Encoded) -> Array:
        """How much of what a trial tells is of configurations that there are, from 1 to a half for each end of a scale.

        A process is least sure at the ends, and of a conditional number it knows little, because only some trials had
        it: taken as they are, its deviations send the first trials of each branch to one corner after another. What is
        well known to be good at an end is proposed nevertheless, for then the mean decides. Numbers that all trials
        have are left alone: the ends of their scales are soon known, and the best is often there. Compare Siivola et
        al. 2018, "Correcting Boundary Over-Exploration Deficiencies in Bayesian Optimization".
        """
        from scipy.special import ndtr

        points = encoded.points[:, self._conditional_numbers]
        inside = ndtr((1.0 - points) / _REACH) + ndtr(points / _REACH) - 1.0
        active = encoded.active[:, self._conditional_numbers]
        return np.asarray(np.where(active, inside, 1.0).prod(axis=1))

    def _log_chance_to_keep(self, features: Array) -> Array:
        """Logarithm of the chance that a configuration keeps to all constraints."""
        total = np.zeros(len(features))
        for constraint in self._constraints if len(features) else ():
            total = total + constraint.log_chance(features)
        return total

    def _chance(self, features: Array) -> Array:
        """The chance that a configuration works."""
        if self._success is None:
            return np.ones(len(features))
        mean, _ = self._success.predict(features)
        return np.clip(self._share_of_success + self._spread_of_success * mean, _LEAST_CHANCE, 1.0)
