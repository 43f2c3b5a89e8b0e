"""`tui_tuner.load`: a search as pandas tables, whoever wrote it."""

from __future__ import annotations

from pathlib import Path

import optuna
import pytest
from support.stored_search import store_search

import tui_tuner
from tui_tuner.engine.view import TrialState
from tui_tuner.errors import NoEngineError, TunerError


def test_its_tables_are_the_trials_and_the_epochs(tmp_path: Path) -> None:
    with tui_tuner.load(store_search(tmp_path)) as search:
        trials, epochs = search.to_pandas()
        assert len(search.epochs("3")) == 4
    assert list(trials["trial_id"]) == ["0", "1", "2", "3"]
    assert trials.set_index("trial_id").loc["3", "hp.units"] == 16
    assert list(trials["status"].unique()) == ["COMPLETED", "FAILED", "STOPPED"]
    best = epochs[epochs["trial_id"] == "3"]
    assert list(best["execution"]) == [0, 0, 1, 1]
    assert best["metric.val_loss"].min() == 0.1


def test_a_study_of_optunas_is_loaded_too(tmp_path: Path) -> None:
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(storage=f"sqlite:///{tmp_path / 'o.db'}", study_name="s")
    study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=2)
    search = tui_tuner.load(tmp_path / "o.db")
    try:
        assert list(search.to_pandas().trials["hp.x"]) == [trial.params["x"] for trial in study.trials]
        assert {trial.status for trial in search.view.trials.values()} == {TrialState.COMPLETED}
        with pytest.raises(NoEngineError):
            search.pause()
    finally:
        search.close()


def test_a_trial_that_is_not_there_is_told_with_the_one_that_is_meant(tmp_path: Path) -> None:
    with tui_tuner.load(store_search(tmp_path)) as search:
        with pytest.raises(TunerError, match="there is no trial 03") as told:
            search.epochs("03")
        assert told.value.hint == "Did you mean 3?"
        with pytest.raises(TunerError) as told:
            search.epochs("nine")
        assert told.value.hint == f"tui-tuner status {tmp_path} lists them."


def test_a_closed_search_says_so(tmp_path: Path) -> None:
    search = tui_tuner.load(store_search(tmp_path))
    view = search.view
    search.close()
    search.close()
    assert repr(search) == f"<search in {str(tmp_path)!r}: closed>"
    for ask in (search.to_pandas, search.pause, lambda: search.view, lambda: search.epochs("3")):
        with pytest.raises(TunerError, match="was closed"):
            ask()
    assert len(view.trials) == 4


def test_a_tilde_is_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    store_search(tmp_path / "search")
    with tui_tuner.load("~/search") as search:
        assert len(search.view.trials) == 4
    with pytest.raises(TunerError, match=f"{tmp_path}/nowhere: "):
        tui_tuner.retrain("~/nowhere")
    with pytest.raises(TunerError, match=f"{tmp_path}/nowhere: "):
        tui_tuner.evaluate("~/nowhere", "rows.csv")


def test_where_no_search_is_that_is_told(tmp_path: Path) -> None:
    with pytest.raises(TunerError, match="no search here"):
        tui_tuner.load(tmp_path)
