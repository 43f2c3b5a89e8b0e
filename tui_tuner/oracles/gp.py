"""A Gaussian process with a Matern 5/2 kernel and a length scale for each axis, fitted by maximum a posteriori.

Inputs are feature columns that belong to axes: a number is one column, a category has one column for each of its
values, and both share the length scale of their axis. Distances are Euclidean, so the kernel is always a valid one.

Sources: Rasmussen and Williams, "Gaussian Processes for Machine Learning" (2006), chapters 2 and 5, for the posterior
and for the gradient of the marginal likelihood; Hvarfner et al., "Vanilla Bayesian Optimization Performs Great in
High Dimensions" (arXiv 2402.02229) for length scales that grow with the square root of the dimension. Theirs are 12
times as long: with shorter ones, and a scale of all of them that is learnt, far fewer trials were needed (see
docs/benchmarks.md).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_TYPICAL_LENGTH = 0.34
"""Of a space of one axis, where a number is as long as 1; the square root of the axes times that in one of several."""
_SPREAD_OF_SCALE, _SPREAD_OF_LENGTHS = 1.5, 0.8
"""Of the logarithms of the length scales: how much they differ all at once, from one function to another, and how much
among the axes of one. A few trials tell the first, and then an axis need not be known by itself."""
_TYPICAL_LOG_NOISE, _SPREAD_OF_NOISE = -4.0, 2.0
"""With less, what is noise would be taken for a function that changes fast."""
_FAILED_FIT = 1e25
_MANY, _SOME = 180, 120
"""Of more observations than this, so many are fitted first: from there the fit to all takes half the steps, which are
what a proposal's time goes into, and ends in a better optimum more often than in a worse one."""
_ROUGHLY, _PRECISELY = 1e-5, 1e-6
_MOST_STEPS = 50
_BELIEVED_NOISE = 1e-6
"""Variance of the noise of what is only believed, in units of the prior variance; not 0, for the sake of rounding."""


@dataclass(frozen=True)
class KernelParameters:
    """What a fit finds.

    Args:
        log_lengths: Natural logarithm of the length scale of each axis, shape `(axes,)`, in units of the features.
        log_amplitude: Logarithm of the prior variance of the function.
        log_noise: Logarithm of the variance of the noise that is added to the floor.
    """

    log_lengths: Array
    log_amplitude: float
    log_noise: float

    @staticmethod
    def typical(axes: int) -> KernelParameters:
        """The centre of the prior for this many axes."""
        center = math.log(_TYPICAL_LENGTH) + math.log(max(axes, 1)) / 2
        return KernelParameters(np.full(axes, center), 0.0, _TYPICAL_LOG_NOISE)

    def pack(self) -> Array:
        return np.concatenate([self.log_lengths, [self.log_amplitude, self.log_noise]])

    @staticmethod
    def unpack(theta: Array) -> KernelParameters:
        return KernelParameters(theta[:-2].copy(), float(theta[-2]), float(theta[-1]))


