from __future__ import annotations

import math

import numpy as np
import pytest
from support.models import slopes_by_differences

from tui_tuner.oracles.gp import Array, Posterior, matern52
from tui_tuner.oracles.gp_fit import Fit, fit
from tui_tuner.oracles.kernel_parameters import KernelParameters

AXES = np.arange(3)


def data(count: int = 25, seed: int = 0) -> tuple[Array, Array]:
    """A function of which the third axis is no part."""
    features = np.random.default_rng(seed).random((count, 3))
    targets = np.sin(5 * features[:, 0]) + features[:, 1] ** 2
    return features, (targets - targets.mean()) / targets.std()


def test_the_kernel_is_matern_five_halves() -> None:
    distance = np.array([0.0, 0.3, 2.0])
    root = math.sqrt(5) * distance
    expected = 1.7 * (1 + root + root**2 / 3) * np.exp(-root)
    np.testing.assert_allclose(matern52(distance**2, 1.7), expected)


@pytest.mark.parametrize("seed", range(3))
def test_the_gradient_is_that_of_finite_differences(seed: int) -> None:
    features, targets = data()
    posterior = Fit(features, AXES, targets, 3, 1e-4)
    theta = KernelParameters.typical(3).pack() + np.random.default_rng(seed).normal(scale=0.5, size=5)
    _, gradient = posterior.negative_log_posterior(theta)
    assert gradient.tolist() == pytest.approx(slopes_by_differences(posterior, theta), rel=1e-4, abs=1e-5)


def test_columns_of_one_axis_share_its_length_scale() -> None:
    features, targets = data()
    shared = Fit(features, np.array([0, 1, 1]), targets, 2, 1e-4)
    theta = KernelParameters.typical(2).pack()
    _, gradient = shared.negative_log_posterior(theta)
    assert gradient[1] == pytest.approx(slopes_by_differences(shared, theta)[1], rel=1e-4)


def test_the_posterior_interpolates_and_is_sure_where_it_was_told() -> None:
    features, targets = data()
    posterior = fit(features, AXES, targets, 3, 1e-6)
    mean, deviation = posterior.predict(features)
    np.testing.assert_allclose(mean, targets, atol=0.02)
    np.testing.assert_allclose(posterior.mean_at_observations(), mean, atol=1e-9)
    _, elsewhere = posterior.predict(np.full((1, 3), 3.0))
    assert deviation.max() < 0.1 * elsewhere[0]


def test_it_predicts_what_it_has_not_seen() -> None:
    features, targets = data(60)
    posterior = fit(features[:40], AXES, targets[:40], 3, 1e-4)
    mean, deviation = posterior.predict(features[40:])
    assert np.abs(mean - targets[40:]).max() < 0.2
    assert (np.abs(mean - targets[40:]) < 4 * deviation + 0.02).all()


def test_an_axis_that_does_not_matter_gets_the_longest_scale() -> None:
    features, targets = data(40)
    lengths = Fit(features, AXES, targets, 3, 1e-4).best_parameters().log_lengths
    assert lengths.argmax() == 2
    assert lengths.argmin() == 0


def test_noise_is_learnt() -> None:
    rng = np.random.default_rng(1)
    features = rng.random((80, 1))
    clean = np.sin(4 * features[:, 0])
    noisy = clean + rng.normal(scale=0.5, size=80)
    axis = np.zeros(1, dtype=np.intp)
    learnt = [Fit(features, axis, each, 1, 1e-6).best_parameters().log_noise for each in (clean, noisy)]
    assert math.exp(learnt[0]) < 0.01
    assert math.exp(learnt[1]) == pytest.approx(0.25, rel=0.4)


def test_the_fit_lowers_what_it_minimises_and_depends_on_nothing_else() -> None:
    features, targets = data()
    problem = Fit(features, AXES, targets, 3, 1e-4)
    found, again = problem.best_parameters().pack(), problem.best_parameters().pack()
    np.testing.assert_array_equal(found, again)
    start = problem.negative_log_posterior(KernelParameters.typical(3).pack())[0]
    assert problem.negative_log_posterior(found)[0] < start - 1.0


