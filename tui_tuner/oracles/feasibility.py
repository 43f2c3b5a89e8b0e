"""Models of what else counts beside the objective: whether constraints are kept to, and what a trial costs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tui_tuner.oracles.gp import Posterior
from tui_tuner.oracles.gp_fit import Fitter, fit

Array = NDArray[np.float64]


class Feasibility:
    """The chance that a constraint is kept to, from a Gaussian process of the slack.

    The slack is seen through a function that keeps its sign and the order, and is linear near the limit and logarithmic
    far from it: where a limit lies matters, and not how far off the largest model is.

    Source: Gardner et al. 2014, "Bayesian Optimization with Inequality Constraints".

    Args:
        features: Of the configurations, shape `(configurations, columns)`.
        axis_of_column: As `gp_fit.fit` has it, and `axes`.
        slacks: How far each was from violating it, shape `(configurations,)`; NaN where that is not known.
        noise_floor: As `gp_fit.fit` has it.
        fit: Fits the process.
    """

    def __init__(
        self,
        features: Array,
        axis_of_column: NDArray[np.intp],
        axes: int,
        slacks: Array,
        noise_floor: float,
        fit: Fitter = fit,
    ) -> None:
        known = np.isfinite(slacks)
        self._posterior: Posterior | None = None
        self._constant = 0.0
        if not known.any():
            return
        near = float(np.median(np.abs(slacks[known]))) or 1.0
        seen = np.arcsinh(slacks[known] / near)
        self._center, self._spread = float(seen.mean()), float(seen.std())
        if self._spread < 1e-12:
            self._constant = 0.0 if self._center >= 0.0 else float(np.log(0.5))
            return
        self._posterior = fit(features[known], axis_of_column, (seen - self._center) / self._spread, axes, noise_floor)

    def log_chance(self, features: Array) -> Array:
        """Logarithm of the chance, shape `(configurations,)`."""
        from scipy.special import log_ndtr

        if self._posterior is None:
            return np.full(len(features), self._constant)
        mean, deviation = self._posterior.predict(features)
        return np.asarray(log_ndtr((mean + self._center / self._spread) / np.maximum(deviation, 1e-9)))


class Cost:
    """What a trial costs, from a Gaussian process of its logarithm.

    Source: Snoek et al. 2012, "Practical Bayesian Optimization of Machine Learning Algorithms", section 3.2.

    Args:
        costs: Of each configuration, shape `(configurations,)`; NaN where that is not known.
        features, axis_of_column, axes, noise_floor, fit: As for `Feasibility`.
    """

    def __init__(
        self,
        features: Array,
        axis_of_column: NDArray[np.intp],
        axes: int,
        costs: Array,
        noise_floor: float,
        fit: Fitter = fit,
    ) -> None:
        known = np.isfinite(costs) & (costs > 0.0)
        self._posterior: Posterior | None = None
        if not known.any():
            return
        logarithms = np.log(costs[known])
        self._spread = float(logarithms.std())
        if self._spread > 1e-12:
            targets = (logarithms - logarithms.mean()) / self._spread
            self._posterior = fit(features[known], axis_of_column, targets, axes, noise_floor)

    def log_cost(self, features: Array) -> Array:
        """Logarithm of the predicted cost, up to a constant, shape `(configurations,)`."""
        if self._posterior is None:
            return np.zeros(len(features))
        return np.asarray(self._spread * self._posterior.predict(features)[0])
