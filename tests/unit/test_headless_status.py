"""The table and the JSON object of `tui-tuner status`."""

from __future__ import annotations

import io
import json
import math
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from tui_tuner.engine.view import (
    EpochView,
    Objective,
    SearchState,
    SearchView,
    TrialState,
    TrialView,
    WorkerView,
)
from tui_tuner.headless.status import print_status, status_json
from tui_tuner.worker.jobs import Finding


def trial(number: int, status: TrialState = TrialState.COMPLETED, **changes: object) -> TrialView:
    base: dict[str, object] = {
        "trial_id": str(number),
        "number": number,
        "status": status,
        "hyperparameters": {"units": 8 * number},
        "score": number / 10,
        "best_epoch": number,
        "duration_s": 1.5,
    }
    return TrialView(**{**base, **changes})  # type: ignore[arg-type]


def search(*trials: TrialView, **changes: object) -> SearchView:
    base: dict[str, object] = {
        "root": Path("/s"),
        "name": "titanic",
        "state": SearchState.RUNNING,
        "tuner": "bayesian",
        "objective": Objective("val_accuracy", "max"),
        "max_trials": 1000,
        "trials": {trial.trial_id: trial for trial in trials},
    }
    return SearchView(**{**base, **changes})  # type: ignore[arg-type]


def printed(view: SearchView, top: int = 10, width: int = 100) -> str:
    out = io.StringIO()
    print_status(view, Console(file=out, width=width, highlight=False), top)
    return out.getvalue()


def column(text: str, index: int) -> list[str]:
    return [line.split("│")[index].strip() for line in text.splitlines() if line.startswith("│")]


def test_failed_trials_and_those_without_a_score_are_last() -> None:
    view = search(
        trial(1, TrialState.FAILED, score=None),
        trial(2),
        trial(3, score=math.nan),
        trial(4),
        trial(5, TrialState.RUNNING, score=None, live_score=0.1),
    )
    text = printed(view)
    assert column(text, 1) == ["5", "4", "2", "1", "3"]
    assert column(text, 2) == ["running", "completed", "completed", "failed", "completed"]
    assert column(text, 3) == ["0.1000", "0.4000", "0.2000", "—", "nan"]


def test_a_running_trial_shows_its_epochs_and_an_ended_one_its_best() -> None:
    last = EpochView(0, 3, 1.0, 0.5, {"val_accuracy": 0.5})
    view = search(trial(1), trial(2, TrialState.RUNNING, score=None, last_epoch=last, planned_epochs=10))
    assert column(printed(view), 4) == ["4/10", "best 2"]
    unplanned = search(trial(2, TrialState.RUNNING, score=None, last_epoch=last))
    assert column(printed(unplanned), 4) == ["4"]


def test_the_top_of_the_table_says_how_many_more_there_are() -> None:
    view = search(*(trial(number) for number in range(1, 6)))
    assert "and 3 more; --top shows more" in printed(view, top=2)
    assert "more" not in printed(view, top=5)


def test_hyperparameters_that_only_some_trials_have_leave_a_gap() -> None:
    view = search(trial(1, hyperparameters={"a": 1}), trial(2, hyperparameters={"b": "x"}))
    text = printed(view)
    assert column(text, 5) == ["x", ""]
    assert column(text, 6) == ["", "1"]


@pytest.mark.parametrize("width", [60, 80])
def test_hyperparameters_that_do_not_fit_beside_the_objectives_are_told_below_them(width: int) -> None:
    values: dict[str, float | int] = {f"rate_{number}": number / 1000 for number in range(5)}
    values |= {f"units_{number}": number for number in range(5)}
    objectives = (Objective("val_accuracy", "max"), Objective("model_bytes", "min"))
    trials = [trial(number, hyperparameters=values, other_scores=(0.25, 123456.0)) for number in range(1, 4)]
    text = printed(search(*trials, other_objectives=objectives), top=2, width=width)
    assert max(map(len, text.splitlines())) <= width
    above, below = text.split("└", 1)
    assert [each for each in column(above, 4) if each] == ["0.2500", "0.2500"]
    assert [each for each in column(above, 5) if each] == ["123456", "123456"]
    for name, value in values.items():
        assert below.count(f"{name}={value:g}") == 2
    assert text.count("and 1 more; --top shows more") == 1


def test_a_search_without_trials_is_a_few_lines() -> None:
    text = printed(search(state=SearchState.STARTING, detail="importing tensorflow"))
    assert "titanic  starting: importing tensorflow" in text
    assert "trials 0 of 1,000, 0 running" in text
    assert "│" not in text


def test_names_and_values_are_no_markup_and_steer_no_terminal() -> None:
    evil = "[red]a\x1b[2Jb[/nothing]"
    view = search(
        trial(1, trial_id=evil, hyperparameters={evil: evil}),
        name=evil,
        detail=evil,
        tuner=evil,
        objective=Objective(evil, "max"),
        test_metrics={evil: math.inf},
    )
    text = printed(view, width=300)
    assert "\x1b" not in text
    assert text.count("[red]ab[/nothing]") == 9
    assert "inf" in text


def test_json_holds_every_trial_and_no_number_that_json_does_not_know() -> None:
    view = search(
        trial(1, score=math.nan),
        trial(2, TrialState.RUNNING, score=None, live_score=math.inf, hyperparameters={"a": True, "b": "x"}),
        workers=(WorkerView("worker-0", 42, "GPU 0", trial_id="2"),),
        test_metrics={"loss": math.nan},
    )
    status = json.loads(status_json(view), parse_constant=lambda text: pytest.fail(text))
    assert [item["trial_id"] for item in status["trials"]] == ["1", "2"]
    assert [item["score"] for item in status["trials"]] == ["NaN", "Infinity"]
    assert status["trials"][1]["hyperparameters"] == {"a": True, "b": "x"}
    assert status["workers"] == [{"name": "worker-0", "pid": 42, "device": "GPU 0", "trial_id": "2"}]
    assert status["test_metrics"] == {"loss": "NaN"}
    assert status["running_trials"] == 1
    assert status["best_trial_id"] is None
    assert status["best_score"] is None


def test_json_names_the_best_trial() -> None:
    status = json.loads(status_json(replace(search(trial(1), trial(2)), best_trial_id="2")))
    assert status["best_trial_id"] == "2"
    assert status["best_score"] == 0.2


def test_what_the_search_takes_on_the_disk_is_told_once_it_is_known() -> None:
    assert "on disk" not in printed(search())
    assert json.loads(status_json(search()))["disk_bytes"] is None
    measured = search(disk_bytes=3 * 2**20)
    assert "3.00 MiB on disk" in printed(measured)
    assert json.loads(status_json(measured))["disk_bytes"] == 3 * 2**20


def test_what_would_spoil_the_search_is_told() -> None:
    finding = Finding("leak", "the column [b]alive[/b] tells", "Drop it.")
    view = search(trial(1), findings=(finding,))
    assert "warning: the column [b]alive[/b] tells. Drop it." in printed(view)
    assert json.loads(status_json(view))["findings"] == [{"text": finding.text, "fix": "Drop it."}]
