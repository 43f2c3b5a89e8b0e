"""What the plots of the analysis are made of: history, distribution, timeline, failures, map, brush."""

from __future__ import annotations

import math
import sys
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from support.fake_source import BEGAN, make_trial, make_view

from tui_tuner.analysis.axes import Axis, axes_of, axis_of
from tui_tuner.analysis.brush import BINS, Brush, bin_of, bins_of
from tui_tuner.analysis.contour import contour
from tui_tuner.analysis.distribution import distribution
from tui_tuner.analysis.failures import Shared, failures, shared
from tui_tuner.analysis.history import history
from tui_tuner.analysis.scored import Dimension, scored
from tui_tuner.analysis.ticks import axis_scale
from tui_tuner.analysis.timeline import timeline
from tui_tuner.engine.view import HyperParameterView, Objective, SearchView, TrialState, TrialView

FINITE = st.floats(min_value=-1e100, max_value=1e100)


def scores(*values: float, direction: str = "max", status: TrialState = TrialState.COMPLETED) -> SearchView:
    trials = [make_trial(number, status, value) for number, value in enumerate(values)]
    return make_view(trials, objective=Objective("val", direction))


def test_the_best_until_then_is_a_line_of_steps() -> None:
    found = history(scores(0.5, 0.4, 0.7, math.nan, 0.6))
    assert found.completed == ((1.0, 0.5), (2.0, 0.4), (3.0, 0.7), (5.0, 0.6))
    assert found.best == ((1.0, 0.5), (3.0, 0.5), (3.0, 0.7), (5.0, 0.7))
    assert found.unscored == (4,)
    assert history(scores(0.5, 0.4, direction="min")).best == ((1.0, 0.5), (2.0, 0.5), (2.0, 0.4))


def test_an_infinite_score_is_a_score_though_it_has_no_place() -> None:
    found = history(scores(0.5, math.inf, math.nan, -math.inf))
    assert found.completed == ((1.0, 0.5),)
    assert found.infinite == (2, 4)
    assert found.unscored == (3,)


def test_a_stopped_trial_is_never_the_best_and_a_running_one_is_left_out() -> None:
    trials = [
        make_trial(0, score=0.5),
        make_trial(1, TrialState.STOPPED, score=0.9),
        make_trial(2, TrialState.FAILED),
        make_trial(3, TrialState.RUNNING, done=3),
    ]
    found = history(make_view(trials))
    assert found.best == ((1.0, 0.5),)
    assert found.stopped == ((2.0, 0.9),)
    assert found.unscored == (3,)


def test_a_trial_that_violates_a_constraint_is_never_the_best() -> None:
    trials = [replace(make_trial(0, score=0.9), violation=0.3), make_trial(1, score=0.5), make_trial(2, score=0.6)]
    found = history(make_view(trials))
    assert found.best == ((2.0, 0.5), (3.0, 0.5), (3.0, 0.6))
    assert found.completed == ((2.0, 0.5), (3.0, 0.6))
    assert found.violating == ((1.0, 0.9),)


def two(first: HyperParameterView, second: HyperParameterView) -> Axis | None:
    found = axes_of([replace(first, name="x"), replace(second, name="x")])
    assert len(found) < 2
    return found[0] if found else None


def test_a_name_that_is_another_under_other_conditions_has_one_axis_for_all_of_its_values() -> None:
    small = HyperParameterView("", "Int", min_value=8, max_value=64, sampling="linear")
    large = replace(small, min_value=128, max_value=512)
    assert two(small, large) == Axis("x", (), 8.0, 512.0, "linear", is_whole=True)
    assert two(replace(small, sampling="log"), replace(large, sampling="log")) == Axis("x", (), 8.0, 512.0, "log", True)
    assert two(replace(small, sampling="log"), large) == Axis("x", (), 8.0, 512.0, "linear", is_whole=True)
    share = HyperParameterView("", "Float", min_value=0.0, max_value=0.5, sampling="linear")
    assert two(share, small) == Axis("x", (), 0.0, 64.0, "linear")
    words, others = (HyperParameterView("", "Choice", values=values) for values in (("a", "b"), ("b", "c")))
    assert two(words, others) == Axis("x", ("a", "b", "c"))
    fixed = HyperParameterView("", "Fixed", values=(0,))
    assert two(fixed, small) == Axis("x", (), 0.0, 64.0, "linear", is_whole=True)
    assert two(fixed, fixed) is None
    assert two(small, words) == axis_of(replace(small, name="x"))  # nothing can be made of both


