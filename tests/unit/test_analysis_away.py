"""What has happened while a person was away, why trials failed, and what re-runs say."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.fake_source import BEGAN, make_trial, make_view

from tui_tuner.analysis.away import LastSeen, while_away
from tui_tuner.analysis.failures import failures
from tui_tuner.analysis.reruns import repeated
from tui_tuner.engine.view import SearchState, SearchView, TrialState, TrialView

NOW = BEGAN + 3600.0


def at(seq: int, trial: TrialView) -> TrialView:
    """The trial, last changed by this event."""
    return replace(trial, seq=seq)


def seen(seq: int, state: SearchState = SearchState.RUNNING) -> LastSeen:
    return LastSeen(seq, NOW - 600, state, BEGAN)


def view(*trials: TrialView, state: SearchState = SearchState.RUNNING) -> SearchView:
    return make_view(list(trials), state=state, seq=100)


def test_trials_that_ended_since_are_counted_and_the_best_is_compared() -> None:
    away = while_away(
        view(
            at(10, make_trial(0, score=0.7)),
            at(20, make_trial(1, score=0.8)),
            at(31, make_trial(2, score=0.9)),
            at(32, make_trial(3, TrialState.STOPPED)),
            at(33, make_trial(4, TrialState.FAILED, message="OOM")),
            at(34, make_trial(5, TrialState.FAILED, message="OOM")),
            at(35, make_trial(6, TrialState.RUNNING)),
        ),
        seen(30),
        NOW,
    )
    assert away is not None
    assert (away.away_s, away.ended, away.completed, away.stopped, away.failed) == (600, 4, 1, 1, 2)
    assert away.best_before is not None
    assert away.best_before.trial_id == "0001"
    assert away.best is not None
    assert away.best.trial_id == "0002"
    assert [(cause.example, cause.trial_ids) for cause in away.causes] == [("OOM", ("0004", "0005"))]
    assert away.state_before is None
    assert away.eta_s is not None


def test_a_best_that_stayed_is_no_news() -> None:
    away = while_away(view(at(10, make_trial(0, score=0.9)), at(31, make_trial(1, score=0.8))), seen(30), NOW)
    assert away is not None
    assert away.best is None
    assert away.best_before is not None


@pytest.mark.parametrize(
    "now",
    [
        view(at(10, make_trial(0)), at(99, make_trial(1, TrialState.RUNNING))),
        view(at(10, make_trial(0)), state=SearchState.STARTING),
        replace(view(at(99, make_trial(0))), seq=30),
        replace(view(at(99, make_trial(0))), created=BEGAN + 1),
    ],
    ids=["only epochs", "it is being started", "nothing at all", "another search in its place"],
)
def test_where_nothing_happened_nothing_is_told(now: SearchView) -> None:
    assert while_away(now, seen(30), NOW) is None


def test_another_state_is_news_though_no_trial_ended() -> None:
    away = while_away(view(at(10, make_trial(0)), state=SearchState.BLOCKED), seen(30), NOW)
    assert away is not None
    assert (away.state_before, away.ended) == (SearchState.RUNNING, 0)


def test_a_glance_at_something_else_is_no_absence() -> None:
    assert while_away(view(at(40, make_trial(0))), LastSeen(30, NOW - 5, SearchState.RUNNING, BEGAN), NOW) is None


def test_a_clock_that_was_set_back_makes_no_negative_time() -> None:
    away = while_away(view(at(40, make_trial(0))), LastSeen(30, NOW + 500, SearchState.RUNNING, BEGAN), NOW)
    assert away is not None
    assert away.away_s == 0


def test_failures_are_grouped_by_cause_the_most_frequent_first() -> None:
    def failed(number: int, message: str) -> TrialView:
        return at(number, make_trial(number, TrialState.FAILED, message=message))

    found = failures(
        view(
            failed(1, "ValueError: no such layer\nTraceback ..."),
            failed(2, "OOM when allocating tensor with shape (32, 8)"),
            failed(3, "OOM when allocating tensor with shape (64, 8)"),
            make_trial(4),
        )
    )
    assert [cause.trial_ids for cause in found] == [("0002", "0003"), ("0001",)]
    assert found[1].example == "ValueError: no such layer"


def test_a_trial_and_its_reruns_have_a_mean_and_a_spread() -> None:
    first = make_trial(0, score=0.8)
    again = [replace(make_trial(number, score=score), rerun_of="0000") for number, score in ((2, 0.7), (3, 0.9))]
    running = replace(make_trial(4, TrialState.RUNNING), rerun_of="0000")
    found = repeated(view(first, make_trial(1), *again, running))
    assert set(found) == {"0000", "0002", "0003", "0004"}
    assert found["0000"].trial_ids == ("0000", "0002", "0003", "0004")
    assert found["0003"].mean == pytest.approx(0.8)
    assert found["0003"].spread == pytest.approx(0.1)


def test_before_two_have_completed_there_is_no_spread() -> None:
    found = repeated(view(make_trial(0, score=0.8), replace(make_trial(1, TrialState.RUNNING), rerun_of="0000")))
    assert found["0001"].mean == 0.8
    assert found["0001"].spread is None
    assert repeated(view(make_trial(0), make_trial(1))) == {}
