"""Learning curves: what is drawn of them, in fewer points and with round ticks."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.fake_source import VAL_ACCURACY, make_epochs

from tui_tuner.analysis.curves import base_metrics, best_point, curves
from tui_tuner.analysis.downsample import downsample
from tui_tuner.analysis.ticks import linear_scale, log_scale, whole_scale
from tui_tuner.engine.view import EpochView, Objective

FINITE = st.floats(min_value=-1e150, max_value=1e150)


def epochs_of(values: list[float], metric: str = "loss", execution: int = 0) -> list[EpochView]:
    return [EpochView(execution, index, 0.0, 1.0, {metric: value}) for index, value in enumerate(values)]


def test_the_objective_comes_first_and_the_loss_second() -> None:
    epochs = [EpochView(0, 0, 0.0, 1.0, {"auc": 1, "val_auc": 1, "loss": 1, "val_accuracy": 1})]
    assert base_metrics(epochs, VAL_ACCURACY) == ["accuracy", "loss", "auc"]
    assert base_metrics([], VAL_ACCURACY) == []


def test_training_and_validation_are_found_for_every_execution() -> None:
    epochs = [*make_epochs(0, 3), *make_epochs(1, 2, execution=1)]
    found = curves(epochs, "accuracy")
    assert [(curve.metric, curve.execution, len(curve.points)) for curve in found] == [
        ("accuracy", 0, 3),
        ("val_accuracy", 0, 3),
        ("accuracy", 1, 2),
        ("val_accuracy", 1, 2),
    ]
    assert [curve.is_validation for curve in found] == [False, True, False, True]


@given(st.lists(st.floats(), min_size=1, max_size=20), st.booleans())
def test_what_cannot_be_drawn_is_left_out_and_counted(values: list[float], log: bool) -> None:
    (curve,) = curves(epochs_of(values), "loss", log=log)
    assert all(math.isfinite(y) and (y > 0 or not log) for _, y in curve.points)
    assert len(curve.points) + curve.dropped == len(values)


def test_the_best_point_is_the_first_of_equals() -> None:
    (curve,) = curves(epochs_of([0.3, 0.1, 0.1, 0.2]), "loss")
    assert best_point(curve, Objective("loss", "min")) == (2.0, 0.1)
    (empty,) = curves(epochs_of([math.nan]), "loss")
    assert best_point(empty, VAL_ACCURACY) is None


@given(st.lists(FINITE, max_size=500), st.integers(min_value=1, max_value=60))
def test_thinning_keeps_the_extremes_the_ends_and_the_order(values: list[float], buckets: int) -> None:
    points = [(float(index), value) for index, value in enumerate(values)]
    thinned = downsample(points, buckets)
    assert len(thinned) <= min(len(points), 2 * buckets + 2)
    assert thinned == sorted(thinned, key=lambda point: point[0])
    assert set(thinned) <= set(points)
    if points:
        assert (thinned[0], thinned[-1]) == (points[0], points[-1])
        assert {min(values), max(values)} <= {y for _, y in thinned}


def test_thinning_needs_a_bucket() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        downsample([(0.0, 0.0)], 0)


@given(FINITE, FINITE, st.integers(min_value=1, max_value=20))
def test_a_linear_axis_covers_its_values_with_few_labelled_ticks(one: float, other: float, count: int) -> None:
    low, high = min(one, other), max(one, other)
    scale = linear_scale(low, high, count)
    assert scale.low < scale.high
    assert scale.low <= low
    assert scale.high >= high
    assert len(scale.ticks) == len(scale.labels) <= 3 * count + 3
    assert all(math.isfinite(tick) for tick in scale.ticks)


@pytest.mark.parametrize(
    ("low", "high", "count", "labels"),
    [
        (0.0, 1.0, 5, ("0.0", "0.2", "0.4", "0.6", "0.8", "1.0")),
        (0.61, 0.75, 7, ("0.62", "0.64", "0.66", "0.68", "0.70", "0.72", "0.74")),
        (-100.0, 100.0, 4, ("-100", "-50", "0", "50", "100")),
        (0.0, 1e-5, 2, ("0", "5e-6", "1e-5")),
        (0.0, 3e8, 3, ("0", "1e8", "2e8", "3e8")),
    ],
)
def test_ticks_are_round_and_have_the_same_decimals(
    low: float, high: float, count: int, labels: tuple[str, ...]
) -> None:
    assert linear_scale(low, high, count).labels == labels


@pytest.mark.parametrize(("value"), [0.0, 5.0, -1e-300, 1e150])
def test_a_constant_has_an_axis(value: float) -> None:
    scale = linear_scale(value, value, 4)
    assert scale.low < value < scale.high


@pytest.mark.parametrize(
    ("last", "count", "labels"),
    [
        (1, 6, ("1",)),
        (2, 6, ("1", "2")),
        (10, 6, ("1", "2", "4", "6", "8", "10")),
        (1000, 4, ("1", "250", "500", "750", "1,000")),
    ],
)
def test_epochs_have_whole_ticks(last: int, count: int, labels: tuple[str, ...]) -> None:
    assert whole_scale(1, last, count).labels == labels


@given(st.floats(min_value=1e-300, max_value=1e150), st.floats(min_value=1e-300, max_value=1e150))
def test_a_log_axis_covers_its_values(one: float, other: float) -> None:
    low, high = min(one, other), max(one, other)
    scale = log_scale(low, high, 6)
    assert scale.low < scale.high
    assert scale.low <= scale.place(low) + 1e-9
    assert scale.high >= scale.place(high) - 1e-9
    assert len(scale.ticks) == len(scale.labels) < 40


def test_a_log_axis_has_powers_of_ten() -> None:
    assert log_scale(1e-4, 1.0, 8).labels == ("1e-4", "0.001", "0.01", "0.1", "1")
    with pytest.raises(ValueError, match="positive"):
        log_scale(0.0, 1.0, 3)
