"""KerasTuner's files beside `search.db`: whole again after a crash."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from types import SimpleNamespace

import pytest
from support.keras_tuner_files import Written, write_project

from tui_tuner.engine.oracle_files import OracleFiles
from tui_tuner.interop.keras_tuner_project import read_project
from tui_tuner.oracles import Objective, RandomSearchOracle, Trial
from tui_tuner.space import HyperParameters


def restored(root: Path, *scores: float) -> RandomSearchOracle:
    """An oracle that an engine has restored from `search.db`."""
    hp = HyperParameters()
    hp.Float("lr", 0.0001, 0.1, sampling="log")
    oracle = RandomSearchOracle(objective=Objective("val_loss", "min"), hyperparameters=hp, seed=1)
    oracle.set_project_dir(root.parent, root.name)
    trials = []
    for number, score in enumerate(scores):
        trial = Trial(hp.copy(), trial_id=str(number), status="COMPLETED")
        trial.metrics.update("val_loss", score)
        trial.score = score
        trials.append(trial)
    oracle.restore(trials, {})
    return oracle


def test_what_the_files_lacked_when_the_engine_was_killed_is_in_the_next_ones(tmp_path: Path) -> None:
    root = write_project(tmp_path / "search", [Written("0", 1.0), Written("1", status="RUNNING")])
    (root / "trial_0" / "trial.json").write_text("{")
    OracleFiles(restored(root, 1.0, 0.5, 0.25)).save()
    project = read_project(root)
    assert project.problems == ()
    assert [trial.row.score for trial in project.trials] == [1.0, 0.5, 0.25]


def test_a_crowd_of_trials_is_saved_in_rounds_between_which_the_search_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = write_project(tmp_path / "search", [Written("0", 1.0)])
    clock = SimpleNamespace(monotonic=count(0.0, 0.02).__next__)
    monkeypatch.setattr("tui_tuner.oracles.stored_memory.time", clock)
    files = OracleFiles(restored(root, 1.0, *[0.5] * 20))
    files.mark_stale()
    rounds = 0
    while len(list(root.glob("trial_*/trial.json"))) < 21 and rounds < 50:
        before = len(list(root.glob("trial_*/trial.json")))
        files.save_now_and_then()
        assert len(list(root.glob("trial_*/trial.json"))) - before <= 3
        rounds += 1
    files.save()
    assert rounds > 6
    assert len(read_project(root).trials) == 21
