"""Learning curves: what is drawn of them, in fewer points and with round ticks."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.fake_source import VAL_ACCURACY, make_epochs

from tui_tuner.analysis.axes import Axis
from tui_tuner.analysis.clipping import clipped
from tui_tuner.analysis.curves import (
    Over,
    base_metrics,
    best_point,
    curves,
    smoothed,
    usual_range,
    value_at,
    within,
)
from tui_tuner.analysis.downsample import downsample
from tui_tuner.analysis.ticks import axis_scale, linear_scale, log_scale, time_scale, whole_scale
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
        (-1234930.0, -1234600.0, 4, ("-1.2349e6", "-1.2348e6", "-1.2347e6", "-1.2346e6")),
        (0.800002, 0.800006, 2, ("0.800002", "0.800004", "0.800006")),
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


def test_time_is_that_of_training_and_begins_anew_with_each_execution() -> None:
    epochs = [*make_epochs(0, 3), *make_epochs(0, 2, execution=1)]
    found = curves(epochs, "loss", over=Over.TIME)
    assert [[x for x, _ in curve.points] for curve in found if not curve.is_validation] == [
        pytest.approx([0.8, 1.6, 2.4]),
        pytest.approx([0.8, 1.6]),
    ]


@given(
    st.lists(st.floats(min_value=-1e100, max_value=1e100), min_size=1, max_size=30), st.sampled_from([0.0, 0.6, 0.9])
)
def test_a_smoothed_curve_stays_between_its_extremes(values: list[float], weight: float) -> None:
    (curve,) = curves(epochs_of(values), "loss")
    smooth = smoothed(curve, weight)
    room = 1e-9 * max(map(abs, values))
    assert [x for x, _ in smooth.points] == [x for x, _ in curve.points]
    assert all(min(values) - room <= y <= max(values) + room for _, y in smooth.points)
    if weight == 0.0:
        assert smooth == curve


def test_smoothing_follows_a_step_slowly() -> None:
    (curve,) = curves(epochs_of([0.0] * 20 + [1.0] * 20), "loss")
    heavy = [y for _, y in smoothed(curve, 0.9).points]
    assert heavy[19] == 0.0
    assert 0.0 < heavy[20] < 0.2 < heavy[39] < 1.0


def test_the_usual_range_leaves_a_few_outliers_out_and_a_quiet_curve_whole() -> None:
    quiet = [(float(index), 1.0 + index / 100) for index in range(100)]
    assert usual_range([quiet]) == (1.0, 1.99)
    low, high = usual_range([[(0.0, 1e6), *quiet[1:]]]) or (0.0, 0.0)
    assert low == 1.01
    assert high == pytest.approx(2.2, abs=0.05)
    assert usual_range([[], []]) is None


@pytest.mark.parametrize(
    ("low", "high", "kept"), [(2.5, 4.5, (2, 5)), (-9, 9, (0, 6)), (7, 9, (6, 6)), (-9, -7, (0, 0))]
)
def test_a_window_keeps_the_neighbours_of_what_is_in_sight(low: float, high: float, kept: tuple[int, int]) -> None:
    points = [(float(index), 0.0) for index in range(7)]
    assert list(within(points, low, high)) == points[kept[0] : kept[1] + 1]


def test_the_value_next_to_a_place_is_read() -> None:
    points = [(1.0, 10.0), (2.0, 20.0), (4.0, 40.0)]
    assert [value_at(points, x) for x in (0.0, 1.4, 3.1, 9.0)] == [points[0], points[0], points[2], points[2]]
    assert value_at([], 1.0) is None


@given(
    st.lists(st.tuples(FINITE.map(lambda x: x / 1e148), FINITE.map(lambda y: y / 1e148)), max_size=30).map(sorted),
    st.floats(min_value=-90, max_value=0),
    st.floats(min_value=0.001, max_value=90),
)
def test_a_clipped_line_never_leaves_its_window(points: list[tuple[float, float]], low: float, high: float) -> None:
    parts = clipped(points, (low, high), (low, high))
    assert all(low - 1e-9 <= x <= high + 1e-9 and low - 1e-9 <= y <= high + 1e-9 for part in parts for x, y in part)
    inside = [point for point in points if low <= point[0] <= high and low <= point[1] <= high]
    assert set(inside) <= {point for part in parts for point in part}


def test_a_line_that_crosses_the_window_is_cut_where_it_enters_and_leaves() -> None:
    assert clipped([(0.0, 0.0), (4.0, 4.0)], (1.0, 3.0), (0.0, 2.0)) == [[(1.0, 1.0), (2.0, 2.0)]]
    assert clipped([(0.0, 0.0), (1.0, 5.0), (2.0, 0.0)], (0.0, 2.0), (0.0, 1.0)) == [
        [(0.0, 0.0), (0.2, 1.0)],
        [(1.8, 1.0), (2.0, 0.0)],
    ]


@pytest.mark.parametrize(
    ("low", "high", "count", "labels"),
    [
        (0.0, 90.0, 6, ("0", "15 s", "30 s", "45 s", "1:00", "1:15", "1:30")),
        (0.0, 7200.0, 4, ("0", "30:00", "1:00:00", "1:30:00", "2:00:00")),
        (0.0, 3 * 86_400.0, 4, ("0", "1 d", "2 d", "3 d")),
        (0.0, 1.0, 2, ("0.0", "0.5", "1.0")),
    ],
)
def test_times_have_round_ticks(low: float, high: float, count: int, labels: tuple[str, ...]) -> None:
    assert time_scale(low, high, count).labels == labels


@pytest.mark.parametrize(
    ("axis", "count", "labels"),
    [
        (Axis("lr", (), 1e-4, 1e-1, "log"), 8, ("1e-4", "0.001", "0.01", "0.1")),
        (Axis("units", (), 0.0, 100.0), 4, ("0", "25", "50", "75", "100")),
        (Axis("layers", (), 1.0, 5.0, is_whole=True), 16, ("1", "2", "3", "4", "5")),
        (Axis("layers", (), 1.0, 20.0, is_whole=True), 8, ("5", "10", "15", "20")),
        (Axis("layers", (), 1.0, 4.0, "log", is_whole=True), 16, ("1", "2", "3", "4")),
        (Axis("kind", ("a", "b", True)), 8, ("a", "b", "True")),
        (Axis("many", tuple(range(20))), 5, ("0", "4", "8", "12", "16")),
        (Axis("r", (), 1.0, 100.0, "reverse_log"), 4, ("25", "50", "75", "100")),
    ],
)
def test_the_axis_of_a_hyperparameter_has_its_values_where_they_lie(
    axis: Axis, count: int, labels: tuple[str, ...]
) -> None:
    scale = axis_scale(axis, count)
    assert scale.labels == labels
    assert list(scale.ticks) == sorted(scale.ticks)
    assert all(0.0 <= tick <= 1.0 for tick in scale.ticks)


def test_steps_are_counted_in_batches_and_unknown_ones_have_no_curve() -> None:
    (curve,) = curves(epochs_of([3.0, 2.0]), "loss", over=Over.STEP, steps_per_epoch=15)
    assert [x for x, _ in curve.points] == [15.0, 30.0]
    assert curves(epochs_of([3.0, 2.0]), "loss", over=Over.STEP) == []
