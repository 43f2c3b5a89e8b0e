"""Reading what KerasTuner wrote: whole, half, and strange."""

from __future__ import annotations

import math
import os
from datetime import datetime
from pathlib import Path

import pytest
from support.keras_tuner_files import BAYESIAN, HYPERBAND, Metric, Written, oracle_text, write_project, write_trial

from tui_tuner.engine.view import Objective, TrialState
from tui_tuner.interop.keras_tuner_project import is_project, read_project
from tui_tuner.interop.project import is_unread

LONG_AGO = 1_000_000_000


def age(path: Path) -> None:
    """Let a file be an old one: a half file that was written just now is read again, for it may be in the making."""
    os.utime(path, (LONG_AGO, LONG_AGO))


def test_trials_are_read_in_the_order_of_their_start(tmp_path: Path) -> None:
    trials = [Written("10", 1.0), Written("2", 0.5, values={"arch": "big", "units": 8, "lr": 0.01}), Written("1", 2.0)]
    project = read_project(write_project(tmp_path, trials))
    assert [trial.row.trial_id for trial in project.trials] == ["10", "2", "1"]
    assert [trial.row.number for trial in project.trials] == [0, 1, 2]
    second = project.trials[1].row
    assert (second.status, second.score, second.best_epoch, second.runs) == (TrialState.COMPLETED, 0.5, 2, 1)
    assert second.hyperparameters == {"arch": "big", "units": 8, "lr": 0.01}
    assert second.metrics == {"loss": 1.5, "val_loss": 0.5}
    assert project.problems == ()


def test_the_one_observation_of_each_metric_is_an_epoch(tmp_path: Path) -> None:
    project = read_project(write_project(tmp_path, [Written("0", 0.5, step=6)]))
    assert project.trials[0].epochs == ((6, {"loss": 1.5, "val_loss": 0.5}),)


@pytest.mark.parametrize(
    ("metrics", "score", "objectives"),
    [
        ({"loss": Metric(1.0), "val_loss": Metric(0.5)}, 0.5, [("val_loss", "min")]),
        ({"loss": Metric(0.5), "mse": Metric(0.5)}, 0.5, [("loss", "min"), ("mse", "min")]),
        ({"auc": Metric(0.5, "max"), "val_auc": Metric(0.5, "max")}, 0.5, [("val_auc", "max"), ("auc", "max")]),
        ({"odd": Metric(0.25, "max"), "val_loss": Metric(0.5)}, 0.25, [("odd", "max")]),
        ({"loss": Metric(1.0)}, 3.25, []),
        ({"default_objective": Metric(-1.0)}, -1.0, [("default_objective", "min")]),
        (
            {"val_loss": Metric(0.5), "multi_objective": Metric(0.5)},
            0.5,
            [("multi_objective", "min"), ("val_loss", "min")],
        ),
    ],
)
def test_the_objective_is_the_metric_whose_best_value_is_the_score(
    tmp_path: Path, metrics: dict[str, Metric], score: float, objectives: list[tuple[str, str]]
) -> None:
    project = read_project(write_project(tmp_path, [Written("0", score, metrics=metrics)]))
    assert project.objectives == tuple(Objective(*each) for each in objectives)


def test_all_trials_together_tell_the_objective(tmp_path: Path) -> None:
    same = {"val_loss": Metric(0.5), "val_mae": Metric(0.5)}
    other = {"val_loss": Metric(0.4), "val_mae": Metric(0.3)}
    failed = Written("2", None, status="FAILED", metrics={"val_loss": Metric(9.0)})
    project = read_project(
        write_project(tmp_path, [Written("0", 0.5, metrics=same), Written("1", 0.3, metrics=other), failed])
    )
    assert project.objectives == (Objective("val_mae", "min"),)