class Posterior:
    """The process given its observations.

    Args:
        features: Where the function was observed, shape `(observations, columns)`.
        axis_of_column: The axis of each feature column.
        targets: What was observed, shape `(observations,)`; standardised, as the prior expects.
        parameters: The kernel's parameters.
        noise_floor: The least variance of the noise.
        believed: How many of the last observations are taken for the function itself, without noise.
    """

    def __init__(
        self,
        features: Array,
        axis_of_column: NDArray[np.intp],
        targets: Array,
        parameters: KernelParameters,
        noise_floor: float,
        believed: int = 0,
    ) -> None:
        from scipy.linalg import lapack

        self.parameters = parameters
        self._axis_of_column = axis_of_column
        self._noise_floor = noise_floor
        self._features = features
        self._targets = targets
        self._amplitude = math.exp(parameters.log_amplitude)
        self._per_length = np.exp(-parameters.log_lengths)[axis_of_column]
        self._scaled = features * self._per_length
        covariance = self._kernel(self._scaled)
        count = len(targets)
        noise = np.full(count, math.exp(parameters.log_noise) + noise_floor)
        noise[count - believed :] = _BELIEVED_NOISE * self._amplitude
        jitter = 0.0
        while True:
            covariance[np.diag_indices(count)] = self._amplitude + noise + jitter
            factor, failed = lapack.dpotrf(covariance, lower=1, clean=1)
            if not failed:
                break
            jitter = max(10 * jitter, 1e-8 * self._amplitude)
        self._inverse_factor: Array = lapack.dtrtri(factor, lower=1)[0]
        self._weights: Array = self._inverse_factor.T @ (self._inverse_factor @ targets)

    def predict(self, features: Array) -> tuple[Array, Array]:
        """Mean and standard deviation of the function itself, without noise, at each row of `features`."""
        cross = self._kernel(features * self._per_length)
        mean = cross @ self._weights
        explained = cross @ self._inverse_factor.T
        variance = self._amplitude - np.einsum("ij,ij->i", explained, explained)
        return mean, np.sqrt(np.maximum(variance, 1e-12 * self._amplitude))

    def mean_at_observations(self) -> Array:
        """The posterior mean where the function was observed: the observations without their noise."""
        return self._kernel(self._scaled) @ self._weights

    def believing(self, features: Array) -> Posterior:
        """The process as it would be if the function were known at these rows, and were as predicted there.

        It is no different elsewhere, but nearby it is less uncertain: a second trial right beside a running one would
        tell next to nothing. This is the "kriging believer" of Ginsbourger et al. 2010, "Kriging Is Well-Suited to
        Parallelize Optimization", without noise: with it, what is predicted of a running trial would stay as uncertain
        as the noise is, and where that is large, trial after trial would be proposed at one place.
        """
        return Posterior(
            np.vstack([self._features, features]),
            self._axis_of_column,
            np.concatenate([self._targets, self.predict(features)[0]]),
            self.parameters,
            self._noise_floor,
            believed=len(features),
        )

    def _kernel(self, scaled: Array) -> Array:
        """Covariance of each row with each observation, shape `(rows, observations)`."""
        squared = scaled @ self._scaled.T
        squared *= -2.0
        squared += np.einsum("ij,ij->i", scaled, scaled)[:, None]
        squared += np.einsum("ij,ij->i", self._scaled, self._scaled)[None, :]
        np.maximum(squared, 0.0, out=squared)
        return matern52(squared, self._amplitude)


def matern52(squared_distance: Array, amplitude: float) -> Array:
    """The Matern 5/2 covariance of squared distances in units of the length scale. Overwrites its argument."""
    root = np.sqrt(squared_distance, out=squared_distance)
    root *= math.sqrt(5)
    covariance = root * root
    covariance /= 3.0
    covariance += root
    covariance += 1.0
    np.negative(root, out=root)
    np.exp(root, out=root)
    covariance *= root
    covariance *= amplitude
    return covariance


