"""A trial as text to take elsewhere."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from support.fake_source import make_trial, make_view

from tui_tuner.analysis.copying import as_config, as_json, as_python
from tui_tuner.configs.load import load_config
from tui_tuner.engine import json_values
from tui_tuner.engine.view import Scalar
from tui_tuner.headless.status import status_json

SAMPLES = Path(__file__).parents[2] / "sample_configs"


@pytest.mark.parametrize("sample", ["titanic.yaml", "digits.yaml", "diabetes.yaml"])
def test_a_config_runs_the_one_configuration(sample: str, tmp_path: Path) -> None:
    config = load_config(SAMPLES / sample)
    stored = json.loads(json_values.dump(config.model_dump(mode="json")))
    trial = make_trial(3, values={"units": 32, "learning_rate": 1e-4, "tuner/epochs": 3})
    file = tmp_path / "one.yaml"
    file.write_text(as_config(make_view([trial]), trial, stored), encoding="utf-8")
    again = load_config(file)
    assert again.search.max_trials == 1
    assert again.search.initial_trials == ({"units": 32, "learning_rate": 1e-4},)
    assert again.model == config.model
    assert again.search.objective == config.search.objective
    assert again.data == config.data


def test_python_reads_every_value_again() -> None:
    values: dict[str, Scalar] = {"a": 1, "b": math.inf, "c": "it's [red] \u202e", "d": False, "e": 1e-300}
    found: dict[str, object] = {}
    exec(as_python(make_trial(0, values=values)), {}, found)
    assert found["values"] == values


def test_json_counts_epochs_as_status_does() -> None:
    trial = make_trial(0)
    view = make_view([trial])
    assert json.loads(as_json(view, trial))["best_epoch"] == json.loads(status_json(view))["trials"][0]["best_epoch"]


def test_json_has_no_nan() -> None:
    trial = make_trial(0, score=math.nan)
    assert json.loads(as_json(make_view([trial]), trial))["score"] is None