@pytest.mark.parametrize(
    ("changes", "values", "tuner"),
    [
        ({}, {"arch": "small", "lr": 0.003}, "RandomSearch"),
        ({"seed_state": 7}, {"arch": "small", "lr": 0.0001}, "GridSearch"),
        ({"seed_state": 7}, {"arch": "small", "lr": 0.003}, "KerasTuner"),
        (BAYESIAN, {"arch": "small", "lr": 0.003}, "BayesianOptimization"),
        (HYPERBAND, {"arch": "small", "lr": 0.003, "tuner/epochs": 2}, "Hyperband"),
    ],
)
def test_the_tuner_is_told_from_what_it_stores(
    tmp_path: Path, changes: dict[str, object], values: dict[str, object], tuner: str
) -> None:
    assert read_project(write_project(tmp_path, [Written("0", 1.0, values=values)], **changes)).tuner == tuner


def test_hyperbands_settings_tell_how_many_trials_it_has(tmp_path: Path) -> None:
    one = read_project(write_project(tmp_path / "one", [Written("0", 1.0)], **HYPERBAND))
    endless = {**HYPERBAND, "hyperband_iterations": math.inf}
    assert one.max_trials == 15
    assert read_project(write_project(tmp_path / "all", [Written("0", 1.0)], **endless)).max_trials is None


def test_what_was_running_is_interrupted_and_what_waits_for_a_retry_still_waits(tmp_path: Path) -> None:
    trials = [
        Written("0", status="RUNNING"),
        Written("1", status="INVALID", message="Traceback ...\nValueError: no"),
        Written("2", 0.5, status="INVALID"),
        Written("3", status="FAILED"),
    ]
    changes = {"retry_queue": ["1"], "end_order": ["2", "3"], "run_times": {"1": 2, "2": 1, "3": 1}}
    project = read_project(write_project(tmp_path, trials, **changes))
    rows = [trial.row for trial in project.trials]
    assert [row.status for row in rows] == [
        TrialState.INTERRUPTED,
        TrialState.INVALID,
        TrialState.STOPPED,  # our own way to say in KerasTuner's files that a trial was skipped
        TrialState.FAILED,
    ]
    assert rows[1].message == "Traceback ...\nValueError: no"
    assert (rows[1].runs, rows[2].score) == (2, 0.5)
    state = project.oracle_state
    assert state is not None
    assert (state["retry_queue"], state["run_times"], state["consecutive_failures"]) == (["1"], {"1": 2}, 1)
    assert (state["seed"], state["seed_state"]) == (7, 15)


def test_the_tokens_for_nan_and_infinity_are_numbers(tmp_path: Path) -> None:
    metrics = {"val_loss": Metric(math.inf), "val_nan": Metric(math.nan)}
    root = write_project(tmp_path, [Written("0", math.inf, metrics=metrics), Written("1", math.nan)])
    assert "Infinity" in (root / "trial_0" / "trial.json").read_text()
    first, second = (trial.row for trial in read_project(root).trials)
    assert first.score == math.inf
    assert first.metrics is not None
    assert math.isnan(first.metrics["val_nan"])
    assert second.score is None


def test_a_search_that_printed_knows_when_its_trials_began(tmp_path: Path) -> None:
    display = {"search_start": None, "trial_start": {"0": "2025-11-23T12:00:00.5", "1": "?"}, "trial_number": {}}
    project = read_project(write_project(tmp_path, [Written("0", 1.0), Written("1", 1.0)], display=display))
    assert [trial.row.started for trial in project.trials] == [
        datetime(2025, 11, 23, 12, 0, 0, 500000).timestamp(),
        None,
    ]


