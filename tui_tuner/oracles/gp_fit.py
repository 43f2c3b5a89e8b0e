"""Fits the kernel of a Gaussian process by maximum a posteriori.

Source: Rasmussen and Williams, "Gaussian Processes for Machine Learning" (2006), chapter 5, for the gradient of the
marginal likelihood.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from tui_tuner.oracles.gp import Posterior, matern52_with_slope, squared_distances
from tui_tuner.oracles.input_warping import NO_COLUMNS, kumaraswamy
from tui_tuner.oracles.kernel_parameters import SPREAD_OF_WARPS, KernelParameters, precision_of_prior

Array = NDArray[np.float64]

_FAILED_FIT = 1e25
_MANY, _SOME = 180, 120
"""Of more observations than this, so many are fitted first: from there the fit to all takes half the steps, which are
what a proposal's time goes into, and ends in a better optimum more often than in a worse one."""
_ROUGHLY, _PRECISELY = 1e-5, 1e-6
_MOST_STEPS = 50
_MOST_WARP = 3 * SPREAD_OF_WARPS


class Fit:
    """The negative log posterior of the kernel's parameters, with its gradient, for one set of observations.

    Args:
        features: Shape `(observations, columns)`.
        axis_of_column: The axis of each feature column.
        targets: Shape `(observations,)`, standardised.
        axes: Number of axes.
        noise_floor: The least variance of the noise, of all observations or of each.
        warped: The columns of numbers in [0, 1] whose scales are warped, shape `(warped,)`.
    """

    def __init__(
        self,
        features: Array,
        axis_of_column: NDArray[np.intp],
        targets: Array,
        axes: int,
        noise_floor: float | Array,
        warped: NDArray[np.intp] = NO_COLUMNS,
    ) -> None:
        from scipy.linalg import blas, lapack

        self._blas, self._lapack = blas, lapack
        self._targets = targets
        self._noise_floor = noise_floor
        count = len(targets)
        self._rows, self._columns = np.tril_indices(count, -1)
        # Places in a flat array in Fortran's order, by which NumPy is several times as fast as by rows and columns.
        self._below = self._rows + count * self._columns
        self._diagonal = np.arange(count) * (count + 1)
        by_axis = np.zeros((axes, len(self._rows)))
        for column in np.setdiff1d(np.arange(features.shape[1]), warped):
            difference = features[:, column].take(self._rows)
            difference -= features[:, column].take(self._columns)
            difference *= difference
            by_axis[axis_of_column[column]] += difference
        self._squared_by_axis = by_axis
        self._axes = axes
        self._center = KernelParameters.typical(axes, warped).pack()
        self._precision = precision_of_prior(axes, len(warped))
        self._warped, self._points, self._axis_of_warped = warped, features[:, warped], axis_of_column[warped]

    def negative_log_posterior(self, theta: Array) -> tuple[float, Array]:
        """Value and gradient at packed parameters, up to a constant."""
        axes = self._axes
        per_squared_length = np.exp(-2.0 * theta[:axes])
        amplitude, noise = math.exp(theta[axes]), math.exp(theta[axes + 1])
        # In place: what these arrays are long, a new one each time would take longer than the arithmetic.
        root = (5.0 * per_squared_length) @ self._squared_by_axis
        if len(self._warped):
            log_a, log_b = np.split(theta[axes + 2 :], 2)
            warped, by_log_a, by_log_b = kumaraswamy(self._points, log_a, log_b)
            per_squared_length_of_warped = per_squared_length[self._axis_of_warped]
            scaled = warped * np.sqrt(5.0 * per_squared_length_of_warped)
            root += squared_distances(scaled, scaled).ravel().take(self._below)
        covariance, slope = matern52_with_slope(root, amplitude)
        likelihood = self._likelihood(covariance, amplitude + noise + self._noise_floor)
        if likelihood is None:
            return _FAILED_FIT, np.zeros_like(theta)
        value, off_diagonal, on_diagonal = likelihood
        from_center = theta - self._center
        gradient = self._precision @ from_center
        value += 0.5 * float(from_center @ gradient)
        gradient[axes] += off_diagonal @ covariance + 0.5 * on_diagonal * amplitude
        off_diagonal *= slope
        gradient[:axes] += (5.0 / 3.0) * per_squared_length * (self._squared_by_axis @ off_diagonal)
        gradient[axes + 1] += 0.5 * on_diagonal * noise
        if len(self._warped):
            by_points = self._half_gradient(off_diagonal, warped)
            factor_of_warped = (5.0 / 3.0) * per_squared_length_of_warped
            np.add.at(gradient, self._axis_of_warped, factor_of_warped * (warped * by_points).sum(axis=0))
            by_points *= -factor_of_warped
            by_shape = np.concatenate([(by_points * by_log_a).sum(axis=0), (by_points * by_log_b).sum(axis=0)])
            gradient[axes + 2 :] += by_shape
        return value, gradient

    def best_parameters(self, begin: KernelParameters | None = None, tolerance: float = _PRECISELY) -> KernelParameters:
        """The parameters that L-BFGS finds; they depend on nothing but the observations and where it begins.

        Args:
            begin: Where; by default at the centre of the prior.
            tolerance: It ends where a step gains less than this share.
        """
        from scipy.optimize import minimize

        bounds = [(math.log(1e-2), math.log(1e3))] * self._axes + [(-7.0, 7.0), (-16.0, 3.0)]
        bounds += [(-_MOST_WARP, _MOST_WARP)] * (2 * len(self._warped))
        found = minimize(
            self.negative_log_posterior,
            self._center if begin is None else begin.pack(),
            jac=True,
            method="L-BFGS-B",
            bounds=bounds,
            options={
                "maxiter": _MOST_STEPS,
                "maxfun": 2 * _MOST_STEPS,
                "ftol": tolerance,
                "gtol": 1e-3,
            },
        )
        theta = found.x if np.isfinite(found.x).all() and found.fun < _FAILED_FIT else self._center
        return KernelParameters.unpack(np.asarray(theta, dtype=float), self._axes, self._warped)

    def _likelihood(self, covariance: Array, diagonal: float | Array) -> tuple[float, Array, float] | None:
        """The negative log likelihood, up to a constant, and what its gradient follows from; `None` if it fails.

        The gradient is half the trace of (inverse - weights weights') times the derivative of the covariance.

        Args:
            covariance: Of all pairs, shape `(pairs,)`.
            diagonal: Of each observation with itself.

        Returns:
            The value, that difference for all pairs, and the sum of its diagonal.
        """
        count = len(self._targets)
        flat = np.zeros(count * count)
        flat[self._below] = covariance
        flat[self._diagonal] = diagonal
        matrix = flat.reshape(count, count).T
        factor, failed = self._lapack.dpotrf(matrix, lower=1, clean=0, overwrite_a=1)
        if failed:
            return None
        weights, _ = self._lapack.dpotrs(factor, self._targets, lower=1)
        half_log_determinant = float(np.log(np.diagonal(factor)).sum())
        inverse, _ = self._lapack.dpotri(factor, lower=1, overwrite_c=1)
        excess = self._blas.dsyr(-1.0, weights, lower=1, a=inverse, overwrite_a=1)
        value = 0.5 * float(self._targets @ weights) + half_log_determinant
        return value, excess.ravel(order="K").take(self._below), float(np.trace(excess))

    def _half_gradient(self, factors_of_pairs: Array, points: Array) -> Array:
        """Of the sum over all pairs of a factor times the squared difference, by the points; each column by itself.

        Its product with the points is that sum.

        Args:
            factors_of_pairs: Shape `(pairs,)`.
            points: Shape `(observations, columns)`, as what is returned.
        """
        count = len(points)
        flat = np.zeros(count * count)
        flat[self._below] = factors_of_pairs
        factors = flat.reshape(count, count)
        factors = factors + factors.T
        return np.asarray(factors.sum(axis=1)[:, None] * points - factors @ points)


