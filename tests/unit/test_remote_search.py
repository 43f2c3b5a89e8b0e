"""A search steered from Python."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from support.answering_engine import AnsweringEngine

import tui_tuner
from tui_tuner.engine.commands import Answer, CommandKind
from tui_tuner.engine.view import SearchState
from tui_tuner.errors import CommandRefusedError, NoEngineError, TunerError


def test_every_method_asks_and_returns_the_answer(tmp_path: Path) -> None:
    engine = AnsweringEngine(tmp_path / "iris", lambda command: Answer(True, f"{command.kind} is done"))
    engine.trial("3", units=32, lr=0.01, activation="tanh", norm=True, layers=2)
    with engine.running(), tui_tuner.load(tmp_path / "iris") as search:
        assert search.view.state is SearchState.RUNNING
        assert repr(search).endswith("running, 1 trials>")
        assert search.pause() == "pause is done"
        search.pause(hard=True)
        search.resume()
        search.stop()
        search.stop_now()
        search.skip("3")
        search.enqueue({"units": 56, "dropout": 0.25}, from_trial="3")
        search.rerun("3", times=2)
        search.rerun(best=4)
        search.limit("units", 16, 32)
        search.limit("units", max_value=32)
        search.limit("activation", values=["tanh"])
        search.limit("activation", values="tanh")
        search.limit("activation")
        search.set_max_trials(5)
        search.set_max_time(None)
        search.set_workers(2)
    assert [(command.kind, command.trial_id, dict(command.arguments)) for command in engine.heard] == [
        (CommandKind.PAUSE, None, {"hard": False}),
        (CommandKind.PAUSE, None, {"hard": True}),
        (CommandKind.RESUME, None, {}),
        (CommandKind.STOP, None, {}),
        (CommandKind.STOP_NOW, None, {}),
        (CommandKind.SKIP, "3", {}),
        (
            CommandKind.ENQUEUE,
            None,
            {"values": {"units": 56, "lr": 0.01, "activation": "tanh", "norm": True, "dropout": 0.25, "layers": 2}},
        ),
        (CommandKind.RERUN, "3", {"times": 2}),
        (CommandKind.RERUN, None, {"best": 4, "times": 1}),
        (CommandKind.LIMIT, None, {"name": "units", "min_value": 16, "max_value": 32}),
        (CommandKind.LIMIT, None, {"name": "units", "min_value": 8, "max_value": 32}),
        (CommandKind.LIMIT, None, {"name": "activation", "values": ["tanh"]}),
        (CommandKind.LIMIT, None, {"name": "activation", "values": ["tanh"]}),
        (CommandKind.LIMIT, None, {"name": "activation"}),
        (CommandKind.SET_MAX_TRIALS, None, {"max_trials": 5}),
        (CommandKind.SET_MAX_TIME, None, {"max_time": None}),
        (CommandKind.SET_WORKERS, None, {"workers": 2}),
    ]
    assert all(command.who.endswith("with Python") for command in engine.heard)


def test_a_refusal_is_raised_with_its_reason(tmp_path: Path) -> None:
    engine = AnsweringEngine(tmp_path / "iris", lambda command: Answer(False, "trial 7 is not running"))
    with engine.running(), tui_tuner.load(tmp_path / "iris") as search:
        with pytest.raises(CommandRefusedError, match="trial 7 is not running"):
            search.skip("7")
        with pytest.raises(TunerError, match="is not in the search space"):
            search.enqueue({"units": 33})


def test_a_search_that_is_over_can_be_looked_at_and_not_steered(tmp_path: Path) -> None:
    AnsweringEngine(tmp_path / "iris")
    with tui_tuner.load(str(tmp_path / "iris")) as search:
        assert search.view.state is SearchState.INTERRUPTED
        asks: list[Callable[[], str]] = [search.pause, lambda: search.enqueue({}), lambda: search.limit("units")]
        for ask in asks:
            with pytest.raises(NoEngineError, match="no engine runs this search"):
                ask()


def test_a_directory_without_a_search_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TunerError, match="no search here"):
        tui_tuner.load(tmp_path)