class Fit:
    """The negative log posterior of the kernel's parameters, with its gradient, for one set of observations.

    Args:
        features: Shape `(observations, columns)`.
        axis_of_column: The axis of each feature column.
        targets: Shape `(observations,)`, standardised.
        axes: Number of axes.
        noise_floor: The least variance of the noise, of all observations or of each.
    """

    def __init__(
        self, features: Array, axis_of_column: NDArray[np.intp], targets: Array, axes: int, noise_floor: float | Array
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
        for column, axis in zip(features.T.copy(), axis_of_column, strict=True):
            difference = column.take(self._rows)
            difference -= column.take(self._columns)
            difference *= difference
            by_axis[axis] += difference
        self._squared_by_axis = by_axis
        self._center = KernelParameters.typical(axes).pack()
        self._precision = _precision_of_prior(axes)

    def negative_log_posterior(self, theta: Array) -> tuple[float, Array]:
        """Value and gradient at packed parameters, up to a constant."""
        count = len(self._targets)
        per_squared_length = np.exp(-2.0 * theta[:-2])
        amplitude, noise = math.exp(theta[-2]), math.exp(theta[-1])
        # In place: what these arrays are long, a new one each time would take longer than the arithmetic.
        root = (5.0 * per_squared_length) @ self._squared_by_axis
        np.sqrt(root, out=root)
        decay = np.negative(root)
        np.exp(decay, out=decay)
        decay *= amplitude
        slope = root + 1.0
        slope *= decay
        covariance = root
        covariance *= root
        covariance *= decay
        covariance /= 3.0
        covariance += slope
        flat = np.zeros(count * count)
        flat[self._below] = covariance
        flat[self._diagonal] = amplitude + noise + self._noise_floor
        matrix = flat.reshape(count, count).T
        factor, failed = self._lapack.dpotrf(matrix, lower=1, clean=0, overwrite_a=1)
        if failed:
            return _FAILED_FIT, np.zeros_like(theta)
        weights, _ = self._lapack.dpotrs(factor, self._targets, lower=1)
        half_log_determinant = float(np.log(np.diagonal(factor)).sum())
        inverse, _ = self._lapack.dpotri(factor, lower=1, overwrite_c=1)
        excess = self._blas.dsyr(-1.0, weights, lower=1, a=inverse, overwrite_a=1)
        # The gradient is half the trace of (inverse - weights weights') times the derivative of the covariance.
        off_diagonal = excess.ravel(order="K").take(self._below)
        on_diagonal = float(np.trace(excess))
        gradient = np.empty_like(theta)
        gradient[-2] = off_diagonal @ covariance + 0.5 * on_diagonal * amplitude
        off_diagonal *= slope
        gradient[:-2] = (5.0 / 3.0) * per_squared_length * (self._squared_by_axis @ off_diagonal)
        gradient[-1] = 0.5 * on_diagonal * noise
        from_center = theta - self._center
        pull = self._precision @ from_center
        value = 0.5 * float(self._targets @ weights) + half_log_determinant + 0.5 * float(from_center @ pull)
        return value, gradient + pull

    def best_parameters(self, begin: KernelParameters | None = None, tolerance: float = _PRECISELY) -> KernelParameters:
        """The parameters that L-BFGS finds; they depend on nothing but the observations and where it begins.

        Args:
            begin: Where; by default at the centre of the prior.
            tolerance: It ends where a step gains less than this share.
        """
        from scipy.optimize import minimize

        axes = len(self._center) - 2
        bounds = [(math.log(1e-2), math.log(1e3))] * axes + [(-7.0, 7.0), (-16.0, 3.0)]
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
        return KernelParameters.unpack(np.asarray(theta, dtype=float))


def _precision_of_prior(axes: int) -> Array:
    """The inverse covariance of packed parameters under their prior, shape `(axes + 2, axes + 2)`."""
    covariance = np.diag([_SPREAD_OF_LENGTHS**2] * axes + [1.0, _SPREAD_OF_NOISE**2])
    covariance[:axes, :axes] += _SPREAD_OF_SCALE**2
    return np.linalg.inv(covariance)


def fit(features: Array, axis_of_column: NDArray[np.intp], targets: Array, axes: int, noise_floor: float) -> Posterior:
    """Fit the kernel's parameters to the observations and return the process given both."""
    return Fits().named("")(features, axis_of_column, targets, axes, noise_floor)


Fitter = Callable[[Array, NDArray[np.intp], Array, int, float], Posterior]
"""Takes what `fit` takes, and returns the process."""


class Fits:
    """Fits several processes, and knows their kernels' parameters from then on: those of a name are found once.

    With a few observations more they are nearly the same, and to find them takes most of the time of a proposal.
    """

    def __init__(self) -> None:
        self._found: dict[str, KernelParameters] = {}

    def named(self, name: str) -> Fitter:
        """Gives the process of this name, whatever is known of its parameters by then."""

        def fitter(
            features: Array, axis_of_column: NDArray[np.intp], targets: Array, axes: int, noise_floor: float
        ) -> Posterior:
            parameters = self._found.get(name)
            if parameters is None or len(parameters.log_lengths) != axes:
                parameters = self._found[name] = _found(features, axis_of_column, targets, axes, noise_floor)
            return Posterior(features, axis_of_column, targets, parameters, noise_floor)

        return fitter


def _found(
    features: Array, axis_of_column: NDArray[np.intp], targets: Array, axes: int, noise_floor: float
) -> KernelParameters:
    begin = None
    if len(targets) > _MANY:
        some = np.linspace(0, len(targets) - 1, _SOME).astype(np.intp)
        begin = Fit(features[some], axis_of_column, targets[some], axes, noise_floor).best_parameters(None, _ROUGHLY)
    return Fit(features, axis_of_column, targets, axes, noise_floor).best_parameters(begin)
