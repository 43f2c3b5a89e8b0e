"""A search as a study in a real storage of Optuna's, opened by Optuna itself and by its dashboard."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen
from wsgiref.simple_server import WSGIRequestHandler, make_server

import optuna
import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.trial import TrialState
from optuna_dashboard import wsgi
from support.stored_search import add_trial, store_search

from tui_tuner.engine.reader import SearchReader
from tui_tuner.engine.store import Store
from tui_tuner.engine.view import TrialState as OurState
from tui_tuner.interop.keras_tuner_import import search_in
from tui_tuner.interop.optuna_export import write_study


@pytest.fixture
def storage(tmp_path: Path) -> str:
    return exported(store_search(tmp_path / "search"), tmp_path / "out")


def exported(root: Path, folder: Path) -> str:
    reader = SearchReader(root)
    path = write_study(reader, folder)
    reader.close()
    assert [each.name for each in folder.iterdir()] == ["optuna.db"]
    return f"sqlite:///{path}"


def test_optuna_loads_the_trials(storage: str) -> None:
    study = optuna.load_study(study_name="stored", storage=storage)
    assert study.metric_names == ["val_loss"]
    assert study.direction == optuna.study.StudyDirection.MINIMIZE
    assert [trial.state for trial in study.trials] == [
        TrialState.COMPLETE,
        TrialState.FAIL,
        TrialState.PRUNED,
        TrialState.COMPLETE,
    ]
    assert study.best_trial.number == 3
    assert study.best_value == 0.2
    first, failed, pruned, best = study.trials
    assert first.params == {"units": 8, "rate": 0.001, "act": "relu", "slope": 0.2, "norm": True}
    assert first.intermediate_values[1] == 0.25
    assert failed.user_attrs["message"] == "ValueError: <b>it broke</b>"
    assert pruned.value == 0.8
    assert best.intermediate_values == {0: pytest.approx(0.3), 1: pytest.approx(0.2)}  # of two executions
    assert best.duration is not None
    assert best.duration.total_seconds() == 5.0


def test_the_space_is_that_of_the_search(storage: str) -> None:
    study = optuna.load_study(study_name="stored", storage=storage)
    assert study.trials[0].distributions == {
        "units": IntDistribution(8, 64, step=8),
        "rate": FloatDistribution(1e-4, 1e-1, log=True),
        "act": CategoricalDistribution(["relu", "</script><b>"]),
        "slope": FloatDistribution(0.0, 0.5, step=0.1),
        "norm": CategoricalDistribution([True, False]),
    }
    assert "slope" not in study.trials[1].distributions


def test_values_that_the_space_does_not_have_widen_it(tmp_path: Path) -> None:
    root = store_search(tmp_path / "search")
    add_trial(root, 4, OurState.COMPLETED, {"units": 100, "act": "old"}, ((0.5,),), score=0.5)
    study = optuna.load_study(study_name="stored", storage=exported(root, tmp_path / "out"))
    assert study.trials[4].params == {"units": 100, "act": "old"}
    assert study.trials[0].distributions["units"] == IntDistribution(8, 100)


def test_optuna_goes_on_with_it(storage: str) -> None:
    study = optuna.load_study(study_name="stored", storage=storage)
    trial = study.ask(study.trials[0].distributions)
    assert 8 <= trial.params["units"] <= 64


def test_several_objectives_stay_several(tmp_path: Path) -> None:
    root = tmp_path / "search"
    root.mkdir()
    store = Store(root / "search.db")
    with store.transaction():
        store.set_meta(
            name="two",
            objective={"name": "val_accuracy", "direction": "max"},
            other_objectives=[{"name": "parameters", "direction": "min"}],
        )
    store.close()
    for number, (score, other) in enumerate(((0.9, 100.0), (0.8, 10.0), (0.7, 50.0), (0.6, float("nan")))):
        add_trial(root, number, OurState.COMPLETED, {"units": 8}, ((0.5,),), score=score, other_scores=(other,))
    add_trial(root, 4, OurState.STOPPED, {"units": 8}, ((0.5,),), score=0.5)
    study = optuna.load_study(study_name="two", storage=exported(root, tmp_path / "out"))
    assert [direction.name for direction in study.directions] == ["MAXIMIZE", "MINIMIZE"]
    assert study.metric_names == ["val_accuracy", "parameters"]
    assert {trial.number for trial in study.best_trials} == {0, 1}
    assert [trial.state.name for trial in study.trials] == ["COMPLETE", "COMPLETE", "COMPLETE", "FAIL", "PRUNED"]


def test_a_trial_that_violates_a_constraint_is_not_the_best_there_either(tmp_path: Path) -> None:
    root = store_search(tmp_path / "search")
    add_trial(root, 4, OurState.COMPLETED, {"units": 8}, ((0.01,),), score=0.01, violation=0.5)
    add_trial(root, 5, OurState.COMPLETED, {"units": 8}, ((0.1,),), score=0.1, violation=0.0)
    study = optuna.load_study(study_name="stored", storage=exported(root, tmp_path / "out"))
    assert study.best_trial.number == 5


def test_an_export_takes_the_place_of_the_last(tmp_path: Path) -> None:
    root = store_search(tmp_path / "search")
    exported(root, tmp_path / "out")
    add_trial(root, 4, OurState.COMPLETED, {"units": 8}, ((0.5,),), score=0.5)
    assert len(optuna.load_study(study_name="stored", storage=exported(root, tmp_path / "out")).trials) == 5


def test_it_comes_back_as_it_was(storage: str) -> None:
    file = Path(storage.removeprefix("sqlite:///"))
    with search_in(file) as found:
        reader = SearchReader(file, database=found.database)
        view = reader.poll()
        reader.close()
    assert (view.name, view.objective.name, view.best_trial_id) == ("stored", "val_loss", "3")
    assert [trial.score for trial in view.trials.values()] == [0.25, None, 0.8, 0.2]
    assert view.trials["1"].hyperparameters["act"] == "</script><b>"


class Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name there
        pass


@contextmanager
def dashboard(storage: str) -> Iterator[str]:
    """The address of Optuna's dashboard on a storage."""
    server = make_server("127.0.0.1", 0, wsgi(storage), handler_class=Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_the_dashboard_opens_it(storage: str) -> None:
    with dashboard(storage) as address:
        studies = json.loads(urlopen(f"{address}/api/studies").read())["study_summaries"]
        assert [study["study_name"] for study in studies] == ["stored"]
        study = json.loads(urlopen(f"{address}/api/studies/{studies[0]['study_id']}").read())
    assert [trial["state"] for trial in study["trials"]] == ["Complete", "Fail", "Pruned", "Complete"]
    assert [trial["number"] for trial in study["best_trials"]] == [3]
