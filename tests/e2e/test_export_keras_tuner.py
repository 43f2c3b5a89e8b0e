"""A search as a directory of KerasTuner's, loaded by KerasTuner itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import optuna
from support.stored_search import add_trial, store_search
from typer.testing import CliRunner

from tui_tuner import cli
from tui_tuner.engine.reader import SearchReader
from tui_tuner.engine.view import TrialState
from tui_tuner.interop.keras_tuner_export import write_project
from tui_tuner.interop.keras_tuner_project import read_project

LOADS = """
import json, sys
from pathlib import Path
import keras_tuner
seen = {}
for folder in map(Path, sys.argv[1:]):
    objective = keras_tuner.Objective(*json.loads((folder / "objective").read_text()))
    tuner = keras_tuner.RandomSearch(
        lambda hp: None, objective, directory=folder.parent, project_name=folder.name, max_trials=9
    )
    best = tuner.oracle.get_best_trials(9)
    seen[folder.name] = [[trial.trial_id, trial.score, trial.hyperparameters.values] for trial in best]
print(json.dumps(seen))
"""


def exported(source: Path, folder: Path, objective: tuple[str, str]) -> Path:
    done = CliRunner().invoke(cli.app, ["export", str(source), "--format", "keras-tuner", "--to", str(folder)])
    assert done.exit_code == 0, done.output
    (folder / "objective").write_text(json.dumps(objective))
    return folder


def test_keras_tuner_loads_our_searches_and_those_of_optuna(tmp_path: Path) -> None:
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(storage=f"sqlite:///{tmp_path / 'o.db'}", study_name="s", direction="maximize")
    study.optimize(lambda trial: trial.suggest_float("x", 0, 1) * trial.suggest_int("n", 1, 3), n_trials=3)
    ours = exported(store_search(tmp_path / "search"), tmp_path / "ours", ("val_loss", "min"))
    theirs = exported(tmp_path / "o.db", tmp_path / "theirs", ("value", "max"))
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    command = [sys.executable, "-c", LOADS, str(ours), str(theirs)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout.splitlines()[-1])
    assert [(trial_id, score) for trial_id, score, _ in seen["ours"]][:2] == [("3", 0.2), ("0", 0.25)]
    assert seen["ours"][0][2]["units"] == 16
    best = study.best_trial
    assert seen["theirs"][0] == [str(best.number), best.value, best.params]


def test_what_lies_beside_the_search_is_taken_and_what_is_behind_is_mended(tmp_path: Path) -> None:
    root = store_search(tmp_path / "search")
    reader = SearchReader(root)
    write_project(reader, tmp_path / "first")
    for name in ("oracle.json", "trial_0/trial.json"):  # as the engine left them; then it was killed
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_bytes((tmp_path / "first" / name).read_bytes())
    (root / "trial_0" / "checkpoint.weights.h5").write_bytes(b"weights")
    state = json.loads((root / "oracle.json").read_text())
    (root / "oracle.json").write_text(json.dumps({**state, "of_a_tuner": 1}))
    add_trial(root, 4, TrialState.COMPLETED, {"units": 8}, ((0.15,),), score=0.15)
    folder = write_project(reader, tmp_path / "second")
    reader.close()
    assert (folder / "trial_0" / "checkpoint.weights.h5").read_bytes() == b"weights"
    written = json.loads((folder / "oracle.json").read_text())
    assert written["of_a_tuner"] == 1
    assert written["start_order"] == ["0", "1", "2", "3", "4"]
    project = read_project(folder)
    assert project.problems == ()
    assert [trial.row.score for trial in project.trials] == [0.25, None, 0.8, 0.2, 0.15]


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    root = store_search(tmp_path / "search")
    done = CliRunner().invoke(cli.app, ["export", str(root), "--format", "keras-tuner", "--to", str(tmp_path)])
    assert done.exit_code != 0
    assert "is not empty" in str(done.exception)
