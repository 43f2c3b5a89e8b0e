"""Which training goes on for some epochs, or which new one begins.

Source: Swersky, Snoek and Adams 2014, "Freeze-Thaw Bayesian Optimization" (arXiv 1406.3896): a Gaussian process of what
curves tend to, over configurations, and one for each curve. What is maximised here is simpler, and our own: the
expected improvement at the end of a training for each epoch that finding out is expected to cost.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tui_tuner.oracles.acquisition import log_expected_improvement
from tui_tuner.oracles.curves import Curve, CurveModel, Epochs, fit_curves
from tui_tuner.oracles.explanation import Explanation, Reason
from tui_tuner.oracles.features import Features
from tui_tuner.oracles.gp import Fit, KernelParameters, Posterior
from tui_tuner.oracles.warping import unwarped
from tui_tuner.space.encoding import Encoded, SpaceEncoding

Array = NDArray[np.float64]

_NOISE_FLOOR = 1e-4
_FITTED_BEST, _FITTED_RANDOM = 60, 40
_CURVES = 80
_GOOD = 0.1
_STEADY = 12
_GROWTH = 1.1


def fitted_to(results: int) -> int:
    """To how many of so many results the parameters are fitted, the earliest ones: anew when there are a tenth more.

    It is the number of results that decides, and not what was fitted before, lest a search that was cut off go on
    otherwise.
    """
    count = min(results, _STEADY)
    while (more := max(count + 1, math.ceil(count * _GROWTH))) <= results:
        count = more
    return count


@dataclass(frozen=True)
class Known:
    """Configurations and their curves.

    Args:
        encoded: The configurations, at least one.
        curves: What is known of each, to be minimised: the best up to each epoch.
    """

    encoded: Encoded
    curves: Sequence[Curve]


class Scale:
    """How values are seen: standardised, linear from the best to the median and logarithmic beyond it.

    Args:
        curves: At least one.
    """

    def __init__(self, curves: Sequence[Curve]) -> None:
        self.last = np.array([curve.values[-1] for curve in curves])
        self._best = float(self.last.min())
        gaps = self.last / 2 - self._best / 2  # halves, because the difference of two huge values may not be finite
        self._median = float(np.median(gaps)) or float(gaps.max()) or 1.0
        seen = self._shape(self.last)
        self._center, self._spread = float(seen.mean()), float(seen.std()) or 1.0
        self.seen = (seen - self._center) / self._spread

    def __call__(self, curve: Curve) -> Curve:
        return Curve(curve.epochs, (self._shape(curve.values) - self._center) / self._spread)

    def _shape(self, values: Array) -> Array:
        with np.errstate(over="ignore"):
            gaps = np.minimum((values / 2 - self._best / 2) / self._median, 1e150)
        return np.where(gaps <= 1.0, gaps, 1.0 + np.log(np.maximum(gaps, 1.0)))


@dataclass(frozen=True)
class Parameters:
    """What is fitted, to the earlier results.

    Args:
        curves: What curves have in common.
        kernel: Of what they tend to, over configurations.
    """

    curves: CurveModel
    kernel: KernelParameters


def fit_parameters(encoding: SpaceEncoding, known: Known, epoch: float, rng: np.random.Generator) -> Parameters:
    """Fit both processes, one after the other.

    Args:
        epoch: After how many epochs much of a curve's fall is expected to be over.
        rng: Draws some configurations where there are many.
    """
    scale = Scale(known.curves)
    curves = list(map(scale, known.curves))
    model = fit_curves(curves[-_CURVES:], epoch)
    targets, noise = _standardized(*_tendencies(model, curves))[:2]
    order = np.argsort(targets, kind="stable")
    if len(order) > _FITTED_BEST + _FITTED_RANDOM:
        drawn = rng.choice(order[_FITTED_BEST:], _FITTED_RANDOM, replace=False)
        order = np.concatenate([order[:_FITTED_BEST], drawn])
    features = Features(encoding)
    rows = features(known.encoded)[order]
    fit = Fit(rows, features.axis_of_column, targets[order], features.axes, noise[order] + _NOISE_FLOOR)
    return Parameters(model, fit.best_parameters())


class Thawing:
    """What going on with each training promises, and what a new one does.

    Args:
        encoding: The search space.
        known: All configurations of which something is known.
        beginning: New ones that are being trained.
        parameters: As they were fitted.
        max_epochs: Of a whole training.
        first: Epochs that a new one begins with.
        log_chance: Logarithm of the chance that a configuration does not fail, from its features.
    """

    def __init__(
        self,
        encoding: SpaceEncoding,
        known: Known,
        beginning: Encoded,
        parameters: Parameters,
        max_epochs: int,
        first: int,
        log_chance: Callable[[Array], Array],
    ) -> None:
        self._features = Features(encoding)
        self._model = parameters.curves
        self._max_epochs = max_epochs
        self._first = first
        self._log_chance = log_chance
        self._scale = Scale(known.curves)
        self._curves = list(map(self._scale, known.curves))
        targets, noise, self._center, self._spread = _standardized(*_tendencies(self._model, self._curves))
        self._own_noise = math.exp(parameters.kernel.log_noise) + _NOISE_FLOOR
        rows = self._features(known.encoded)
        self._posterior = Posterior(
            rows, self._features.axis_of_column, targets, parameters.kernel, noise + _NOISE_FLOOR
        )
        self._best = float(self._scale.seen.min())
        self.mean, self.variance = self._believed(targets, noise)
        if len(beginning.points):
            self._posterior = self._posterior.believing(self._features(beginning))

    def going_on(self, waiting: Sequence[int]) -> Array:
        """What going on with each of these configurations promises, shape `(waiting,)`; more is better."""
        promise = np.empty(len(waiting))
        groups: dict[Epochs, list[int]] = {}
        for place, number in enumerate(waiting):
            groups.setdefault(self._curves[number].epochs, []).append(place)
        for epochs, places in groups.items():
            numbers = [waiting[place] for place in places]
            values = np.array([self._curves[number].values for number in numbers])
            expected = self._model.ahead(epochs, values, self.mean[numbers], self.variance[numbers], self._max_epochs)
            promise[places] = self._worth(*expected, self._max_epochs - epochs[-1])
        return promise

    def beginning(self, encoded: Encoded) -> Array:
        """What a new training of each of these configurations promises, shape `(configurations,)`."""
        features = self._features(encoded)
        return self._worth(*self._expected(features), self._max_epochs) + self._log_chance(features)

    def explain(self, encoded: Encoded) -> Explanation:
        """Why a new training of one configuration, of shape `(1, axes)`, promises what it does."""
        means, variances = self._expected(self._features(encoded))
        mean, deviation = float(means[0]), math.sqrt(float(variances[0]))
        wanted = np.array([mean - deviation, mean, mean + deviation])
        low, middle, high = unwarped(wanted, self._scale.seen, self._scale.last).tolist()
        is_good = mean <= float(np.quantile(self._scale.seen, _GOOD))
        return Explanation(Reason.EXPLOIT if is_good else Reason.EXPLORE, middle, (high - low) / 2.0)

    def _expected(self, features: Array) -> tuple[Array, Array]:
        mean, deviation = self._posterior.predict(features)
        mean = mean * self._spread + self._center
        variance = (deviation**2 + self._own_noise) * self._spread**2
        return self._model.ahead((), np.zeros((len(mean), 0)), mean, variance, self._max_epochs)

    def _worth(self, mean: Array, variance: Array, epochs: int) -> Array:
        """Logarithm of the expected improvement for each epoch of cost.

        That is of what it takes to find out, and of all further epochs if it turns out to be an improvement, which is
        as likely as it is an improvement.
        """
        from scipy.special import ndtr

        deviation = np.sqrt(variance)
        cost = self._first + ndtr((self._best - mean) / deviation) * epochs
        return np.asarray(log_expected_improvement(mean, deviation, self._best) - np.log(cost))

    def _believed(self, targets: Array, noise: Array) -> tuple[Array, Array]:
        """What each known curve tends to, mean and variance, from what others say of its configuration and from itself.

        What others say leaves room for how much a configuration differs from what is near it. The formulas for leaving
        one out are those of Rasmussen and Williams 2006, section 5.4.2.
        """
        per_variance, weights = self._posterior.left_out()
        others = targets - weights / per_variance
        variance = np.maximum(1.0 / per_variance - noise, 1e-8)
        precision = 1.0 / variance + 1.0 / noise
        mean = (others / variance + targets / noise) / precision
        return mean * self._spread + self._center, self._spread**2 / precision


def _tendencies(model: CurveModel, curves: Sequence[Curve]) -> tuple[Array, Array]:
    each = np.array([model.tendency(curve) for curve in curves])
    return each[:, 0], each[:, 1]


def _standardized(targets: Array, noise: Array) -> tuple[Array, Array, float, float]:
    """Targets, the variance of their noise, and what was taken off and divided by."""
    center, spread = float(targets.mean()), max(float(targets.std()), 1e-6)
    return (targets - center) / spread, noise / spread**2, center, spread
