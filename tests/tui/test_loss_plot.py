"""The plotting library never raises, whatever it is given to draw."""

from __future__ import annotations

import math

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from tui_tuner.tui.widgets.loss_plot import Line, Plot, draw

COLOURS = dict.fromkeys(("curve-train", "curve-validation", "status-dim", "status-best", "background"), (100, 100, 100))
VALUES = st.floats(allow_nan=False, allow_infinity=False)


def line_of(values: list[float], *, log: bool = False) -> Line:
    points = tuple((index + 1.0, value) for index, value in enumerate(values) if value > 0 or not log)
    return Line(points, "curve-train")


def rows_of(plot: Plot, width: int, height: int) -> list[str]:
    return ["".join(segment.text for segment in line) for line in draw(plot, width, height, COLOURS)]


@settings(max_examples=60, deadline=None)
@example([0.0], [1.1125369292536007e-308], True, 16, 5)
@example([5e-324], [], True, 16, 5)
@given(
    st.lists(VALUES, min_size=1, max_size=40),
    st.lists(VALUES, max_size=40),
    st.booleans(),
    st.integers(min_value=16, max_value=120),
    st.integers(min_value=5, max_value=40),
)
def test_any_finite_series_is_drawn_within_its_size(
    first: list[float], second: list[float], log: bool, width: int, height: int
) -> None:
    lines = (line_of(first, log=log), line_of(second, log=log))
    plot = Plot(lines, log, next((line.points[0] for line in lines if line.points), None))
    if not plot.is_empty:
        rows = rows_of(plot, width, height)
        assert len(rows) <= height
        assert max(cell_len(row) for row in rows) <= width


@pytest.mark.parametrize(
    "values",
    [[5.0], [1.0, 1.0, 1.0], [1e308, -1e308], [5e-324, 1e-320], [1e30, 1e-30], [0.0], [-1.0, -1.0]],
)
def test_awkward_series_are_drawn(values: list[float]) -> None:
    for log in (False, True):
        plot = Plot((line_of(values, log=log),), log)
        if not plot.is_empty:
            assert "".join(rows_of(plot, 60, 12)).strip()


def test_ten_thousand_points_are_thinned_before_they_are_drawn() -> None:
    values = [math.exp(-index / 3000) + 0.01 * math.sin(index) for index in range(10_000)]
    assert len(rows_of(Plot((line_of(values),)), 100, 30)) == 30
