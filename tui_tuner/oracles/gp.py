"""A Gaussian process with a Matern 5/2 kernel and a length scale for each axis.

Inputs are feature columns that belong to axes: a number is one column, a category has one column for each of its
values, and both share the length scale of their axis. Distances are Euclidean, so the kernel is always a valid one.
`gp_fit` finds the kernel's parameters.

Source: Rasmussen and Williams, "Gaussian Processes for Machine Learning" (2006), chapter 2.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from tui_tuner.oracles.kernel_parameters import KernelParameters

Array = NDArray[np.float64]

_BELIEVED_NOISE = 1e-6
"""Variance of the noise of what is only believed, in units of the prior variance; not 0, for the sake of rounding."""


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
        self._scaled = self._in_lengths(features)
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
        cross = self._kernel(self._in_lengths(features))
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

    def _in_lengths(self, features: Array) -> Array:
        """Features on their warped scales, in units of the length scales."""
        warp = self.parameters.input_warp
        return (features if warp is None else warp(features)) * self._per_length

    def _kernel(self, scaled: Array) -> Array:
        """Covariance of each row with each observation, shape `(rows, observations)`."""
        return matern52(squared_distances(scaled, self._scaled), self._amplitude)


def squared_distances(rows: Array, others: Array) -> Array:
    """Of each row from each of the others, shape `(rows, others)`."""
    squared = rows @ others.T
    squared *= -2.0
    squared += np.einsum("ij,ij->i", rows, rows)[:, None]
    squared += np.einsum("ij,ij->i", others, others)[None, :]
    return np.maximum(squared, 0.0, out=squared)


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


def matern52_with_slope(five_squared: Array, amplitude: float) -> tuple[Array, Array]:
    """The same covariance with what its derivatives follow from, for a fit, which needs both.

    Args:
        five_squared: Five times the squared distances in units of the length scale; overwritten.

    Returns:
        Covariances, and -6 times their derivatives by what was given.
    """
    root = np.sqrt(five_squared, out=five_squared)
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
    return covariance, slope