@pytest.mark.parametrize("direction", ["min", "max"])
def test_goodness_is_the_rank_and_equal_scores_share_it(direction: str) -> None:
    found = scored(scores(0.1, 0.3, 0.3, 0.2, math.inf, math.nan, direction=direction))
    expected = {0.1: 0.0, 0.2: 0.5, 0.3: 1.0}
    assert found.scores == (0.1, 0.3, 0.3, 0.2)
    assert [good if direction == "max" else 1 - good for good in found.goodness] == [
        expected[score] for score in found.scores
    ]
    assert found.best == (1 if direction == "max" else 0)


def test_places_are_those_of_the_hyperparameters_axes_and_missing_values_have_none() -> None:
    found = scored(make_view([make_trial(0), make_trial(7)]))
    by_name = {dimension.name: dimension for dimension in found.hyperparameters}
    assert by_name["units"].places == (0.0, 1.0)
    assert by_name["dropout"].places[0] is None
    assert "activation" not in by_name  # fixed
    assert found.score.places == (0.0, 1.0) or found.score.places == (1.0, 0.0)


@given(st.lists(FINITE, max_size=200), st.integers(min_value=1, max_value=60))
def test_a_histogram_counts_every_score_once(values: list[float], bins: int) -> None:
    found = distribution(values, bins)
    assert (found is None) == (not values)
    if found is not None:
        assert sum(found.counts) + found.below + found.above == len(values)
        assert len(found.counts) <= bins
        assert found.low < found.high
        assert found.quartiles[0] <= found.quartiles[1] <= found.quartiles[2]


@example(values=[-sys.float_info.max, 0.0, sys.float_info.max])
@example(values=[sys.float_info.max])
@example(values=[0.0, 5e-324])
@given(values=st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=8))
def test_scores_of_any_size_have_places_and_ticks_and_are_counted(values: list[float]) -> None:
    found = scored(scores(*values))
    assert all(place is not None and 0 <= place <= 1 for place in found.score.places)
    assert all(0 <= tick <= 1 for tick in axis_scale(found.score.axis, 4).ticks)
    counted = distribution(values, 10)
    assert counted is not None
    assert sum(counted.counts) + counted.below + counted.above == len(values)


def test_one_hopeless_score_does_not_squeeze_the_others() -> None:
    found = distribution([-1e6, *[0.8 + index / 1000 for index in range(50)]], 20)
    assert found is not None
    assert found.below == 1
    assert found.low == 0.8
    assert sum(map(bool, found.counts)) > 5


def test_the_timeline_has_a_lane_for_each_worker_in_their_order() -> None:
    trials = [
        replace(make_trial(0), worker="worker 10", started=BEGAN, ended=BEGAN + 10.0),
        replace(make_trial(1), worker="worker 9", started=BEGAN + 5.0, ended=BEGAN + 20.0),
        replace(make_trial(2, TrialState.RUNNING, done=2), worker="worker 9", started=BEGAN + 30.0),
        replace(make_trial(3), started=None),
    ]
    found = timeline(make_view(trials), now=BEGAN + 40.0)
    assert found is not None
    assert [lane.worker for lane in found.lanes] == ["worker 9", "worker 10"]
    assert [(span.start_s, span.end_s) for span in found.lanes[0].spans] == [(5.0, 20.0), (30.0, 40.0)]
    assert found.length_s == 40.0
    assert [lane.busy for lane in found.lanes] == [pytest.approx(25 / 40), pytest.approx(10 / 40)]
    assert timeline(make_view([]), now=BEGAN) is None


def test_trials_that_overlap_because_the_clock_was_set_keep_a_worker_busy_once() -> None:
    trials = [replace(make_trial(number), worker="w", started=BEGAN, ended=BEGAN + 10.0) for number in range(3)]
    trials.append(replace(make_trial(3), worker="w", started=BEGAN + 9.0, ended=BEGAN + 5.0))
    found = timeline(make_view(trials), now=BEGAN)
    assert found is not None
    assert found.lanes[0].busy == 1.0


UNITS = HyperParameterView("units", "Int", min_value=8, max_value=512)
KIND = HyperParameterView("kind", "Choice", values=("a", "b", "c"))


def failed_when(fails: list[tuple[int, str]], fine: list[tuple[int, str]], worker: str = "worker 0") -> list[Shared]:
    trials = [
        replace(trial_of(number, units, kind, "OOM at 0x12"), status=TrialState.FAILED, score=None, worker=worker)
        for number, (units, kind) in enumerate(fails)
    ]
    trials += [trial_of(number, units, kind) for number, (units, kind) in enumerate(fine, start=len(fails))]
    view = make_view(trials, space=(UNITS, KIND))
    (cause,) = failures(view, after=-1)
    return shared(view, cause)