def test_keys_of_a_subclass_are_kept_for_it(tmp_path: Path) -> None:
    state = read_project(write_project(tmp_path, [Written("0", 1.0)], population=[1, 2])).oracle_state
    assert state is not None
    assert state["subclass"] == {"population": [1, 2]}


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"trial_id": "1"}', '{"score": {}, "status": "ODD"}', "\x00"])
def test_a_trial_whose_file_is_broken_is_named_and_keeps_its_place(tmp_path: Path, text: str) -> None:
    root = write_project(tmp_path, [Written("0", 1.0), Written("1", 0.5), Written("2", 2.0)])
    broken = root / "trial_1" / "trial.json"
    broken.write_text(text)
    age(broken)
    project = read_project(root)
    assert len(project.problems) == 1
    assert project.problems[0].startswith("trial_1/trial.json is ")
    rows = [trial.row for trial in project.trials]
    assert [row.score for row in rows] == [1.0, None, 2.0]
    assert is_unread(rows[1])
    assert rows[1].message == project.problems[0]


def test_a_trial_whose_file_is_missing_is_named(tmp_path: Path) -> None:
    root = write_project(tmp_path, [Written("0", 1.0), Written("1", 0.5)])
    (root / "trial_0" / "trial.json").unlink()
    project = read_project(root)
    assert project.problems == ("trial_0/trial.json is missing",)
    assert [is_unread(trial.row) for trial in project.trials] == [True, False]


@pytest.mark.parametrize("text", [None, "", '{"seed": 7, "seed_st', "[1, 2]"])
def test_without_its_oracle_a_project_is_its_trials(tmp_path: Path, text: str | None) -> None:
    root = write_project(tmp_path, [Written("0", 1.0), Written("1", 0.5), Written("10", 3.0)])
    oracle = root / "oracle.json"
    oracle.unlink()
    if text is not None:
        oracle.write_text(text)
        age(oracle)
    project = read_project(root)
    assert len(project.problems) == 1
    assert project.problems[0].startswith("oracle.json is ")
    assert [trial.row.trial_id for trial in project.trials] == ["0", "1", "10"]
    assert project.oracle_state is None
    assert project.objectives == (Objective("val_loss", "min"),)
    assert project.space is not None
    assert [each["config"]["name"] for each in project.space["space"]] == ["arch", "units", "lr"]


def test_files_cut_off_anywhere_raise_nothing(tmp_path: Path) -> None:
    trials = [Written("0", 1.0), Written("1", 0.5)]
    root = write_project(tmp_path, trials)
    for path, text in (
        (root / "oracle.json", oracle_text(trials)),
        (root / "trial_1" / "trial.json", trials[1].text()),
    ):
        for length in range(0, len(text), 7):
            path.write_text(text[:length])
            age(path)
            assert len(read_project(root).problems) == 1
        path.write_text(text)
    assert read_project(root).problems == ()


@pytest.mark.parametrize("key", ["start_order", "end_order", "retry_queue", "run_times", "display", "hyperparameters"])
@pytest.mark.parametrize("value", [None, 3, [[]], {"space": 1}])
def test_an_oracle_of_another_form_raises_nothing(tmp_path: Path, key: str, value: object) -> None:
    project = read_project(write_project(tmp_path, [Written("0", 1.0)], **{key: value}))
    assert [trial.row.score for trial in project.trials] == [1.0]


def test_a_file_cannot_lead_out_of_the_directory(tmp_path: Path) -> None:
    root = write_project(tmp_path / "project", [Written("0", 1.0)])
    path = write_trial(root, Written("1", 0.5))
    path.write_text(path.read_text().replace('"trial_id": "1"', '"trial_id": "/../../elsewhere"'))
    assert [trial.row.trial_id for trial in read_project(root).trials] == ["0", "1"]
    (root / "oracle.json").write_text(oracle_text([Written("0"), Written("/../../elsewhere"), Written("1")]))
    assert [trial.row.trial_id for trial in read_project(root).trials] == ["0", "1"]


def test_a_folder_without_keras_tuners_files_is_no_project(tmp_path: Path) -> None:
    (tmp_path / "trial_0").mkdir()
    assert not is_project(tmp_path)
    assert not is_project(tmp_path / "missing")
    write_trial(tmp_path, Written("0", 1.0))
    assert is_project(tmp_path)