def fit(
    features: Array,
    axis_of_column: NDArray[np.intp],
    targets: Array,
    axes: int,
    noise_floor: float,
    warped: NDArray[np.intp] = NO_COLUMNS,
) -> Posterior:
    """Fit the kernel's parameters to the observations and return the process given both; see `Fit`."""
    return Fits().named("", warped)(features, axis_of_column, targets, axes, noise_floor)


Fitter = Callable[[Array, NDArray[np.intp], Array, int, float], Posterior]
"""Takes what `fit` takes, and returns the process."""


class Fits:
    """Fits several processes, and knows their kernels' parameters from then on: those of a name are found once.

    With a few observations more they are nearly the same, and to find them takes most of the time of a proposal.
    """

    def __init__(self) -> None:
        self._found: dict[str, KernelParameters] = {}

    def named(self, name: str, warped: NDArray[np.intp] = NO_COLUMNS) -> Fitter:
        """Gives the process of this name, whatever is known of its parameters by then.

        Args:
            warped: The columns whose scales are warped, as `Fit` has it.
        """

        def fitter(
            features: Array, axis_of_column: NDArray[np.intp], targets: Array, axes: int, noise_floor: float
        ) -> Posterior:
            parameters = self._found.get(name)
            if parameters is None or len(parameters.log_lengths) != axes:
                parameters = self._found[name] = _found(features, axis_of_column, targets, axes, noise_floor, warped)
            return Posterior(features, axis_of_column, targets, parameters, noise_floor)

        return fitter


def _found(
    features: Array,
    axis_of_column: NDArray[np.intp],
    targets: Array,
    axes: int,
    noise_floor: float,
    warped: NDArray[np.intp],
) -> KernelParameters:
    begin = None
    if len(targets) > _MANY:
        some = np.linspace(0, len(targets) - 1, _SOME).astype(np.intp)
        part = Fit(features[some], axis_of_column, targets[some], axes, noise_floor, warped)
        begin = part.best_parameters(None, _ROUGHLY)
    return Fit(features, axis_of_column, targets, axes, noise_floor, warped).best_parameters(begin)
