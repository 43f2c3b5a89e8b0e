"""Studies of Optuna's as searches, read from the storages that Optuna itself wrote."""

from __future__ import annotations

import hashlib
import sqlite3
import sys
from pathlib import Path

import optuna
import pytest
from typer.testing import CliRunner

from tui_tuner import cli
from tui_tuner.analysis.pareto import objectives, pareto_front, values_of
from tui_tuner.analysis.ranking import ranked
from tui_tuner.engine.reader import SearchReader
from tui_tuner.engine.view import Objective, SearchState, TrialState
from tui_tuner.errors import TunerError
from tui_tuner.interop.keras_tuner_import import search_in
from tui_tuner.interop.optuna_import import import_study, open_study, read_study


def objective(trial: optuna.Trial) -> float:
    """Trial 0 completes, 1 is pruned, 2 raises, 3 completes."""
    depth: int = trial.suggest_int("depth", 1, 3)
    rate: float = trial.suggest_float("rate", 1e-4, 1e-1, log=True)
    trial.suggest_categorical("mixed", [None, 1, "one"])
    if trial.suggest_categorical("extra", [True, False]):
        trial.suggest_float("momentum", 0.5, 0.9, step=0.1)
    for step in range(3):
        trial.report(depth - rate * step, step)
    if trial.number == 1:
        raise optuna.TrialPruned
    if trial.number == 2:
        raise ValueError("it broke")
    return depth - rate * 2


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A SQLite file with the study `s`."""
    path = tmp_path / "optuna.db"
    fill(f"sqlite:///{path}")
    return path


def fill(storage: str | optuna.storages.BaseStorage, name: str = "s") -> optuna.Study:
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(storage=storage, study_name=name, sampler=optuna.samplers.RandomSampler(seed=1))
    for extra in (True, False, True):
        study.enqueue_trial({"extra": extra, "mixed": None if extra else "one"})
    study.optimize(objective, n_trials=4, catch=(ValueError,))
    return study


def test_its_trials_are_seen_with_their_values_scores_and_curves(file: Path) -> None:
    study = optuna.load_study(study_name="s", storage=f"sqlite:///{file}")
    with search_in(file) as found:
        reader = SearchReader(file, database=found.database)
        view = reader.poll()
        curve = reader.epochs("0")
        reader.close()
    assert (view.name, view.tuner, view.state) == ("s", "Optuna", SearchState.STOPPED)
    assert view.objective == Objective("value", "min")
    assert [trial.status for trial in view.trials.values()] == [
        TrialState.COMPLETED,
        TrialState.STOPPED,
        TrialState.FAILED,
        TrialState.COMPLETED,
    ]
    first, theirs = view.trials["0"], study.trials[0]
    assert first.score == theirs.value
    assert first.best_epoch == 2
    assert first.hyperparameters == {**theirs.params, "mixed": "None"}
    assert "momentum" not in view.trials["1"].hyperparameters
    assert view.trials["1"].score == study.trials[1].intermediate_values[2]
    assert first.started == theirs.datetime_start.timestamp() if theirs.datetime_start else False
    assert [epoch.metrics["value"] for epoch in curve] == list(theirs.intermediate_values.values())
    assert view.best is not None
    assert view.best.trial_id == str(study.best_trial.number)


@pytest.mark.parametrize("style", ["of a sampler", "of each trial"])
def test_a_trial_that_violates_a_constraint_is_not_the_best_here_either(style: str, tmp_path: Path) -> None:
    def violations(trial: optuna.trial.FrozenTrial) -> tuple[float, ...]:
        return (1.0 - float(trial.params["x"]), -1.0)

    def f(trial: optuna.Trial) -> float:
        x: float = trial.suggest_float("x", 0.0, 4.0)
        if style == "of each trial":
            trial.set_constraint("size", 1.0 - x)
            trial.set_constraint("other", -1.0)
        return x

    path = tmp_path / "optuna.db"
    sampler = optuna.samplers.TPESampler(constraints_func=violations if style == "of a sampler" else None, seed=1)
    study = optuna.create_study(storage=f"sqlite:///{path}", study_name="s", sampler=sampler)
    for x in (0.25, 3.0, 2.0):
        study.enqueue_trial({"x": x})
    study.optimize(f, n_trials=3)
    assert study.best_trial.number == 2
    with search_in(path) as found:
        reader = SearchReader(path, database=found.database)
        view = reader.poll()
        reader.close()
    assert view.best_trial_id == "2"
    assert [trial.violation for trial in view.trials.values()] == [0.75, 0.0, 0.0]
    assert [trial.trial_id for trial in ranked(view)] == ["2", "1", "0"]


def test_its_space_is_what_was_suggested(file: Path) -> None:
    with search_in(file) as found:
        reader = SearchReader(file, database=found.database)
        space = {parameter.name: parameter for parameter in reader.poll().space}
        reader.close()
    assert {name: parameter.kind for name, parameter in space.items()} == {
        "depth": "Int",
        "rate": "Float",
        "mixed": "Choice",
        "extra": "Boolean",
        "momentum": "Float",
    }
    assert (space["rate"].min_value, space["rate"].max_value, space["rate"].sampling) == (1e-4, 1e-1, "log")
    assert space["mixed"].values == ("None", "1", "one")
    assert space["momentum"].step == 0.1


def test_reading_changes_nothing_in_the_file(file: Path) -> None:
    before = hashlib.sha256(file.read_bytes()).digest()
    file.chmod(0o444)
    with search_in(file):
        pass
    assert hashlib.sha256(file.read_bytes()).digest() == before
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_ranges_that_changed_while_it_ran_are_seen_as_their_hull(tmp_path: Path) -> None:
    study = optuna.create_study(storage=f"sqlite:///{tmp_path / 'o.db'}", study_name="s")
    for low, high in ((0.0, 1.0), (-2.0, 0.5)):
        study.optimize(lambda trial, low=low, high=high: trial.suggest_float("x", low, high), n_trials=1)
    (space,) = (read_study(study).space or {})["space"]
    assert (space["config"]["min_value"], space["config"]["max_value"]) == (-2.0, 1.0)


def test_several_objectives_are_seen_with_their_front(tmp_path: Path) -> None:
    storage = f"sqlite:///{tmp_path / 'o.db'}"
    study = optuna.create_study(storage=storage, study_name="s", directions=["maximize", "minimize"])
    study.optimize(lambda trial: (trial.suggest_float("x", 0, 1), trial.params["x"] ** 2), n_trials=3)
    with search_in(tmp_path / "o.db") as found:
        reader = SearchReader(tmp_path, database=found.database)
        view = reader.poll()
        reader.close()
    assert objectives(view) == (Objective("value", "max"), Objective("value_2", "min"))
    assert [values_of(trial) for trial in view.trials.values()] == [tuple(trial.values) for trial in study.trials]
    assert {int(trial.trial_id) for trial in pareto_front(view)} == {trial.number for trial in study.best_trials}


def test_a_journal_is_read_too(tmp_path: Path) -> None:
    path = tmp_path / "optuna.log"
    fill(optuna.storages.JournalStorage(optuna.storages.journal.JournalFileBackend(str(path))))
    assert [trial.row.trial_id for trial in read_study(open_study(str(path))).trials] == ["0", "1", "2", "3"]


def test_the_command_makes_a_search_directory_that_all_others_take(file: Path, tmp_path: Path) -> None:
    fill(f"sqlite:///{file}", "t")
    folder = tmp_path / "searches" / "t"
    runner = CliRunner()
    done = runner.invoke(cli.app, ["import", str(file), "--study", "t", "--to", str(folder)])
    assert done.exit_code == 0, done.output
    assert str(folder) in done.output
    status = runner.invoke(cli.app, ["status", str(folder)])
    assert "trials 4, 0 running" in status.output
    assert runner.invoke(cli.app, ["status", str(file), "--json"]).exit_code != 0  # two studies: which?
    with pytest.raises(TunerError, match="is there already"):
        import_study(str(file), "t", folder)
    assert "only its script can go on" in str(runner.invoke(cli.app, ["resume", str(folder)]).exception)


@pytest.mark.parametrize(("name", "folder"), [("../up", "-up"), ("..", "study"), ("a study", "a study")])
def test_a_study_stays_below_the_folder_of_searches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, folder: str
) -> None:
    monkeypatch.chdir(tmp_path)
    optuna.create_study(storage=f"sqlite:///{tmp_path / 'o.db'}", study_name=name)
    assert import_study("o.db", None, None) == Path("searches") / folder


@pytest.mark.parametrize("content", [b"", b"no storage\n", b"SQLite format 3\0" + b"\xff" * 200, b'{"a": 1}\n'])
def test_a_file_that_is_no_storage_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "file").write_bytes(content)
    with pytest.raises(TunerError, match="storage of Optuna"):
        open_study(str(tmp_path / "file"))


def test_another_programs_database_is_told_for_what_it_is(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "o.db")
    connection.execute("CREATE TABLE songs (name)")
    connection.close()
    with pytest.raises(TunerError, match="it has no table of studies"):
        open_study(str(tmp_path / "o.db"))


def test_a_directory_is_told_to_need_no_import(tmp_path: Path) -> None:
    with pytest.raises(TunerError, match="is a directory") as told:
        open_study(str(tmp_path))
    assert f"tui-tuner attach {tmp_path}" in told.value.hint


def test_a_url_of_a_file_that_is_not_there_makes_none(tmp_path: Path) -> None:
    with pytest.raises(TunerError, match="cannot be read"):
        open_study(f"sqlite:///{tmp_path / 'o.db'}")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("name", "hint"), [("search.db", "Give its directory: "), ("a.yaml", "tui-tuner run ")])
def test_a_file_that_a_person_gives_by_mistake_is_told(tmp_path: Path, name: str, hint: str) -> None:
    (tmp_path / name).touch()
    with pytest.raises(TunerError) as told, search_in(tmp_path / name):
        pass
    assert hint in told.value.hint


def test_a_study_that_is_not_there_is_told_with_those_that_are(file: Path) -> None:
    with pytest.raises(TunerError) as told:
        open_study(str(file), "x")
    assert "has no study 'x'" in told.value.message
    assert "It has: s." in told.value.hint


def test_the_missing_extra_is_named(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(TunerError, match="extra") as told:
        open_study(str(file))
    assert "tui-tuner[optuna]" in told.value.hint
