"""Scales that are stretched where a function changes fast, and what a fit finds of them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.models import settings_of_models, slopes_by_differences
from support.oracle_runs import Runner, continuous_space

from tui_tuner.oracles import AshaOracle, BayesianOptimizationOracle, Objective, Oracle
from tui_tuner.oracles.gp import Array
from tui_tuner.oracles.gp_fit import Fit, fit
from tui_tuner.oracles.input_warping import InputWarp, kumaraswamy, warps_inputs
from tui_tuner.oracles.kernel_parameters import KernelParameters

AXES = np.array([0, 1, 2, 2])
WARPED = np.array([0, 1])
shapes = st.floats(-1.5, 1.5)


def cliff(count: int = 40, seed: int = 0) -> tuple[Array, Array]:
    """Two numbers and a category; nearly all happens in the last tenth of the first number."""
    rng = np.random.default_rng(seed)
    features = np.column_stack([rng.random((count, 2)), np.zeros((count, 2))])
    features[np.arange(count), 2 + rng.integers(2, size=count)] = math.sqrt(0.5)
    targets = np.sin(6 * features[:, 0] ** 8) + 0.3 * features[:, 1] + features[:, 2]
    return features, (targets - targets.mean()) / targets.std()


@given(log_a=shapes, log_b=shapes)
@settings(max_examples=50, deadline=None)
def test_a_scale_keeps_its_ends_and_its_order(log_a: float, log_b: float) -> None:
    points = np.linspace(0, 1, 101)[:, None]
    warped = kumaraswamy(points, np.array([log_a]), np.array([log_b]))[0][:, 0]
    assert (np.diff(warped) >= 0.0).all()
    assert warped[0] == pytest.approx(0.0, abs=0.02)
    assert warped[-1] == pytest.approx(1.0, abs=0.02)


def test_the_middle_of_the_prior_changes_nothing() -> None:
    points = np.random.default_rng(0).random((20, 3))
    np.testing.assert_allclose(kumaraswamy(points, np.zeros(3), np.zeros(3))[0], points, atol=1e-5)


def test_what_is_no_number_stays_as_it_is() -> None:
    features, _ = cliff()
    warped = InputWarp(WARPED, np.array([0.7, 0.0]), np.array([0.0, -0.4]))(features)
    np.testing.assert_array_equal(warped[:, 2:], features[:, 2:])
    assert (warped[:, 0] < features[:, 0]).all()
    assert (warped[:, 1] < features[:, 1]).all()


@pytest.mark.parametrize("seed", range(3))
def test_the_gradient_is_that_of_finite_differences(seed: int) -> None:
    features, targets = cliff()
    problem = Fit(features, AXES, targets, 3, 1e-4, WARPED)
    theta = KernelParameters.typical(3, WARPED).pack()
    theta += np.random.default_rng(seed).normal(scale=0.4, size=9)
    _, gradient = problem.negative_log_posterior(theta)
    assert gradient.tolist() == pytest.approx(slopes_by_differences(problem, theta), rel=1e-4, abs=1e-5)


def test_without_a_warp_the_posterior_is_that_of_a_fit_without() -> None:
    features, targets = cliff()
    theta = KernelParameters.typical(3).pack() + 0.2
    plain, slopes = Fit(features, AXES, targets, 3, 1e-4).negative_log_posterior(theta)
    warped, more = Fit(features, AXES, targets, 3, 1e-4, WARPED).negative_log_posterior(np.append(theta, np.zeros(4)))
    assert warped == pytest.approx(plain, rel=1e-3)
    np.testing.assert_allclose(more[:5], slopes, rtol=1e-2, atol=1e-3)


@pytest.mark.parametrize("seed", range(3))
def test_a_scale_on_which_all_happens_at_one_end_is_stretched_there(seed: int) -> None:
    features, targets = cliff(60, seed)
    probe, expected = cliff(200, seed + 100)
    plain, warped = fit(features, AXES, targets, 3, 1e-4), fit(features, AXES, targets, 3, 1e-4, WARPED)
    assert warped.parameters.input_warp is not None
    first = warped.parameters.input_warp.log_a[0]
    assert first > 0.3
    errors = [float(np.sqrt(np.mean((each.predict(probe)[0] - expected) ** 2))) for each in (plain, warped)]
    assert errors[1] < errors[0]


def test_many_observations_are_fitted_with_warps_from_where_some_end() -> None:
    features, targets = cliff(250)
    problem = Fit(features, AXES, targets, 3, 1e-4, WARPED)

    def value(parameters: KernelParameters) -> float:
        assert parameters.input_warp is not None
        return problem.negative_log_posterior(parameters.pack())[0]

    found = fit(features, AXES, targets, 3, 1e-4, WARPED).parameters
    assert value(found) < value(problem.best_parameters()) + 0.5


def test_believing_changes_no_prediction_on_warped_scales() -> None:
    features, targets = cliff()
    posterior = fit(features, AXES, targets, 3, 1e-4, WARPED)
    running, probe = features[:1] * 0.9, features[1:4] * 0.95
    believing = posterior.believing(running)
    np.testing.assert_allclose(believing.predict(probe)[0], posterior.predict(probe)[0], atol=1e-3)
    assert believing.predict(running)[1] < 0.5 * posterior.predict(running)[1]


@pytest.mark.parametrize("targets", [np.zeros(20), np.append(np.zeros(19), 4.2)], ids=["equal", "one outlier"])
def test_odd_targets_and_repeated_points_are_survived(targets: Array) -> None:
    posterior = fit(np.tile([0.0, 1.0], (20, 1)), np.arange(2), targets, 2, 0.0, np.arange(2))
    mean, deviation = posterior.predict(np.array([[0.0, 1.0], [1.0, 0.0]]))
    assert np.isfinite(mean).all()
    assert (deviation > 0).all()


def test_few_results_are_not_warped_and_then_warps_take_turns() -> None:
    assert not any(warps_inputs(number, 14) for number in range(8))
    assert [warps_inputs(number, 15) for number in range(20, 28)] == [True, True, False, False] * 2
    assert all(warps_inputs(number, 50) for number in range(8))


@pytest.mark.parametrize(
    ("oracle_class", "warps"), [(BayesianOptimizationOracle, {False, True}), (AshaOracle, {False})]
)
def test_only_models_of_whole_trainings_are_warped(
    oracle_class: type[Oracle], warps: set[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    given = settings_of_models(monkeypatch)
    oracle = oracle_class(
        objective=Objective("score", "min"), max_trials=22, hyperparameters=continuous_space(), seed=0
    )
    Runner(oracle).run()
    assert {each["warps_inputs"] for each in given} == warps
