"""A search with real Keras, its final model, that model on another file, and the script that makes it again."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import tui_tuner

SAMPLES = Path(__file__).parents[2] / "sample_configs"

KERAS_ONLY = """
import importlib.abc, runpy, sys
class Nothing(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("tui_tuner", "pandas", "sklearn"):
            raise ImportError(name)
sys.meta_path.insert(0, Nothing())
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""
"""Runs a script where nothing but Keras and numpy can be imported of what it might need."""


def cli(*arguments: str, folder: Path) -> str:
    command = [sys.executable, "-m", "tui_tuner.cli", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where `searches/titanic` holds a tiny search and its final model; `said` what `retrain --json` printed."""
    folder = tmp_path_factory.mktemp("final")
    smaller = ("search.max_trials=1", "fit.epochs=2", "callbacks={}", "run.executor=inline")
    sets = [part for setting in smaller for part in ("--set", setting)]
    cli("run", str(SAMPLES / "titanic.yaml"), "--headless", *sets, folder=folder)
    printed = cli("retrain", "searches/titanic", "--seeds", "2", "--epochs", "3", "--json", folder=folder)
    (folder / "said").write_text(printed)
    return folder


def said(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "said").read_text().splitlines()]


def test_retrain_trains_on_all_rows_but_the_test_rows_and_tells_each_epoch(folder: Path) -> None:
    *epochs, final = said(folder)
    assert [(line["run"], line["seed"], line["epoch"]) for line in epochs] == [
        (run, 41 + run, epoch) for run in (1, 2) for epoch in (1, 2, 3)
    ]
    assert [run["seed"] for run in final["runs"]] == [42, 43]
    assert all(0 < run["test"]["accuracy"] <= 1 for run in final["runs"])
    card = (folder / final["card"]).read_text()
    assert "- 569 rows: the training and the validation rows" in card
    assert f"| tui-tuner | {tui_tuner.__version__} |" in card or "| tui-tuner | unknown |" in card
    assert (folder / "searches/titanic/best/model.keras").is_file()  # the search's own stays


def test_the_script_makes_the_same_model_with_keras_alone(folder: Path, tmp_path: Path) -> None:
    final = said(folder)[-1]
    for name in ("train.py", "data.npz"):
        (tmp_path / name).write_bytes((folder / "searches/titanic/final" / name).read_bytes())
    done = subprocess.run(
        [sys.executable, "-I", "-c", KERAS_ONLY, "train.py"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert f"test accuracy: {final['runs'][0]['test']['accuracy']:.4g}" in done.stdout
    assert (tmp_path / "trained.keras").is_file()


def test_evaluate_prepares_another_file_as_the_search_did(folder: Path) -> None:
    lines = (SAMPLES / "data" / "titanic.csv").read_text().splitlines(keepends=True)
    (folder / "new.csv").write_text("".join(lines[:301]))
    found = json.loads(cli("evaluate", "searches/titanic", "new.csv", "--json", folder=folder))
    assert found["model"].endswith("final/model.keras")
    assert set(found["metrics"]) == {"accuracy", "loss"}
    assert 0 < found["metrics"]["accuracy"] <= 1
