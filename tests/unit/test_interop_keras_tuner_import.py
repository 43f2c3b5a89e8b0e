"""Looking at what KerasTuner wrote, and at what it added to a search of ours."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from support.keras_tuner_files import HYPERBAND, Metric, Written, write_project, write_trial

from tui_tuner import cli
from tui_tuner.commands.exit_codes import EXIT_BAD_INPUT
from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.engine.lock import EngineLock
from tui_tuner.engine.reader import SearchReader
from tui_tuner.engine.store import Store
from tui_tuner.engine.view import Objective, SearchState, SearchView, TrialState
from tui_tuner.interop import keras_tuner_import
from tui_tuner.interop.keras_tuner_import import search_in
from tui_tuner.oracles import Objective as OracleObjective
from tui_tuner.oracles import RandomSearchOracle, Trial, TrialStatus
from tui_tuner.space import HyperParameters

TWO = [Written("0", 1.0), Written("1", 0.5)]


def view(root: Path) -> SearchView:
    with search_in(root) as found:
        reader = SearchReader(root, database=found.database)
        try:
            return reader.poll()
        finally:
            reader.close()


def events(root: Path) -> int:
    store = Store(SearchDirectory(root).database)
    try:
        return store.seq
    finally:
        store.close()


def files(root: Path) -> dict[str, bytes]:
    """KerasTuner's files."""
    return {str(path): path.read_bytes() for path in sorted(root.rglob("*.json"))}


def test_a_project_becomes_a_search_that_nobody_runs(tmp_path: Path) -> None:
    root = write_project(tmp_path / "mnist", TWO)
    before = files(root)
    seen = view(root)
    assert (seen.name, seen.tuner, seen.state) == ("mnist", "RandomSearch", SearchState.STOPPED)
    assert seen.objective == Objective("val_loss", "min")
    assert seen.best_trial_id == "1"
    assert [trial.score for trial in seen.trials.values()] == [1.0, 0.5]
    assert [parameter.name for parameter in seen.space] == ["arch", "units", "lr"]
    assert files(root) == before


def test_the_stored_observation_of_a_trial_is_its_curve(tmp_path: Path) -> None:
    root = write_project(tmp_path, TWO)
    view(root)
    reader = SearchReader(root)
    (epoch,) = reader.epochs("1")
    reader.close()
    assert (epoch.epoch, epoch.metrics) == (2, {"loss": 1.5, "val_loss": 0.5})


def test_looking_again_writes_nothing(tmp_path: Path) -> None:
    root = write_project(tmp_path, [*TWO, Written("2", status="RUNNING"), Written("3", status="FAILED")])
    (root / "trial_1" / "trial.json").write_text("{")
    first = view(root)
    count = events(root)
    assert view(root) == first
    assert events(root) == count


def test_a_maximised_objective_has_its_best_at_the_top(tmp_path: Path) -> None:
    trials = [Written(str(i), score, metrics={"odd": Metric(score, "max")}) for i, score in enumerate((0.1, 0.9, 0.5))]
    seen = view(write_project(tmp_path, trials))
    assert (seen.objective, seen.best_trial_id) == (Objective("odd", "max"), "1")


def test_a_score_that_no_metric_explains_is_said_to_be_a_guess(tmp_path: Path) -> None:
    root = write_project(tmp_path, [Written("0", 3.0, metrics={"loss": Metric(1.0)})])
    assert view(root).objective == Objective("score", "min")


def test_what_cannot_be_used_is_named_in_the_searchs_detail(tmp_path: Path) -> None:
    root = write_project(tmp_path, TWO)
    (root / "trial_0" / "trial.json").unlink()
    seen = view(root)
    assert "1 file could not be used: trial_0/trial.json is missing" in seen.detail
    assert seen.trials["0"].status is TrialState.FAILED
    assert seen.trials["0"].message == "trial_0/trial.json is missing"


