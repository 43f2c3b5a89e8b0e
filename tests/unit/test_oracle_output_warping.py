from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui_tuner.oracles.output_warping import (
    WARPS,
    Warp,
    clipped,
    logarithmic,
    mixed_logarithmic,
    ranked,
    standardized,
    unwarped,
    warp_in_turn,
)

finite = st.floats(allow_nan=False, allow_infinity=False)
each_warp = pytest.mark.parametrize("warp", WARPS, ids=lambda warp: warp.__name__)


@each_warp
@given(values=st.lists(finite, min_size=1, max_size=30))
@settings(max_examples=100, deadline=None)
def test_any_finite_values_become_finite_targets_in_the_same_order(warp: Warp, values: list[float]) -> None:
    array = np.array(values)
    targets = warp(array)
    assert targets.shape == array.shape
    assert np.isfinite(targets).all()
    assert (np.diff(targets[np.argsort(array, kind="stable")]) >= -1e-9).all()


@each_warp
def test_targets_are_standardised(warp: Warp) -> None:
    targets = warp(np.random.default_rng(0).lognormal(size=40))
    assert targets.mean() == pytest.approx(0.0, abs=1e-9)
    assert targets.std() == pytest.approx(1.0)


@each_warp
def test_equal_values_become_zero(warp: Warp) -> None:
    np.testing.assert_array_equal(warp(np.full(5, 7.0)), np.zeros(5))


@pytest.mark.parametrize("warp", [mixed_logarithmic, ranked, clipped, logarithmic])
def test_one_bad_trial_does_not_flatten_the_rest(warp: Warp) -> None:
    values = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 1e6])

    def spread(targets: np.ndarray) -> float:
        return float(targets[4] - targets[0])

    assert spread(warp(values)) > 0.2
    assert spread(standardized(values)) < 1e-5


def test_equal_values_share_their_rank() -> None:
    targets = ranked(np.array([1.0, 1.0, 2.0, 3.0]))
    assert targets[0] == targets[1] < targets[2] < targets[3]


def test_the_mixed_warp_is_linear_up_to_the_median() -> None:
    targets = mixed_logarithmic(np.array([0.0, 1.0, 2.0, 3.0, 100.0]))
    steps = np.diff(targets)
    assert steps[0] == pytest.approx(steps[1])
    assert steps[3] < 10 * steps[0]


@each_warp
def test_warped_numbers_go_back_to_where_they_came_from(warp: Warp) -> None:
    values = np.array([3.0, -2.0, 7.0, 100.0, 0.5, 0.25])
    targets = warp(values)
    assert unwarped(targets, targets, values) == pytest.approx(values)
    beyond = unwarped(np.array([targets.min() - 1.0, targets.max() + 1.0]), targets, values)
    assert beyond[0] < values.min() < values.max() < beyond[1]
    assert np.isfinite(beyond).all()


def test_of_equal_values_all_numbers_are_that_value() -> None:
    assert unwarped(np.array([-1.0, 0.0, 2.0]), np.zeros(3), np.full(3, 5.0)).tolist() == [5.0, 5.0, 5.0]


def test_what_is_far_from_the_best_counts_as_three_times_as_far_as_the_median() -> None:
    targets = clipped(np.array([0.0, 1.0, 2.0, 5.9, 6.0, 1e9, 1e300]))
    np.testing.assert_allclose(targets, standardized(np.array([0.0, 1.0, 2.0, 5.9, 6.0, 17.7, 17.7])))


@pytest.mark.parametrize("results", [0, 5, 49])
def test_few_results_are_only_warped_to_shapes_that_keep_distances(results: int) -> None:
    assert [warp_in_turn(number, results) for number in range(4)] == 2 * [mixed_logarithmic, clipped]


def test_many_results_are_warped_in_all_ways_in_turn() -> None:
    assert [warp_in_turn(number, 50) for number in range(3, 7)] == [WARPS[3], *WARPS[:3]]


def test_between_what_was_clipped_and_the_rest_lies_no_more_than_the_least_of_it() -> None:
    values = np.array([0.0, 1.0, 2.0, 2.5, 1e9, 6.5, 7.6])
    targets = clipped(values)
    between = np.linspace(targets[5], targets.max() - 1e-6, 5)
    assert (unwarped(between, targets, values) <= 7.6).all()