def trial_of(number: int, units: int, kind: str, message: str = "") -> TrialView:
    return make_trial(number, values={"units": units, "kind": kind}, message=message, score=0.5)


def test_failures_share_a_range_that_the_others_lie_outside_of() -> None:
    fine = [(units, "abc"[units % 3]) for units in range(8, 200, 12)]
    assert failed_when([(400, "a"), (510, "b"), (450, "c")], fine) == [Shared("units", (400, 510), 0, len(fine))]


def test_the_trials_of_a_cause_are_in_the_order_of_creation_however_they_failed() -> None:
    trials = [
        replace(make_trial(number, TrialState.FAILED, message="OOM"), seq=seq)
        for number, seq in enumerate((2, 1, 4, 3))
    ]
    (cause,) = failures(make_view(trials), after=-1)
    assert cause.trial_ids == ("0000", "0001", "0002", "0003")


def test_failures_share_a_value_or_a_worker() -> None:
    fine = [(units, "ac"[units % 2]) for units in range(8, 500, 11)]
    found = failed_when([(8, "b"), (500, "b")], fine, worker="worker 7")
    assert Shared("kind", ("b",), 0, len(fine)) in found
    assert Shared("worker", ("worker 7",), 0, len(fine)) in found
    assert "units" not in {each.name for each in found}


def test_what_is_common_among_the_others_too_is_not_told() -> None:
    fine = [(units, "b") for units in range(8, 500, 11)]
    assert failed_when([(8, "b"), (500, "b")], fine) == []
    assert failed_when([(8, "b")], fine) == []  # one failure shares nothing


def dimension(places: list[float | None], axis: Axis | None = None) -> Dimension:
    return Dimension(axis or Axis("x"), tuple(places))


def test_the_map_is_good_where_the_good_trials_are_and_empty_far_from_all() -> None:
    places = [index / 99 * 0.4 for index in range(100)]
    grid = contour(dimension([*places]), dimension([*places]), [index / 99 for index in range(100)])
    assert grid[2][2] is not None
    assert grid[19][19] is not None
    assert grid[2][2] < 0.4 < grid[19][19]
    assert grid[-1][-1] is None
    assert all(0.0 <= value <= 1.0 for row in grid for value in row if value is not None)


def test_a_category_has_a_cell_of_its_own_in_the_map() -> None:
    kinds = Axis("kind", ("a", "b", "c"))
    grid = contour(dimension([1 / 6, 1 / 6, 5 / 6], kinds), dimension([0.5, 0.5, 0.5]), [0.0, 0.5, 1.0])
    middle = grid[len(grid) // 2]
    assert len(middle) == 3
    assert middle[0] == pytest.approx(0.25)
    assert middle[1] is None
    assert middle[2] == pytest.approx(1.0)


def test_a_map_without_trials_is_empty() -> None:
    grid = contour(dimension([None, 0.5]), dimension([0.5, None]), [0.0, 1.0])
    assert all(value is None for row in grid for value in row)


def test_a_brush_takes_trials_in_any_of_its_parts_of_every_axis() -> None:
    x = Dimension(Axis("x"), (0.05, 0.15, 0.95, None))
    kind = Dimension(Axis("kind", ("a", "b")), (0.25, 0.75, 0.25, 0.25))
    dimensions = {"x": x, "kind": kind}
    brush = Brush()
    assert brush.select(dimensions, 4) == [0, 1, 2, 3]
    brush = brush.toggled("x", 0).toggled("x", 1)
    assert brush.select(dimensions, 4) == [0, 1]
    brush = brush.toggled("kind", 1)
    assert brush.select(dimensions, 4) == [1]
    brush = brush.toggled("kind", 1).toggled("x", 0).toggled("x", 1)
    assert brush == Brush()


@given(st.floats(min_value=0, max_value=1))
def test_every_place_lies_in_a_part_of_its_axis(place: float) -> None:
    assert 0 <= bin_of(Axis("x"), place) < BINS
    kinds = Axis("kind", ("a", "b", "c"))
    assert bins_of(kinds) == 3
    assert 0 <= bin_of(kinds, place) < 3


@pytest.mark.parametrize(
    ("axis", "value"),
    [
        (Axis("lr", (), 1e-4, 1e-1, "log"), 1e-3),
        (Axis("units", (), 8.0, 64.0), 40.0),
        (Axis("r", (), 1.0, 100.0, "reverse_log"), 91.0),
        (Axis("kind", ("a", "b", True)), "b"),
    ],
)
def test_an_axis_leads_to_a_place_and_back(axis: Axis, value: float | str) -> None:
    place = axis.place(value)
    assert place is not None
    back = axis.value_at(place)
    assert back == value if isinstance(value, str) else back == pytest.approx(value)
