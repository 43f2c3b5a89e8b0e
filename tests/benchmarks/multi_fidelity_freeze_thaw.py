"""A freeze-and-thaw search: after every few epochs it is decided anew which training goes on, or that one begins.

Source: Swersky, Snoek and Adams 2014, "Freeze-Thaw Bayesian Optimization" (arXiv 1406.3896): a Gaussian process of what
curves tend to, over configurations, and one for each curve. What is maximised here is simpler, and our own: the
expected improvement at the end of a training for each epoch that finding out is expected to cost. It runs one trial at
a time and knows no failures. Beside `asha` it was not better on all tasks, see docs/benchmarks.md.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from benchmarks.multi_fidelity_curves import Curve, CurveModel, Epochs, fit_curves
from benchmarks.multi_fidelity_tasks import EPOCHS, Curves
from benchmarks.search_quality_methods import apart
from numpy.typing import NDArray
from scipy.special import ndtr

from tui_tuner.oracles.acquisition import CandidateSearch, log_expected_improvement
from tui_tuner.oracles.blas import one_blas_thread
from tui_tuner.oracles.design import initial_design
from tui_tuner.oracles.features import Features
from tui_tuner.oracles.gp import matern52
from tui_tuner.oracles.gp_fit import Fit
from tui_tuner.oracles.kernel_parameters import KernelParameters
from tui_tuner.oracles.model_proposals import INITIAL_POINTS
from tui_tuner.oracles.region import Region
from tui_tuner.space import HyperParameters
from tui_tuner.space.encoding import Encoded, SpaceEncoding

Array = NDArray[np.float64]

_STEP = 2
_NOISE_FLOOR = 1e-4
_FITTED_BEST, _FITTED_RANDOM = 60, 40
_CURVES = 80
_BEST, _LATEST = 150, 100
_BEST_CENTERS = 5
_STEADY = 12
_GROWTH = 1.1
"""Parameters are fitted after each result at first, and later whenever there are a tenth more."""


def freeze_thaw(curves: Curves, seed: int, watch: Callable[[Callable[[], Any]], Any]) -> Iterator[float]:
    """The values of the epochs that are trained, one after another."""
    hp = HyperParameters()
    curves.task.define(hp)
    search = _Search(hp, apart(seed))
    while True:
        run: _Run = watch(search.next)
        values = curves.curve(search.region.decode(run.point))
        step = values[len(run.epochs) :][:_STEP].tolist()
        yield from step
        for value in step:
            run.epochs.append(len(run.epochs) + 1)
            run.values.append(min([value, *run.values[-1:]]))


@dataclass
class _Run:
    """A training: the epochs that it had, and the best up to each of them, to be minimised."""

    point: Array
    epochs: list[int]
    values: list[float]


class _Search:
    def __init__(self, space: HyperParameters, seed: int) -> None:
        self.region = Region(SpaceEncoding(space))
        self._seed = seed
        self._runs: list[_Run] = []
        self._steps = 0
        self._refit_after = 0
        self._parameters: tuple[CurveModel, KernelParameters] | None = None
        self._design = self.region.canonical(initial_design(self.region.encoding, INITIAL_POINTS, seed)).points

    def next(self) -> _Run:
        """The training that goes on, or a new one."""
        if len(self._runs) < len(self._design):
            run = _Run(self._design[len(self._runs)], [], [])
        else:
            with one_blas_thread():
                run = self._most_promising()
        self._steps += 1
        if not run.epochs:
            self._runs.append(run)
        return run

    def _most_promising(self) -> _Run:
        rng = np.random.default_rng([self._seed, self._steps])
        runs = self._looked_at()
        encoded = self.region.canonical(np.array([run.point for run in runs]))
        curves = [Curve(tuple(run.epochs), np.array(run.values)) for run in runs]
        if self._parameters is None or self._steps >= self._refit_after:
            self._parameters = _fit(self.region.encoding, encoded, curves, rng)
            self._refit_after = self._steps + (1 if self._steps < _STEADY else math.ceil(self._steps * (_GROWTH - 1)))
        promise = _Promise(self.region.encoding, encoded, curves, *self._parameters)
        tried = {run.point.tobytes() for run in self._runs}
        search = CandidateSearch(
            self.region,
            lambda points: np.array([point.tobytes() in tried for point in points], dtype=bool),
            promise.beginning,
            rng,
        )
        point = search.best_around(encoded.points[np.argsort(promise.mean, kind="stable")[:_BEST_CENTERS]])
        waiting = [number for number, run in enumerate(runs) if run.epochs[-1] < EPOCHS]
        going_on = promise.going_on(waiting)
        best = int(going_on.argmax()) if waiting else None
        if best is not None and (
            point is None or going_on[best] >= promise.beginning(self.region.canonical(point[None, :]))[0]
        ):
            return runs[waiting[best]]
        assert point is not None, "the space is exhausted"
        return _Run(point, [], [])

    def _looked_at(self) -> list[_Run]:
        """The best and the latest: the cost is bounded."""
        if len(self._runs) <= _BEST + _LATEST:
            return self._runs
        best = set(np.argsort([run.values[-1] for run in self._runs], kind="stable")[:_BEST].tolist())
        late = len(self._runs) - _LATEST
        return [run for number, run in enumerate(self._runs) if number in best or number >= late]


class _Scale:
    """How values are seen: standardised, linear from the best to the median and logarithmic beyond it."""

    def __init__(self, curves: Sequence[Curve]) -> None:
        last = np.array([curve.values[-1] for curve in curves])
        self._best = float(last.min())
        gaps = last - self._best
        self._median = float(np.median(gaps)) or float(gaps.max()) or 1.0
        seen = self._shape(last)
        self._center, self._spread = float(seen.mean()), float(seen.std()) or 1.0
        self.best = float((seen.min() - self._center) / self._spread)

    def __call__(self, curve: Curve) -> Curve:
        return Curve(curve.epochs, (self._shape(curve.values) - self._center) / self._spread)

    def _shape(self, values: Array) -> Array:
        gaps = (values - self._best) / self._median
        return np.where(gaps <= 1.0, gaps, 1.0 + np.log(np.maximum(gaps, 1.0)))


class _Promise:
    """What going on with each training promises, and what a new one does.

    Args:
        encoding: The search space.
        encoded: The configurations.
        curves: How the training of each has gone.
        model: What curves have in common.
        kernel: Parameters of the process of what they tend to.
    """

    def __init__(
        self,
        encoding: SpaceEncoding,
        encoded: Encoded,
        curves: Sequence[Curve],
        model: CurveModel,
        kernel: KernelParameters,
    ) -> None:
        self._features = Features(encoding)
        self._model = model
        scale = _Scale(curves)
        self._best = scale.best
        self._curves = list(map(scale, curves))
        targets, noise, self._center, self._spread = _tendencies(model, self._curves)
        self._amplitude = math.exp(kernel.log_amplitude)
        self._own_noise = math.exp(kernel.log_noise) + _NOISE_FLOOR
        self._per_length = np.exp(-kernel.log_lengths)[self._features.axis_of_column]
        self._rows = self._features(encoded) * self._per_length
        self._inverse = np.linalg.inv(self._covariance(self._rows) + np.diag(noise + self._own_noise))
        self._weights = self._inverse @ targets
        # What others say of each, leaving room for how much it differs from what is near it (Rasmussen and Williams
        # 2006, section 5.4.2, for leaving one out), and what its own curve says.
        certainty = np.diag(self._inverse)
        variance = np.maximum(1.0 / certainty - noise, 1e-8)
        precision = 1.0 / variance + 1.0 / noise
        mean = ((targets - self._weights / certainty) / variance + targets / noise) / precision
        self.mean, self._variance = mean * self._spread + self._center, self._spread**2 / precision

    def going_on(self, waiting: Sequence[int]) -> Array:
        """The promise of each of these trainings, shape `(waiting,)`; more is better."""
        promise = np.empty(len(waiting))
        groups: dict[Epochs, list[int]] = {}
        for place, number in enumerate(waiting):
            groups.setdefault(self._curves[number].epochs, []).append(place)
        for epochs, places in groups.items():
            numbers = [waiting[place] for place in places]
            values = np.array([self._curves[number].values for number in numbers])
            expected = self._model.ahead(epochs, values, self.mean[numbers], self._variance[numbers], EPOCHS)
            promise[places] = self._worth(*expected, EPOCHS - epochs[-1])
        return promise

    def beginning(self, encoded: Encoded) -> Array:
        """The promise of a new training of each of these configurations, shape `(configurations,)`."""
        cross = self._covariance(self._features(encoded) * self._per_length)
        mean = cross @ self._weights * self._spread + self._center
        explained = np.einsum("ij,jk,ik->i", cross, self._inverse, cross, optimize=True)
        variance = np.maximum(self._amplitude - explained, 0.0) + self._own_noise
        nothing = np.zeros((len(mean), 0))
        return self._worth(*self._model.ahead((), nothing, mean, variance * self._spread**2, EPOCHS), EPOCHS)

    def _worth(self, mean: Array, variance: Array, epochs: int) -> Array:
        """Logarithm of the expected improvement for each epoch of cost: of a step, which is what it takes to find out,
        and of all further epochs if it turns out to be an improvement, which is as likely as it is one."""
        deviation = np.sqrt(variance)
        cost = _STEP + ndtr((self._best - mean) / deviation) * epochs
        return np.asarray(log_expected_improvement(mean, deviation, self._best) - np.log(cost))

    def _covariance(self, rows: Array) -> Array:
        gaps = rows[:, None, :] - self._rows[None, :, :]
        return matern52(np.einsum("ijk,ijk->ij", gaps, gaps), self._amplitude)


def _fit(
    encoding: SpaceEncoding, encoded: Encoded, curves: Sequence[Curve], rng: np.random.Generator
) -> tuple[CurveModel, KernelParameters]:
    """The parameters of both processes, one after the other."""
    seen = list(map(_Scale(curves), curves))
    model = fit_curves(seen[-_CURVES:], 1.5 * _STEP)
    targets, noise, *_ = _tendencies(model, seen)
    order = np.argsort(targets, kind="stable")
    if len(order) > _FITTED_BEST + _FITTED_RANDOM:
        drawn = rng.choice(order[_FITTED_BEST:], _FITTED_RANDOM, replace=False)
        order = np.concatenate([order[:_FITTED_BEST], drawn])
    features = Features(encoding)
    rows = features(encoded)[order]
    fit = Fit(rows, features.axis_of_column, targets[order], features.axes, noise[order] + _NOISE_FLOOR)
    return model, fit.best_parameters()


def _tendencies(model: CurveModel, curves: Sequence[Curve]) -> tuple[Array, Array, float, float]:
    """What each curve alone tells of what it tends to, standardised, the variance of the noise of that, and what was
    taken off and divided by."""
    each = np.array([model.tendency(curve) for curve in curves])
    center, spread = float(each[:, 0].mean()), max(float(each[:, 0].std()), 1e-6)
    return (each[:, 0] - center) / spread, each[:, 1] / spread**2, center, spread
