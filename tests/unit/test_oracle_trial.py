from __future__ import annotations

import json
import math
import os
import stat
from pathlib import Path

import pytest

from tui_tuner.oracles import Trial, TrialStatus
from tui_tuner.oracles.json_files import read_json, write_json
from tui_tuner.space import HyperParameters

KERAS_TUNER_FILE = (
    '{"trial_id": "0", "hyperparameters": {"space": [{"class_name": "Int", "config": {"name": "units", "default": null,'
    ' "conditions": [], "min_value": 4, "max_value": 16, "step": 4, "sampling": "linear"}}], "values": {"units": 8}},'
    ' "metrics": {"metrics": {"val_loss": {"direction": "min", "observations": [{"value": [1.5], "step": 2}]}}},'
    ' "score": 1.5, "best_step": 2, "status": "COMPLETED", "message": null}'
)


def a_trial() -> Trial:
    hp = HyperParameters()
    hp.Int("units", 4, 16, step=4)
    hp.Fixed("note", "x")
    return Trial(hp, trial_id="3")


def test_statuses_equal_their_strings() -> None:
    assert {str(status) for status in TrialStatus} == {
        "RUNNING", "IDLE", "INVALID", "STOPPED", "COMPLETED", "FAILED",
    }  # fmt: skip
    assert TrialStatus.RUNNING == "RUNNING"
    assert json.dumps(TrialStatus.FAILED) == '"FAILED"'


def test_a_new_trial_runs_under_an_id_of_its_own() -> None:
    trial, other = Trial(HyperParameters()), Trial(HyperParameters())
    assert (trial.status, trial.score, trial.best_step, trial.message) == ("RUNNING", None, 0, None)
    assert len(trial.trial_id) == 32
    assert trial.trial_id != other.trial_id


def test_keras_tuners_file_is_read_and_written_to_the_letter(tmp_path: Path) -> None:
    path = tmp_path / "trial.json"
    path.write_text(KERAS_TUNER_FILE)
    trial = Trial.load(path)
    assert trial.score == 1.5
    assert trial.hyperparameters.values == {"units": 8}
    trial.save(path)
    assert path.read_text() == KERAS_TUNER_FILE


def test_nan_and_infinities_survive_the_file(tmp_path: Path) -> None:
    trial = a_trial()
    trial.metrics.update("loss", math.nan)
    trial.score = -math.inf
    trial.save(tmp_path / "deep" / "trial.json")
    loaded = a_trial()
    loaded.reload(tmp_path / "deep" / "trial.json")
    assert loaded.score == -math.inf
    assert math.isnan(loaded.metrics.get_last_value("loss") or 0.0)


def test_the_summary_is_what_users_know(capsys: pytest.CaptureFixture[str]) -> None:
    trial = a_trial()
    trial.summary()
    trial.score, trial.message = 0.5, "boom"
    trial.summary()
    Trial(HyperParameters(), trial_id="4").display_hyperparameters()
    head = ["Trial 3 summary", "Hyperparameters:", "units: 4", "note: x"]
    assert capsys.readouterr().out.splitlines() == [*head, *head, "Score: 0.5", "boom", "default configuration"]


def test_discarding_results_leaves_the_configuration() -> None:
    trial = a_trial()
    trial.metrics.update("loss", 1.0)
    trial.score, trial.best_step, trial.message = 1.0, 7, "boom"
    trial.discard_results()
    state = trial.get_state()
    assert state["metrics"] == {"metrics": {}}
    assert (state["score"], state["best_step"], state["message"]) == (None, 0, None)
    assert trial.hyperparameters.values == {"units": 4, "note": "x"}


def test_a_failed_write_leaves_the_old_file_and_no_litter(tmp_path: Path) -> None:
    path = tmp_path / "trial.json"
    write_json(path, {"a": 1})
    with pytest.raises(TypeError):
        write_json(path, {"a": object()})
    assert read_json(path) == {"a": 1}
    assert os.listdir(tmp_path) == ["trial.json"]  # noqa: PTH208


def test_a_write_that_breaks_off_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "trial.json"
    write_json(path, {"a": 1})

    def full(self: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        write_json(path, {"a": 2})
    assert read_json(path) == {"a": 1}
    assert [each.name for each in tmp_path.iterdir()] == ["trial.json"]


def test_files_are_as_readable_as_any_other(tmp_path: Path) -> None:
    (tmp_path / "other").write_text("")
    write_json(tmp_path / "trial.json", {})
    modes = {stat.S_IMODE(each.stat().st_mode) for each in tmp_path.iterdir()}
    assert len(modes) == 1


@pytest.mark.parametrize("text", ["", '{"a": 1', "[1]", "null"])
def test_a_file_that_is_not_whole_is_a_value_error(tmp_path: Path, text: str) -> None:
    path = tmp_path / "trial.json"
    path.write_text(text)
    with pytest.raises(ValueError):
        read_json(path)
