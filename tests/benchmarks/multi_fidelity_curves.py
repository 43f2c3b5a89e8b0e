"""A model of learning curves: what a training that goes on is likely to come to.

Source: Swersky, Snoek and Adams 2014, "Freeze-Thaw Bayesian Optimization" (arXiv 1406.3896), sections 3.1 and 3.2: a
curve is what it tends to and a sum of exponential decays, whose rates have a gamma distribution.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Epochs = tuple[int, ...]
"""Epochs at which a curve is known, ascending."""

_CENTER = np.array([0.0, 0.0, 0.0, 0.0, math.log(0.03), 0.0, 0.0])
_SPREAD = np.array([0.7, 0.7, 0.1, 0.7, 0.7, 0.5, 1.0])
"""The shape is nearly given: from curves that were all cut off early it would be learnt that curves end early."""

_BOUNDS = [(-4.0, 3.0)] * 4 + [(-5.0, 1.0), (-3.0, 2.0), (-4.0, 4.0)]
_SEEN = 8
"""At so many epochs of each curve, spread over their logarithm, parameters are fitted."""

_FAILED_FIT = 1e10


class Curve(NamedTuple):
    """How a training has gone so far.

    Args:
        epochs: At which it is known.
        values: What they came to, to be minimised, of the same length.
    """

    epochs: Epochs
    values: Array

    @property
    def thinned(self) -> Curve:
        """At a few epochs, the last one among them."""
        count = len(self.epochs)
        if count <= _SEEN:
            return self
        kept = np.unique(np.round(np.exp(np.linspace(0.0, math.log(count), _SEEN))).astype(int)) - 1
        return Curve(tuple(self.epochs[index] for index in kept), self.values[kept])


@dataclass(frozen=True)
class _Weights:
    """What curves that are known at the same epochs have in common.

    Args:
        inverse: Of the covariance of what is gained and of the noise, shape `(epochs, epochs)`.
        total: The sum of its entries: how sure a curve alone is of what it tends to.
    """

    inverse: Array
    total: float


@dataclass(frozen=True)
class CurveModel:
    """What learning curves of a search have in common.

    A curve is `f + g(t)` with a noise, where `f` is what it tends to, and `g` a Gaussian process that tends to 0: its
    mean is `fall * d(t)`, its covariance `spread ** 2 * d(t + t')`, and `d(t) = (delay / (t + delay)) ** power`.

    Args:
        fall, spread, power, delay: As above; values are standardised, and the delay is a number of epochs.
        noise: Standard deviation of the noise.
    """

    fall: float
    spread: float
    power: float
    delay: float
    noise: float
    _known: dict[Epochs, _Weights] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, theta: Array, epoch: float) -> CurveModel:
        """From the logarithms of the parameters, with a delay in units of so many epochs."""
        fall, spread, power, delay, noise = np.exp(theta[:5]).tolist()
        return cls(fall, spread, power, delay * epoch, noise)

    @classmethod
    def typical(cls, epoch: float) -> CurveModel:
        """Before anything is known."""
        return cls.of(_CENTER, epoch)

    def gained(self, epochs: Array) -> Array:
        """The mean of `g`."""
        return self.fall * self._decay(epochs)

    def covariance(self, epochs: Array, others: Array) -> Array:
        """Of `g` at some epochs and at others, shape `(epochs, others)`."""
        return self.spread**2 * self._decay(epochs[:, None] + others[None, :])

    def tendency(self, curve: Curve) -> tuple[float, float]:
        """What a curve alone says of what it tends to: an observation of that, and the variance of its noise."""
        weights = self._weights(curve.epochs)
        rest = curve.values - self.gained(np.array(curve.epochs, dtype=np.float64))
        return float((weights.inverse @ rest).sum() / weights.total), 1.0 / weights.total

    def ahead(self, epochs: Epochs, values: Array, mean: Array, variance: Array, goal: int) -> tuple[Array, Array]:
        """What curves known at the same epochs come to at a later one: means and variances, each of shape `(curves,)`.

        Args:
            epochs: At which they are known; there may be none.
            values: Shape `(curves, epochs)`.
            mean, variance: What is believed of what each tends to, its own values taken into account.
            goal: The later epoch.
        """
        at, then = np.array(epochs, dtype=np.float64), np.array([float(goal)])
        own = self.covariance(then, then)[0, 0]
        if not epochs:
            return self.gained(then)[0] + mean, own + variance
        covariance = self.covariance(at, then)[:, 0]
        weights = self._weights(epochs).inverse @ covariance
        share = 1.0 - weights.sum()
        expected = self.gained(then)[0] + (values - self.gained(at)) @ weights + share * mean
        return expected, np.maximum(own - weights @ covariance + share**2 * variance, 1e-10)

    def _decay(self, epochs: Array) -> Array:
        return np.asarray((self.delay / (epochs + self.delay)) ** self.power)

    def _weights(self, epochs: Epochs) -> _Weights:
        if epochs not in self._known:
            at = np.array(epochs, dtype=np.float64)
            inverse = np.asarray(np.linalg.inv(self.covariance(at, at) + self.noise**2 * np.eye(len(at))), np.float64)
            self._known[epochs] = _Weights(inverse, float(inverse.sum()))
        return self._known[epochs]


def fit_curves(curves: Sequence[Curve], epoch: float) -> CurveModel:
    """The model that explains curves best, by maximum a posteriori; what they tend to is taken to be independent.

    Args:
        curves: At least one; standardised together.
        epoch: The delay that is expected.
    """
    from scipy.optimize import minimize

    groups: dict[Epochs, list[Array]] = defaultdict(list)
    for curve in curves:
        thinned = curve.thinned
        groups[thinned.epochs].append(thinned.values)
    data = [(np.array(epochs, dtype=np.float64), np.array(values)) for epochs, values in groups.items()]

    def negative_log_posterior(theta: Array) -> float:
        model = CurveModel.of(theta, epoch)
        between, middle = math.exp(2.0 * theta[5]), theta[6]  # of what curves tend to
        total = 0.0
        for at, values in data:
            covariance = model.covariance(at, at) + model.noise**2 * np.eye(len(at)) + between
            try:
                factor = np.linalg.cholesky(covariance)
            except np.linalg.LinAlgError:
                return _FAILED_FIT
            rest = np.linalg.solve(factor, (values - model.gained(at) - middle).T)
            total += 0.5 * float((rest * rest).sum()) + len(values) * float(np.log(np.diag(factor)).sum())
        from_center = (theta - _CENTER) / _SPREAD
        return total + 0.5 * float(from_center @ from_center)

    found = minimize(
        negative_log_posterior, _CENTER, method="L-BFGS-B", bounds=_BOUNDS, options={"maxiter": 25, "maxfun": 300}
    )
    return CurveModel.of(np.asarray(found.x, dtype=float), epoch)
