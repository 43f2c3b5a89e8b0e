"""The few lines that stay on the normal screen."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from support.fake_source import make_trial, make_view

from tui_tuner.analysis.summary import closing_summary
from tui_tuner.engine.view import OPTUNA_STUDY, SearchState, TrialState


def test_a_finished_search_is_summed_up() -> None:
    trials = [make_trial(0, score=0.8212), make_trial(1, TrialState.FAILED), make_trial(2, score=0.5)]
    view = replace(make_view(trials, state=SearchState.COMPLETED), test_metrics={"accuracy": 0.8, "loss": 0.43013})
    assert closing_summary(view) == [
        "titanic       completed",
        "trials        3 of 30 (2 completed, 1 failed, 8.1 s each on average)",
        "best          val_accuracy 0.8212 in trial 0000",
        "              units = 8",
        "              learning_rate = 0.01",
        "              batch_norm = True",
        "test data     accuracy 0.8000, loss 0.4301",
        "directory     /tmp/tui-tuner-test/titanic",
    ]


@pytest.mark.parametrize(
    ("state", "line"),
    [
        (SearchState.RUNNING, "watch it      tui-tuner attach '/a b/titanic'"),
        (SearchState.STOPPED, "go on         tui-tuner resume '/a b/titanic'"),
        (SearchState.INTERRUPTED, "go on         tui-tuner resume '/a b/titanic'"),
        (
            SearchState.FAILED,
            "go on         tui-tuner resume '/a b/titanic'; with its config changed: tui-tuner run CONFIG",
        ),
    ],
)
def test_it_says_how_to_go_on(state: SearchState, line: str) -> None:
    assert closing_summary(make_view(state=state, root=Path("/a b/titanic")))[-1] == line


def test_a_search_that_has_had_all_its_trials_says_how_to_get_more() -> None:
    view = replace(make_view([make_trial(0, score=0.8212)], state=SearchState.COMPLETED), max_trials=1)
    assert closing_summary(view)[-1] == "more trials   run it again with a higher max_trials"


def test_a_search_all_of_whose_trials_failed_does_not_advise_to_resume_what_would_fail_again() -> None:
    view = replace(make_view([make_trial(0, TrialState.FAILED)], state=SearchState.FAILED), max_trials=1)
    line = "once mended   run it again with a higher max_trials, or with overwrite, to begin anew"
    assert closing_summary(view)[-1] == line


def test_a_study_of_optunas_is_not_said_to_be_resumable() -> None:
    view = replace(make_view([make_trial(0, score=0.8)], state=SearchState.STOPPED), tuner=OPTUNA_STUDY)
    assert not any("resume" in line for line in closing_summary(view))


def test_a_search_without_trials_and_with_hostile_names() -> None:
    lines = closing_summary(make_view(state=SearchState.FAILED, name="\x1b[31mx\n[b]", detail="bad\x07 data"))
    assert lines[:2] == ["x [b]         failed: bad data", "trials        0 of 30"]