def test_a_file_that_is_mended_is_taken_in(tmp_path: Path) -> None:
    root = write_project(tmp_path, TWO)
    file = root / "trial_1" / "trial.json"
    whole = file.read_text()
    file.write_text(whole[:50])
    assert view(root).best_trial_id == "0"
    file.write_text(whole)
    seen = view(root)
    assert (seen.best_trial_id, seen.trials["1"].score) == ("1", 0.5)


def test_trials_that_keras_tuner_has_run_since_are_added(tmp_path: Path) -> None:
    root = write_project(tmp_path, [*TWO, Written("2", status="RUNNING")])
    assert view(root).trials["2"].status is TrialState.INTERRUPTED
    write_project(root, [*TWO, Written("2", 0.25), Written("3", 0.75)])
    seen = view(root)
    assert [trial.score for trial in seen.trials.values()] == [1.0, 0.5, 0.25, 0.75]
    assert seen.best_trial_id == "2"
    assert seen.detail == "its script went on with it: trials 2, 3"


def searched_here(root: Path) -> RandomSearchOracle:
    """A directory in which a search of ours has two trials, saved for KerasTuner too."""
    hp = HyperParameters()
    hp.Float("x", 0, 1)
    objective = OracleObjective("val_loss", "min")
    oracle = RandomSearchOracle(objective=objective, max_trials=2, seed=1, hyperparameters=hp)
    oracle.set_project_dir(root.parent, root.name)
    for score in (1.0, 0.5):
        trial = oracle.create_trial("tuner0")
        oracle.update_trial(trial.trial_id, {"val_loss": score})
        oracle.end_trial(trial.trial_id)
    oracle.save()
    view(root)
    return oracle


def test_files_that_we_wrote_are_not_read_back(tmp_path: Path) -> None:
    root = tmp_path / "search"
    searched_here(root)
    write_trial(root, Written("7", 0.1))  # KerasTuner would have changed oracle.json too
    assert list(view(root).trials) == ["0", "1"]


def test_a_running_search_is_left_to_its_engine(tmp_path: Path) -> None:
    root = write_project(tmp_path / "search", TWO)
    view(root)
    write_project(root, [*TWO, Written("2", 0.25)])
    lock = EngineLock(SearchDirectory(root).lock)
    lock.acquire()
    try:
        assert list(view(root).trials) == ["0", "1"]
    finally:
        lock.release()
    assert list(view(root).trials) == ["0", "1", "2"]


def test_the_limit_of_a_search_that_went_beyond_it_is_unknown(tmp_path: Path) -> None:
    settings = {**HYPERBAND, "max_epochs": 1}
    root = write_project(tmp_path, TWO[:1], **settings)
    assert view(root).max_trials == 1
    write_project(root, TWO, **settings)
    assert view(root).max_trials is None


def test_a_read_only_project_is_looked_at_in_a_temporary_database(tmp_path: Path) -> None:
    root = write_project(tmp_path / "project", TWO)
    (root / "engine.lock").symlink_to("nowhere/at/all")  # nobody, root neither, can write a file there
    with search_in(root) as found:
        reader = SearchReader(root, database=found.database)
        assert (reader.poll().root, reader.poll().best_trial_id) == (root, "1")
        reader.close()
        temporary = found.database
    assert not temporary.exists()
    assert not SearchDirectory(root).exists()


def test_a_read_only_search_that_sqlite_will_not_open_is_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = write_project(tmp_path / "project", TWO)
    view(root)
    write_project(root, [*TWO, Written("2", 0.25)])
    lock = SearchDirectory(root).lock
    lock.unlink()
    lock.symlink_to("nowhere/at/all")
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    monkeypatch.setattr(keras_tuner_import, "_opens", lambda database: False)  # as the mode WAL does
    with search_in(root) as found:
        reader = SearchReader(root, database=found.database)
        assert found.database.parent != root
        assert list(reader.poll().trials) == ["0", "1", "2"]
        reader.close()


def test_a_folder_without_a_search_stays_one(tmp_path: Path) -> None:
    with search_in(tmp_path) as found:
        assert not found.database.exists()
    assert list(tmp_path.iterdir()) == []


