"""`search.pruner` in configs: what is taken, what a mistake says, and what it comes to."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from tui_tuner.configs.assemble import plan_search, stored_config
from tui_tuner.configs.json_schema import json_schema
from tui_tuner.configs.load import load_config
from tui_tuner.configs.pruner_section import PRUNERS
from tui_tuner.configs.schema import Config
from tui_tuner.errors import ConfigError
from tui_tuner.oracles.pruners import pruner_names
from tui_tuner.oracles.pruners.median import MedianPruner
from tui_tuner.oracles.pruners.patience import PatiencePruner
from tui_tuner.oracles.pruners.successive_halving import SuccessiveHalvingPruner
from tui_tuner.oracles.pruners.threshold import ThresholdPruner

CLASSES = {
    "median": MedianPruner,
    "patience": PatiencePruner,
    "successive_halving": SuccessiveHalvingPruner,
    "threshold": ThresholdPruner,
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def text(pruner: str) -> str:
    return f"model: dense\ndata: {{sklearn: iris}}\nsearch:\n  pruner: {pruner}\n"


def load(folder: Path, pruner: str) -> Config:
    (folder / "a.yaml").write_text(text(pruner))
    return load_config(folder / "a.yaml")


def test_configs_and_the_library_know_the_same_pruners() -> None:
    assert set(PRUNERS) == set(pruner_names())


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_each_argument_of_a_pruner_is_a_key_with_its_default_in_words(name: str) -> None:
    parameters = dict(inspect.signature(CLASSES[name]).parameters)
    del parameters["direction"]
    fields = dict(PRUNERS[name].model_fields)
    del fields["name"]
    assert list(fields) == list(parameters)
    for key, field in fields.items():
        default = parameters[key].default
        said = re.search(r"Default: (.*)\.$", field.description or "")
        assert said is not None
        assert said[1] == ("none" if default is None else f"{default:g}")


@pytest.mark.parametrize(
    ("pruner", "kind", "arguments"),
    [
        ("none", type(None), {}),
        ("{name: none}", type(None), {}),
        ("median", MedianPruner, {}),
        ("{name: median, min_trials: 10, warmup_epochs: 0}", MedianPruner, {"min_trials": 10, "warmup_epochs": 0}),
        ("{name: successive_halving, reduction_factor: 4}", SuccessiveHalvingPruner, {"reduction_factor": 4}),
        ("{name: patience, patience: 3, min_delta: 0.01}", PatiencePruner, {"patience": 3, "min_delta": 0.01}),
        ("{name: threshold, upper: 3, lower: -1}", ThresholdPruner, {"upper": 3, "lower": -1}),
    ],
)
def test_what_is_written_is_what_judges_and_is_what_a_resumed_search_has(
    folder: Path, pruner: str, kind: type, arguments: dict[str, Any]
) -> None:
    config = load(folder, pruner)
    plan = plan_search(config)
    assert type(plan.make_pruner()) is kind
    assert plan.pruner_arguments == arguments
    assert plan.task.awaits_answers is (kind is not type(None))
    plan.open()  # takes the directory and writes what the search is; nothing is run
    assert stored_config(plan.spec.directory.root).search.pruner == config.search.pruner
    assert not list(jsonschema.Draft202012Validator(json_schema()).iter_errors(yaml.safe_load(text(pruner))))


def test_by_default_there_is_none(folder: Path) -> None:
    (folder / "a.yaml").write_text("model: dense\ndata: {sklearn: iris}\nsearch: {tuner: hyperband}\n")
    plan = plan_search(load_config(folder / "a.yaml"))
    assert plan.make_pruner() is None
    assert not plan.task.awaits_answers


@pytest.mark.parametrize(
    ("pruner", "key", "says", "hint"),
    [
        ("medain", "search.pruner", "expected one of none, median, ", "'median'"),
        ("{name: Patience}", "search.pruner.name", "found 'Patience'", "'patience'"),
        ("{nam: median}", "search.pruner", "the key name is missing", "{name: median}"),
        ("[median]", "search.pruner", "found a list", "median"),
        ("3", "search.pruner", "found 3", "median"),
        ("", "search.pruner", "found nothing", "median"),
        ("{name: median, min_trial: 3}", "search.pruner.min_trial", "unknown key", "'min_trials'"),
        ("{name: median, patience: 3}", "search.pruner.patience", "one of name, min_trials, warmup_epochs", ""),
        (
            "{name: successive_halving, reduction_factor: 1}",
            "search.pruner.reduction_factor",
            "at least 2, found 1",
            "",
        ),
        ("{name: patience, min_delta: -1}", "search.pruner.min_delta", "at least 0, found -1", ""),
        ("{name: threshold, upper: .nan}", "search.pruner.upper", "a finite number", ""),
        ("{name: threshold, lower: 3, upper: 2}", "search.pruner.lower", "at most the upper bound 2, found 3", ""),
    ],
)
def test_a_mistake_is_told_with_its_line_and_its_key(folder: Path, pruner: str, key: str, says: str, hint: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(folder, pruner)
    assert f"a.yaml, line 4: {key}: " in caught.value.message
    assert says in caught.value.message
    assert hint in caught.value.hint


def test_all_mistakes_in_one_pruner_are_told(folder: Path) -> None:
    with pytest.raises(ConfigError, match=r"(?s)2 mistakes.*pruner\.interval.*pruner\.min_trials"):
        load(folder, "{name: median, min_trials: 0, interval: x}")
