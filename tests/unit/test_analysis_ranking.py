"""The order of the leaderboard."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.fake_source import make_trial, make_view

from tui_tuner.analysis.ranking import has_rank, ranked
from tui_tuner.engine.view import Objective, TrialState

SCORES = st.none() | st.floats(allow_nan=True, allow_infinity=True)


def test_groups_follow_each_other_and_nan_is_last() -> None:
    trials = [
        make_trial(0, TrialState.FAILED),
        make_trial(1, score=math.nan),
        make_trial(2, TrialState.INVALID),
        make_trial(3, TrialState.INTERRUPTED),
        make_trial(4, TrialState.STOPPED, score=0.99),
        make_trial(5, score=0.5),
        make_trial(6, TrialState.RUNNING, done=3),
        make_trial(7, TrialState.STOPPED, score=math.nan),
    ]
    assert [trial.number for trial in ranked(make_view(trials))] == [6, 5, 4, 3, 2, 0, 1, 7]


@pytest.mark.parametrize(("direction", "order"), [("max", [1, 3, 0, 2]), ("min", [2, 0, 1, 3])])
def test_the_best_is_first_and_equal_scores_keep_their_order(direction: str, order: list[int]) -> None:
    scores = [0.5, 0.9, 0.1, 0.9]
    view = make_view(
        [make_trial(number, score=score) for number, score in enumerate(scores)], objective=Objective("x", direction)
    )
    assert [trial.number for trial in ranked(view)] == order


@given(st.lists(st.tuples(st.sampled_from(list(TrialState)), SCORES), max_size=30), st.sampled_from(["min", "max"]))
def test_whatever_the_scores_every_trial_is_there_and_the_competing_ones_are_one_sorted_block(
    made: list[tuple[TrialState, float | None]], direction: str
) -> None:
    view = make_view([], objective=Objective("x", direction))
    trials = [make_trial(number, status) for number, (status, _) in enumerate(made)]
    trials = [
        type(trial)(trial.trial_id, trial.number, trial.status, {}, score=score)
        for trial, (_, score) in zip(trials, made, strict=True)
    ]
    view = make_view(trials, objective=Objective("x", direction))
    order = ranked(view)
    assert sorted(trial.number for trial in order) == list(range(len(made)))
    competing = [index for index, trial in enumerate(order) if has_rank(trial)]
    assert competing == list(range(competing[0], competing[0] + len(competing))) if competing else True
    scores = [trial.score or 0.0 for trial in order if has_rank(trial)]
    assert scores == sorted(scores, reverse=direction == "max")
    assert all(trial.status is TrialState.RUNNING for trial in order[: competing[0]]) if competing else True