# What is written for KerasTuner.


def test_a_skipped_trial_has_a_word_that_keras_tuner_knows(tmp_path: Path) -> None:
    oracle = searched_here(tmp_path / "search")
    oracle.max_trials = 3
    trial = oracle.create_trial("tuner0")
    oracle.update_trial(trial.trial_id, {"val_loss": 0.25})
    oracle.end_trial(trial.trial_id, TrialStatus.STOPPED)
    oracle.save()
    assert oracle.trials[trial.trial_id].status == TrialStatus.STOPPED
    stored = Trial.load(oracle.project_dir / f"trial_{trial.trial_id}" / "trial.json")
    assert (stored.status, stored.score) == (TrialStatus.INVALID, 0.25)
    assert trial.trial_id not in oracle.get_state()["retry_queue"]


def test_files_that_a_crash_left_behind_are_written_again(tmp_path: Path) -> None:
    oracle = searched_here(tmp_path / "search")
    folder = oracle.project_dir
    (folder / "trial_0" / "trial.json").unlink()
    (folder / "trial_1" / "trial.json").write_text('{"trial_id": "1", "status": "RUNNING"}')
    oracle.find_stale_files()
    oracle.save()
    assert [Trial.load(folder / f"trial_{i}" / "trial.json").score for i in "01"] == [1.0, 0.5]


def test_files_that_are_whole_are_not_written_again(tmp_path: Path) -> None:
    oracle = searched_here(tmp_path / "search")
    file = oracle.project_dir / "trial_0" / "trial.json"
    os.utime(file, (1, 1))
    oracle.find_stale_files()
    oracle.save()
    assert file.stat().st_mtime == 1


def test_a_new_trial_never_takes_the_id_of_another(tmp_path: Path) -> None:
    oracle = searched_here(tmp_path / "search")
    oracle.max_trials = 5
    oracle.trials["3"] = oracle.trials.pop("1")  # as if the files of trial 1 were lost
    assert [oracle.create_trial(name).trial_id for name in "ab"] == ["2", "4"]


# The command line.


def call(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["tui-tuner", *arguments])
    try:
        cli.main()
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def test_status_shows_a_project_of_keras_tuner(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    root = write_project(tmp_path / "mnist", TWO)
    assert call(monkeypatch, "status", str(root)) == 0
    said = capsys.readouterr().out
    assert "mnist" in said
    assert "RandomSearch search, min of val_loss" in said
    assert "as its script left it" in said


def test_resume_says_that_only_the_script_can_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    root = write_project(tmp_path / "mnist", TWO)
    assert call(monkeypatch, "resume", str(root)) == EXIT_BAD_INPUT
    said = capsys.readouterr().err
    assert "only that script can go on" in said
    assert "overwrite=False" in said
    assert "tui-tuner run" in said


def test_a_folder_without_a_search_is_said_to_have_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for command in ("status", "resume", "attach"):
        assert call(monkeypatch, command, str(tmp_path)) == EXIT_BAD_INPUT
        assert "no search here" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("command", "code", "says"),
    [
        ("next", 0, "# A script began this search"),
        ("retrain", 2, "only that script has its model"),
        ("evaluate", 2, "only that script has its model"),
        ("ctl", 2, "no engine runs this search"),
    ],
)
def test_every_command_takes_the_directory_as_it_is(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: str,
    code: int,
    says: str,
) -> None:
    root = write_project(tmp_path / "project", [Written("0", 0.5), Written("1", 0.25)])
    more = {"evaluate": ["rows.csv"], "ctl": ["pause"]}.get(command, [])
    monkeypatch.setattr(sys, "argv", ["tui-tuner", command, str(root), *more])
    ended: object = 0
    try:
        cli.main()
    except SystemExit as error:
        ended = error.code
    assert ended == code or (code, ended) == (0, None)
    told = capsys.readouterr()
    assert says in told.out + told.err
