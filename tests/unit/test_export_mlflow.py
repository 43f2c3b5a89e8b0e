"""A search in a real local store of MLflow's."""

from __future__ import annotations

import shlex
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from support.stored_search import BEGAN, add_trial, store_search
from typer.testing import CliRunner

from tui_tuner import cli
from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.engine.reader import SearchReader
from tui_tuner.engine.store import Store
from tui_tuner.engine.view import TrialState
from tui_tuner.errors import TunerError
from tui_tuner.interop.mlflow_export import log_search


def logged(root: Path, uri: str) -> int:
    reader = SearchReader(root)
    try:
        return log_search(reader, uri)
    finally:
        reader.close()


def test_each_trial_is_a_run_below_that_of_the_search(tmp_path: Path) -> None:
    from mlflow.tracking import MlflowClient

    root = store_search(tmp_path / "search")
    done = CliRunner().invoke(cli.app, ["export", str(root), "--format", "mlflow"])
    assert done.exit_code == 0, done.output
    uri = f"sqlite:///{root / 'exports' / 'mlflow.db'}"
    assert uri in done.output
    client = MlflowClient(tracking_uri=uri)
    experiment = client.get_experiment_by_name("stored")
    assert experiment is not None
    runs = {run.info.run_name: run for run in client.search_runs([experiment.experiment_id])}
    assert set(runs) == {"stored", "trial 0", "trial 1", "trial 2", "trial 3"}
    parent = runs.pop("stored")
    assert {run.data.tags["mlflow.parentRunId"] for run in runs.values()} == {parent.info.run_id}
    assert parent.data.tags["best.units"] == "16"
    assert parent.data.metrics == {"val_loss": 0.2, "test_loss": 0.2}
    assert {name: run.info.status for name, run in runs.items()} == {
        "trial 0": "FINISHED",
        "trial 1": "FAILED",
        "trial 2": "KILLED",
        "trial 3": "FINISHED",
    }
    first = runs["trial 0"]
    assert first.data.params == {"units": "8", "rate": "0.001", "act": "relu", "slope": "0.2", "norm": "True"}
    assert (first.info.start_time, first.info.end_time) == (BEGAN * 1000, (BEGAN + 5) * 1000)
    history = client.get_metric_history(first.info.run_id, "val_loss")
    assert [(point.step, point.value) for point in history][:2] == [(1, 0.5), (2, 0.25)]
    assert history[0].timestamp == (BEGAN + 1) * 1000
    assert first.data.metrics["score"] == 0.25
    assert first.data.metrics["best_val_loss"] == 0.25
    assert "it broke" in runs["trial 1"].data.tags["mlflow.note.content"]

    # Again: what has not changed stays, what has is written anew.
    assert logged(root, uri) == 0
    add_trial(root, 1, TrialState.COMPLETED, {"units": 8}, ((0.15,),), score=0.15)
    add_trial(root, 4, TrialState.COMPLETED, {"units": 8}, ((0.5,),), score=0.5, violation=0.25)
    store = Store(SearchDirectory(root).database)
    with store.transaction():
        store.set_meta(best_trial_id="1")
    store.close()
    assert logged(root, uri) == 2
    runs = {run.info.run_name: run for run in client.search_runs([experiment.experiment_id])}
    assert len(runs) == 6
    assert runs["trial 1"].info.status == "FINISHED"
    assert runs["trial 0"].info.run_id == first.info.run_id
    assert runs["trial 4"].data.metrics["violation"] == 0.25
    tags = runs["stored"].data.tags
    assert {name: value for name, value in tags.items() if name.startswith("best")} == {
        "best_trial": "1",
        "best.units": "8",
    }


def test_a_store_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no database" * 100)
    with pytest.raises(TunerError, match="MLflow could not write there"):
        logged(store_search(tmp_path / "search"), f"sqlite:///{tmp_path / 'file'}")


def test_a_server_that_is_not_there_is_not_asked_for_minutes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", raising=False)
    with pytest.raises(TunerError, match="MLflow could not write there"):
        logged(store_search(tmp_path / "search"), "no-such-scheme://store")
    from mlflow.environment_variables import MLFLOW_HTTP_REQUEST_MAX_RETRIES

    assert MLFLOW_HTTP_REQUEST_MAX_RETRIES.get() == 2


def test_the_command_to_look_at_it_can_be_copied_and_says_what_it_needs(tmp_path: Path) -> None:
    root = store_search(tmp_path / "a search")
    done = CliRunner().invoke(cli.app, ["export", str(root), "--format", "mlflow"])
    assert done.exit_code == 0, done.output
    needs, _, command = done.stderr.partition("to look at them")[2].partition(": ")
    assert needs == ("" if find_spec("flask") else " (after pip install mlflow)")
    assert shlex.split(command)[-1] == f"sqlite:///{root / 'exports' / 'mlflow.db'}"


def test_the_missing_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mlflow.tracking", None)
    with pytest.raises(TunerError) as told:
        logged(store_search(tmp_path / "search"), "sqlite:///x.db")
    assert "tui-tuner[mlflow]" in told.value.hint
