"""Curves in one line."""

from __future__ import annotations

import math

import pytest

from tui_tuner.analysis.sparkline import sparkline


@pytest.mark.parametrize(
    ("values", "width", "line"),
    [
        ([], 8, ""),
        ([1.0], 8, "▁"),
        ([0.5, 0.5, 0.5], 8, "▁▁▁"),
        ([0, 1, 2, 3, 4, 5, 6, 7], 8, "▁▂▃▄▅▆▇█"),
        ([7.0, 0.0], 8, "█▁"),
        ([math.nan], 8, " "),
        ([math.inf, 0.0, math.nan, 1.0, -math.inf], 8, " ▁ █ "),
        ([-1e308, 1e308], 8, "▁█"),
        (list(range(10_000)), 4, "▁▃▆█"),
        ([1.0, 2.0], 0, ""),
    ],
)
def test_it_shows_the_shape_whatever_the_values(values: list[float], width: int, line: str) -> None:
    assert sparkline(values, width) == line


def test_its_end_is_the_latest_value() -> None:
    assert sparkline([*[0.0] * 99, 1.0], 8)[-1] == "█"


def test_lines_on_one_scale_can_be_compared() -> None:
    assert sparkline([0.0, 5.0], 8, 0.0, 10.0) == "▁▅"
    assert sparkline([-5.0, 50.0], 8, 0.0, 10.0) == "▁█"
