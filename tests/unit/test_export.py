"""The tables of a search: what is in them, and that each format gives it back."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import optuna
import pandas as pd
import pytest
from typer.testing import CliRunner

from tui_tuner import cli
from tui_tuner.analysis.frames import frames_of
from tui_tuner.engine import events
from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.engine.reader import SearchReader
from tui_tuner.engine.store import Store, TrialRow
from tui_tuner.engine.view import TrialState
from tui_tuner.errors import TunerError
from tui_tuner.headless.export import Format, export
from tui_tuner.worker.reports import EpochEnded


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[SearchReader]:
    root = tmp_path / "search"
    root.mkdir()
    store = Store(SearchDirectory(root).database)
    with store.transaction():
        store.set_meta(name="s", objective={"name": "val_loss", "direction": "min"})
        for epoch, loss in enumerate((0.5, 0.25, float("nan"))):
            store.epoch(EpochEnded("w", "0", 0, 0, epoch, {"val_loss": loss}, 100.0 + epoch, 1.0))
        store.event(events.TrialCreated(), "0")
        store.trial(
            TrialRow(
                trial_id="0",
                number=0,
                status=TrialState.COMPLETED,
                hyperparameters={"units": 8, "act": "relu, or\n'more'", "kind": 1},
                score=0.25,
                best_epoch=1,
                started=99.0,
                ended=103.0,
                duration_s=4.0,
                metrics={"val_loss": 0.25},
            )
        )
        store.event(events.TrialCreated(), "1")
        store.trial(TrialRow("1", 1, TrialState.FAILED, {"units": 16, "kind": "text"}, message="it broke"))
    store.close()
    found = SearchReader(root)
    yield found
    found.close()


def test_trials_and_epochs_have_a_row_each(reader: SearchReader) -> None:
    frames = frames_of(reader)
    trials = frames.trials
    assert list(trials["trial_id"]) == ["0", "1"]
    assert list(trials["status"]) == ["COMPLETED", "FAILED"]
    assert list(trials["hp.units"]) == [8, 16]
    assert trials["hp.act"][0] == "relu, or\n'more'"
    assert pd.isna(trials["hp.act"][1])
    assert trials["metric.val_loss"][0] == 0.25
    assert pd.isna(trials["metric.val_loss"][1])
    assert trials["started"][0] == pd.Timestamp(99, unit="s", tz="UTC")
    assert pd.isna(trials["started"][1])
    assert trials["best_epoch"][0] == 1
    assert list(frames.epochs["epoch"]) == [0, 1, 2]
    assert list(frames.epochs["metric.val_loss"])[:2] == [0.5, 0.25]


def test_an_empty_search_has_empty_tables(tmp_path: Path) -> None:
    Store(SearchDirectory(tmp_path).database).close()
    found = SearchReader(tmp_path)
    frames = frames_of(found)
    found.close()
    assert (len(frames.trials), len(frames.epochs)) == (0, 0)
    assert "score" in frames.trials


def test_csv_gives_it_back(reader: SearchReader, tmp_path: Path) -> None:
    trials, epochs = export(reader, Format.CSV, tmp_path / "out")
    back = pd.read_csv(trials, dtype={"trial_id": str})
    assert back["score"][0] == 0.25
    assert back["hp.act"][0] == "relu, or\n'more'"
    assert len(pd.read_csv(epochs)) == 3


def test_json_lines_give_it_back(reader: SearchReader, tmp_path: Path) -> None:
    trials, epochs = export(reader, Format.JSONL, tmp_path)
    rows = [json.loads(line) for line in trials.read_text().splitlines()]
    assert rows[0]["hp.kind"] == 1
    assert rows[1]["hp.kind"] == "text"
    assert rows[0]["started"].startswith("1970-01-01T00:01:39")
    assert json.loads(epochs.read_text().splitlines()[2])["metric.val_loss"] is None


@pytest.mark.parametrize("form", [Format.CSV, Format.JSONL, Format.PARQUET])
def test_no_digit_is_lost_and_whole_numbers_stay_whole(form: Format, tmp_path: Path) -> None:
    values = ({"decay": 1.2345678901234567e-16, "units": 2**60 + 1}, {"decay": 3.1, "units": 64}, {"decay": 0.3})
    store = Store(SearchDirectory(tmp_path).database)
    scores = (0.1234567890123456789, float("inf"), 2.5e-17)
    with store.transaction():
        for number, (each, score) in enumerate(zip(values, scores, strict=True)):
            store.event(events.TrialCreated(), str(number))
            store.trial(TrialRow(str(number), number, TrialState.COMPLETED, each, score=score))
    store.close()
    found = SearchReader(tmp_path)
    trials, _ = export(found, form, tmp_path / "out")
    found.close()
    if form is Format.JSONL:
        rows = [json.loads(line) for line in trials.read_text().splitlines()]
        assert [row["score"] for row in rows] == [scores[0], "Infinity", scores[2]]
    elif form is Format.CSV:
        rows = pd.read_csv(trials, dtype={"hp.units": "Int64"}).to_dict("records")
        assert ",3.1,64\n" in trials.read_text()
        assert [row["score"] for row in rows] == list(scores)
    else:
        rows = pd.read_parquet(trials).to_dict("records")
        assert [row["score"] for row in rows] == list(scores)
    assert [row["hp.decay"] for row in rows] == [each["decay"] for each in values]
    assert [row["hp.units"] for row in rows[:2]] == [2**60 + 1, 64]
    assert pd.isna(rows[2]["hp.units"])


def test_parquet_gives_it_back(reader: SearchReader, tmp_path: Path) -> None:
    trials, epochs = export(reader, Format.PARQUET, tmp_path)
    back = pd.read_parquet(trials)
    assert list(back["hp.kind"]) == ["1", "text"]
    assert back["score"][0] == 0.25
    assert len(pd.read_parquet(epochs)) == 3


def test_a_missing_extra_is_named(reader: SearchReader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(TunerError, match="extra"):
        export(reader, Format.PARQUET, tmp_path)
    assert list(tmp_path.glob("*.parquet")) == []


def test_a_study_of_optunas_is_exported_beside_where_one_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(storage=f"sqlite:///{tmp_path / 'o.db'}", study_name="s")
    study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=2)
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(cli.app, ["export", "o.db"])
    assert done.exit_code == 0, done.output
    assert list(pd.read_csv("exports/trials.csv")["hp.x"]) == [trial.params["x"] for trial in study.trials]


def test_the_command_says_what_it_wrote(reader: SearchReader, tmp_path: Path) -> None:
    root = tmp_path / "search"
    done = CliRunner().invoke(cli.app, ["export", str(root), "--format", "jsonl"])
    assert done.exit_code == 0, done.output
    files = [root / "exports" / "trials.jsonl", root / "exports" / "epochs.jsonl"]
    assert done.output.split() == [str(file) for file in files]
    assert all(file.is_file() for file in files)


def test_a_folder_that_cannot_be_made_is_said_clearly(reader: SearchReader, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(TunerError, match="could not be written"):
        export(reader, Format.CSV, tmp_path / "file" / "below")


@pytest.mark.parametrize(
    ("form", "to", "message"),
    [
        ("mlflow", "file", "could not be written (File exists)"),
        ("optuna", "sqlite:///o.db", "is written into a folder, not to a URI"),
        ("csv", "trials.csv", "this is the folder"),
        ("html", "report.html", "this is the folder"),
        ("mlflow", "mlflow.db", "this is the folder"),
    ],
)
def test_a_place_that_is_no_folder_is_said_clearly(
    reader: SearchReader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str, to: str, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("")
    done = CliRunner().invoke(cli.app, ["export", "search", "--format", form, "--to", to])
    assert isinstance(done.exception, TunerError)
    assert message in done.exception.message
    assert {path.name for path in tmp_path.iterdir()} == {"file", "search"}


def test_a_folder_below_home_may_be_given_after_an_equals_sign(
    reader: SearchReader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    done = CliRunner().invoke(cli.app, ["export", str(tmp_path / "search"), "--to=~/tables"])
    assert done.exit_code == 0, done.output
    assert (tmp_path / "tables" / "trials.csv").is_file()
