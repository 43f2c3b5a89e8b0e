"""What is told to a person who looks elsewhere."""

from __future__ import annotations

from dataclasses import replace

from support.fake_source import BEGAN, make_trial, make_view

from tui_tuner.analysis.headlines import headlines, title
from tui_tuner.engine.view import SearchState, TrialState


def test_a_title_begins_with_what_matters() -> None:
    view = make_view([make_trial(0, score=0.81234), make_trial(1, TrialState.RUNNING, done=2)], max_trials=30)
    assert title(view, BEGAN) == "2/30 0.8123 titanic"
    assert title(replace(view, state=SearchState.PAUSED), BEGAN, "pausing") == "pausing 2/30 0.8123 titanic"
    over = replace(view, state=SearchState.COMPLETED, max_trials=None)
    assert title(over, BEGAN).startswith("completed ")


def test_a_title_cannot_end_its_own_sequence() -> None:
    told = title(make_view(name="a\x1b\\\x07b\x9cc" + "x" * 300), BEGAN)
    assert told.isprintable()
    assert len(told) < 80


def test_a_new_best_a_failure_and_the_end_are_told() -> None:
    before = make_view([make_trial(0, score=0.7), make_trial(1, TrialState.RUNNING, done=1)])
    assert headlines(before, before) == []
    better = make_view([make_trial(0, score=0.7), make_trial(1, score=0.8)])
    assert headlines(before, better) == ["titanic: new best val_accuracy 0.8000 in trial 0001"]
    failed = make_view([make_trial(0, score=0.7), make_trial(1, TrialState.FAILED, message="[red]no\x1b[0m memory")])
    assert headlines(before, failed) == ["titanic: trial 0001 failed: [red]no memory"]
    assert headlines(failed, failed) == []
    over = replace(better, state=SearchState.COMPLETED)
    assert headlines(better, over) == ["titanic: completed, 2 trials, best 0.8000"]
    assert headlines(over, over) == []


def test_an_earlier_trial_that_is_as_good_is_no_news() -> None:
    before = make_view([make_trial(0, TrialState.RUNNING, done=1), make_trial(1, score=0.8)])
    after = replace(make_view([make_trial(0, score=0.8), make_trial(1, score=0.8)]), best_trial_id="0000")
    assert before.best_trial_id == "0001"
    assert headlines(before, after) == []


def test_many_failures_are_one_headline() -> None:
    before = make_view([])
    after = make_view([make_trial(number, TrialState.FAILED) for number in range(4)])
    assert headlines(before, after) == ["titanic: 4 trials failed"]