@pytest.mark.parametrize("seed", range(3))
def test_the_fit_to_many_is_no_worse_for_beginning_with_some(seed: int) -> None:
    features, targets = data(250, seed)
    targets = targets + 0.1 * np.random.default_rng(seed).normal(size=250)
    problem = Fit(features, AXES, targets, 3, 1e-4)
    at_once = problem.negative_log_posterior(problem.best_parameters().pack())[0]
    found = fit(features, AXES, targets, 3, 1e-4).parameters.pack()
    assert problem.negative_log_posterior(found)[0] < at_once + 0.05


def test_believing_makes_sure_and_changes_no_prediction() -> None:
    features, targets = data()
    posterior = fit(features, AXES, targets, 3, 1e-4)
    running, probe = np.array([[0.9, 0.9, 0.9]]), np.array([[0.9, 0.85, 0.9]])
    believing = posterior.believing(running)
    assert believing.predict(probe)[0] == pytest.approx(posterior.predict(probe)[0], abs=1e-3)
    assert believing.predict(running)[1] < 0.5 * posterior.predict(running)[1]


@pytest.mark.parametrize("log_noise", [-9.0, 0.0])
def test_what_is_believed_is_sure_however_large_the_noise_is(log_noise: float) -> None:
    """Or else trial after trial would be proposed where one runs."""
    features, targets = data()
    posterior = Posterior(features, AXES, targets, KernelParameters(np.zeros(3), 0.0, log_noise), 1e-4)
    running = np.full((2, 3), 0.9)  # twice the same, as a repeated trial is
    believing = posterior.believing(running)
    assert believing.predict(running)[1].max() < 0.01
    assert believing.predict(np.zeros((1, 3)))[1] == pytest.approx(posterior.predict(np.zeros((1, 3)))[1], rel=0.05)


@pytest.mark.parametrize(
    "targets",
    [np.zeros(6), np.array([0.0, 0, 0, 0, 0, 2.4]), np.array([-1.0, 1, -1, 1, -1, 1])],
    ids=["equal", "one outlier", "contradicting"],
)
def test_repeated_points_and_odd_targets_are_survived(targets: Array) -> None:
    posterior = fit(np.full((6, 2), 0.5), np.arange(2), targets, 2, 0.0)
    mean, deviation = posterior.predict(np.array([[0.5, 0.5], [0.0, 1.0]]))
    assert np.isfinite(mean).all()
    assert np.isfinite(deviation).all()
    assert (deviation > 0).all()


def test_a_covariance_that_cannot_be_factored_is_mended() -> None:
    parameters = KernelParameters(np.array([8.0]), 3.0, -60.0)
    features = np.linspace(0, 1e-6, 30)[:, None]
    posterior = Posterior(features, np.zeros(1, dtype=np.intp), np.ones(30), parameters, 0.0)
    assert posterior.predict(features)[0] == pytest.approx(1.0, abs=0.05)


def test_one_observation_is_enough() -> None:
    mean, deviation = fit(np.zeros((1, 2)), np.arange(2), np.zeros(1), 2, 1e-4).predict(np.array([[0.0, 0], [1, 1]]))
    assert mean == pytest.approx([0.0, 0.0])
    assert deviation[0] < deviation[1]


def test_length_scales_are_alike_before_much_is_known() -> None:
    """A few observations of a function that changes fast along one axis make the others short, too."""
    features = np.random.default_rng(4).random((8, 3))
    lengths = Fit(features, AXES, np.sin(20 * features[:, 0]), 3, 1e-4).best_parameters().log_lengths
    assert (lengths < KernelParameters.typical(3).log_lengths).all()


@pytest.mark.parametrize("seed", range(4))
def test_noise_is_not_taken_for_a_function_that_changes_fast(seed: int) -> None:
    features, targets = data(40, seed)
    noisy = targets + 0.3 * np.random.default_rng(seed + 1).normal(size=40)
    found = fit(features, AXES, noisy, 3, 1e-4).parameters.log_noise
    assert found == pytest.approx(math.log(0.3**2), abs=1.0)


def test_what_is_exact_is_not_taken_for_noise() -> None:
    features, targets = data(40)
    assert fit(features, AXES, targets, 3, 1e-6).parameters.log_noise < -9.0
