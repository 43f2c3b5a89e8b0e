"""The forest: it finds what a number, a category, a condition and two together do."""

from __future__ import annotations

import random

import pytest

from tui_tuner.analysis.forest import Forest, Row


def expected(forest: Forest, row: Row) -> float:
    """What it expects of one row as it is: no tree cuts a column beyond the last."""
    return forest.along(row, len(row), [0.0])[0]


def test_it_learns_a_step() -> None:
    rows = [[index / 40, random.Random(index).random()] for index in range(40)]
    forest = Forest(rows, [float(first > 0.5) for first, _ in rows], [False, False])
    assert expected(forest, [0.1, 0.5]) == pytest.approx(0.0, abs=0.1)
    assert expected(forest, [0.9, 0.5]) == pytest.approx(1.0, abs=0.1)


def test_the_values_of_a_category_have_no_order() -> None:
    rows = [[(index % 3 + 0.5) / 3] for index in range(30)]
    forest = Forest(rows, [float(index % 3 == 1) for index in range(30)], [True])
    assert [round(expected(forest, [place]), 2) for place in (0.5 / 3, 1.5 / 3, 2.5 / 3)] == [0.0, 1.0, 0.0]


def test_two_columns_count_together() -> None:
    rows = [[float(one), float(other)] for one in (0, 1) for other in (0, 1)] * 8
    forest = Forest(rows, [float(one != other) for one, other in rows], [True, True])
    assert expected(forest, [0.0, 1.0]) > 0.9
    assert expected(forest, [1.0, 1.0]) < 0.1


def test_what_has_a_number_is_told_from_what_has_none() -> None:
    rows: list[list[float | None]] = [[0.5], [None]] * 10
    forest = Forest(rows, [1.0, 0.0] * 10, [False])
    assert (expected(forest, [0.5]), expected(forest, [None])) == (1.0, 0.0)


def test_where_nothing_differs_it_expects_the_mean() -> None:
    assert expected(Forest([[0.3]] * 6, [1.0, 2.0, 3.0] * 2, [False]), [0.9]) == pytest.approx(2.0)


def test_the_same_seed_gives_the_same_forest() -> None:
    rows = [[random.Random(index).random()] for index in range(30)]
    targets = [random.Random(-index).random() for index in range(30)]
    one, other = (Forest(rows, targets, [False], seed=3) for _ in range(2))
    assert [expected(one, row) for row in rows] == [expected(other, row) for row in rows]


def test_along_a_column_it_expects_what_it_expects_of_each_place() -> None:
    draw = random.Random(1)
    rows = [[draw.random(), draw.choice([0.2, 0.5, 0.8]), draw.choice([None, draw.random()])] for _ in range(60)]
    forest = Forest(rows, [draw.random() for _ in rows], [False, True, False])
    for row in rows[:5]:
        for column, places in ((0, [0.1, 0.5, 0.9]), (1, [0.2, 0.5, 0.8]), (2, [0.0, 0.3, 0.6, 1.0])):
            one_by_one = [expected(forest, [*row[:column], place, *row[column + 1 :]]) for place in places]
            assert forest.along(row, column, places) == pytest.approx(one_by_one)
