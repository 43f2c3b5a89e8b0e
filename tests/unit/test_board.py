"""The rows of the leaderboard: order by a value."""

from __future__ import annotations

import math

import pytest
from support.fake_source import make_trial, make_view

from tui_tuner.analysis.ranking import ordered
from tui_tuner.engine.view import Scalar, TrialState
from tui_tuner.tui.board import Board, BoardChoices


@pytest.mark.parametrize("descending", [False, True])
def test_what_has_no_value_comes_last_whichever_way(descending: bool) -> None:
    values: list[Scalar | None] = [3, None, 1.0, math.nan, "b", "A", True, math.inf]
    trials = [make_trial(number, score=0.5) for number in range(len(values))]
    trials += [make_trial(8, TrialState.STOPPED), make_trial(9, TrialState.FAILED), make_trial(10, score=math.nan)]
    values += [0, 0, 0]
    found = [trial.number for trial in ordered(trials, lambda trial: values[trial.number], descending=descending)]
    expected = [2, 6, 0, 7, 5, 4]  # 1.0 and True are equal: in the order of creation
    if descending:
        expected = [4, 5, 7, 0, 2, 6]
    assert found == [*expected, 1, 3, 8, 9, 10]


def test_ranks_count_what_competes() -> None:
    trials = [make_trial(0, TrialState.RUNNING), make_trial(1, score=0.5), make_trial(2, score=math.nan)]
    first = Board(make_view(trials))
    assert first.ranks == {"0001": 1}
    better = make_trial(3, score=0.9)
    assert Board(make_view([*trials, better]), first).ranks == {"0003": 1, "0001": 2}


def test_one_row_says_nothing_about_what_is_unchanged() -> None:
    view = make_view([make_trial(0), make_trial(8)])
    board = Board(view)
    units = board.searched[0]
    assert board.unchanged(units, ["0000", "0008"])
    assert not board.unchanged(units, ["0000"])
    assert not board.unchanged(units, [])


def test_choices_survive_being_kept() -> None:
    chosen = BoardChoices.from_stored(
        {"column": "score", "turned": True, "hidden": ["b", "a"], "filter": "x", "pinned": ["1"]}
    )
    assert BoardChoices.from_stored(chosen.to_stored()) == chosen
