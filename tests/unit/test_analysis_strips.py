"""What a search has learnt of its space, as cells of a strip."""

from __future__ import annotations

import math

import pytest
from support.fake_source import make_trial, make_view

from tui_tuner.analysis.strips import Strip, learnt
from tui_tuner.engine.view import HyperParameterView, Scalar, SearchView, TrialState

LOG = HyperParameterView("rate", "Float", min_value=1e-4, max_value=1.0, sampling="log")
UNITS = HyperParameterView("units", "Int", min_value=8, max_value=64, step=8, sampling="linear")
KIND = HyperParameterView("kind", "Choice", values=("a", "b", "c"))


Row = tuple[float | None, dict[str, Scalar]]


def view_of(space: tuple[HyperParameterView, ...], rows: list[Row]) -> SearchView:
    """A search with trials of these scores and values; no score: it failed."""
    trials = [
        make_trial(number, TrialState.COMPLETED, score, values=values)
        if score is not None
        else make_trial(number, TrialState.FAILED, values=values)
        for number, (score, values) in enumerate(rows)
    ]
    return make_view(trials, space=space)


def test_a_range_is_divided_on_its_own_scale() -> None:
    rows: list[Row] = [(0.1 * place, {"rate": 10.0**-place}) for place in (0, 0.5, 1.5, 2.5, 3.5)]
    strip = learnt(view_of((LOG,), rows), 4).strips["rate"]
    assert strip.samples == (1, 1, 1, 2)  # the upper end belongs to the last cell
    assert strip.leaders == (1, 0, 0, 0)
    assert strip.best == 0


def test_few_values_have_a_cell_each() -> None:
    rows: list[Row] = [(units / 100, {"units": units, "kind": "abc"[units // 24]}) for units in range(8, 65, 8)]
    found = learnt(view_of((UNITS, KIND), rows), 20).strips
    assert found["units"].samples == (1,) * 8
    assert found["units"].best == 7
    assert found["kind"].samples == (2, 3, 3)


def test_with_more_values_than_cells_they_share_them() -> None:
    rows: list[Row] = [(0.5, {"units": units}) for units in range(8, 65, 8)]
    assert learnt(view_of((UNITS,), rows), 4).strips["units"].samples == (2, 2, 2, 2)


def test_failed_trials_were_tried_but_are_never_among_the_best() -> None:
    view = view_of((KIND,), [(None, {"kind": "a"}), (math.nan, {"kind": "a"}), (0.4, {"kind": "b"})])
    strip = learnt(view, 9).strips["kind"]
    assert (strip.samples, strip.leaders, strip.best) == ((2, 1, 0), (0, 1, 0), 1)


def test_the_best_tenth_counts() -> None:
    rows: list[Row] = [(number / 100, {"kind": "c" if number >= 90 else "ab"[number % 2]}) for number in range(100)]
    strip = learnt(view_of((KIND,), rows), 9).strips["kind"]
    assert strip.leaders == (0, 0, 10)
    assert strip.hot == (False, False, True)


def test_hot_is_where_more_of_the_best_lie_than_by_chance() -> None:
    assert Strip((90, 10), (5, 5), 0).hot == (False, True)
    assert Strip((0, 0), (0, 0), None).hot == (False, False)


@pytest.mark.parametrize(
    "value", [None, math.nan, math.inf, -1.0, 0.0, "text", True, 1e300], ids=lambda value: str(value)
)
def test_values_from_elsewhere_have_no_place_or_the_nearest(value: Scalar | None) -> None:
    values: dict[str, Scalar] = {} if value is None else {"rate": value}
    strip = learnt(view_of((LOG,), [(0.5, values)]), 4).strips["rate"]
    assert sum(strip.samples) in (0, 1)
    assert len(strip.samples) == 4


def test_without_trials_there_are_empty_strips_and_fixed_values_have_none() -> None:
    fixed = HyperParameterView("f", "Fixed", values=("x",))
    one = HyperParameterView("one", "Int", min_value=3, max_value=3, step=1, sampling="linear")
    known = learnt(view_of((KIND, fixed, one), []), 5)
    assert known.strips == {"kind": Strip((0, 0, 0), (0, 0, 0), None)}
    assert (known.shares, known.edges) == ({}, {})


def test_importances_and_edges_come_along() -> None:
    rows: list[Row] = [
        (number / 99, {"rate": min(0.99, 10.0 ** (-4 * (1 - number / 80))), "kind": "abc"[number % 3]})
        for number in range(100)
    ]
    wide = HyperParameterView("rate", "Float", min_value=1e-4, max_value=0.99, sampling="log")
    known = learnt(view_of((wide, KIND), rows), 10)
    assert known.shares["rate"] > known.shares["kind"]
    assert known.edges["rate"].side == "upper"
