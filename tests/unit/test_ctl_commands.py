"""`tui-tuner ctl`: what is asked of the engine, and how its answer comes back."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.answering_engine import AnsweringEngine

from tui_tuner import cli
from tui_tuner.engine.commands import Answer, Command, CommandKind

Ctl = Callable[..., tuple[int, str, str]]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "iris"


@pytest.fixture
def ctl(root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Ctl:
    """Runs `tui-tuner ctl` on the search: exit code, standard output, standard error."""

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["tui-tuner", "ctl", str(root), *arguments])
        try:
            cli.main()
            code: object = 0
        except SystemExit as error:
            code = error.code
        assert isinstance(code, int)
        return code, *capsys.readouterr()

    return run


CONFIGURATION = {"units": 32, "lr": 0.001, "activation": "relu", "norm": False, "layers": 2}

ASKED: list[tuple[str, CommandKind, str | None, dict[str, Any]]] = [
    ("pause", CommandKind.PAUSE, None, {"hard": False}),
    ("pause --hard", CommandKind.PAUSE, None, {"hard": True}),
    ("resume", CommandKind.RESUME, None, {}),
    ("stop", CommandKind.STOP, None, {}),
    ("stop-now", CommandKind.STOP_NOW, None, {}),
    ("skip 07", CommandKind.SKIP, "07", {}),
    ("enqueue units=32 lr=1e-3", CommandKind.ENQUEUE, None, {"values": CONFIGURATION}),
    ("enqueue lr=1e-3 --from 3", CommandKind.ENQUEUE, None, {"values": {**CONFIGURATION, "activation": "1"}}),
    ("enqueue --from 3", CommandKind.ENQUEUE, None, {"values": {**CONFIGURATION, "lr": 0.01, "activation": "1"}}),
    ("rerun 3 --times 2", CommandKind.RERUN, "3", {"times": 2}),
    ("rerun --best 3 --times 5", CommandKind.RERUN, None, {"best": 3, "times": 5}),
    ("rerun", CommandKind.RERUN, None, {"best": 1, "times": 1}),
    ("limit units 16 32", CommandKind.LIMIT, None, {"name": "units", "min_value": 16, "max_value": 32}),
    ("limit dropout -0.5 0.25", CommandKind.LIMIT, None, {"name": "dropout", "min_value": -0.5, "max_value": 0.25}),
    ("limit activation relu,tanh", CommandKind.LIMIT, None, {"name": "activation", "values": ["relu", "tanh"]}),
    ("limit units --off", CommandKind.LIMIT, None, {"name": "units"}),
    ("trials 50", CommandKind.SET_MAX_TRIALS, None, {"max_trials": 50}),
    ("time 8h", CommandKind.SET_MAX_TIME, None, {"max_time": 28800}),
    ("time none", CommandKind.SET_MAX_TIME, None, {"max_time": None}),
    ("workers 4", CommandKind.SET_WORKERS, None, {"workers": 4}),
]


@pytest.mark.parametrize(("line", "kind", "trial_id", "arguments"), ASKED, ids=[asked[0] for asked in ASKED])
def test_each_command_asks_the_engine_and_prints_its_answer(
    ctl: Ctl, root: Path, line: str, kind: CommandKind, trial_id: str | None, arguments: dict[str, Any]
) -> None:
    engine = AnsweringEngine(root)
    engine.trial("3", units=32, lr=0.01, activation="1", norm=False, layers=2)
    with engine.running():
        assert ctl(*line.split()) == (0, "done\n", "")
    (command,) = engine.heard
    assert (command.kind, command.trial_id, command.arguments) == (kind, trial_id, arguments)
    assert command.who.endswith("with ctl")


def test_json_has_the_answer_and_whether_it_was_done(ctl: Ctl, root: Path) -> None:
    with AnsweringEngine(root).running():
        code, out, _ = ctl("pause", "--json")
    assert (code, json.loads(out)) == (0, {"ok": True, "command": "pause", "answer": "done"})


def no(_: Command) -> Answer:
    return Answer(False, "trial \x1b[31m07 is not running")


def test_a_refusal_is_one_message_and_exit_code_2(ctl: Ctl, root: Path) -> None:
    with AnsweringEngine(root, no).running():
        assert ctl("skip", "07") == (2, "", "error: trial 07 is not running\n")
        code, out, err = ctl("skip", "07", "--json")
    assert (code, err) == (2, "")
    assert json.loads(out)["ok"] is False


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("enqueue units=33", "The nearest is 32."),
        ("enqueue", "there is nothing to enqueue"),
        ("enqueue units", "expected NAME=VALUE"),
        ("enqueue units=8 dropout=0.1", "only if units is 56 or 64"),
        ("enqueue --from 99", "there is no trial 99"),
        ("limit unit 16 32", "Did you mean units?"),
        ("limit unit --off", "Did you mean units?"),
        ("limit units --off 8", "--off takes no values"),
        ("limit units --of", "--of is not in the search space"),
        ("rerun 3 --best 2", "not both"),
        ("time soon", "no duration"),
        ("trials 0", "greater than or equal to 1"),
        ("workers many", "valid integer"),
        ("paws", "No such command"),
    ],
)
def test_a_mistake_is_told_at_once_and_nothing_is_asked(ctl: Ctl, root: Path, line: str, says: str) -> None:
    engine = AnsweringEngine(root)
    with engine.running():
        code, out, err = ctl(*line.split())
    assert (code, out) == (2, "")
    assert says in err
    assert "Traceback" not in err
    assert engine.heard == []


def test_without_an_engine_the_way_to_go_on_is_named(ctl: Ctl, root: Path) -> None:
    code, out, err = ctl("pause")
    assert (code, out) == (2, "")
    assert "no search here" in err
    AnsweringEngine(root)
    code, out, err = ctl("pause")
    assert (code, out) == (2, "")
    assert "no engine runs this search; it is interrupted." in err
    assert f"tui-tuner resume {root}" in err


def test_an_engine_that_ends_before_it_answers_is_not_waited_for(ctl: Ctl, root: Path) -> None:
    engine = AnsweringEngine(root, lambda command: engine.end())
    with engine.running():
        code, _, err = ctl("pause")
    assert code == 2
    assert "the engine ended before it answered" in err


def test_an_engine_that_says_nothing_is_waited_for_only_so_long(ctl: Ctl, root: Path) -> None:
    with AnsweringEngine(root, lambda command: None).running():
        code, _, err = ctl("pause", "--timeout", "0.2")
    assert code == 2
    assert "has not answered within 0.2 s" in err


@pytest.mark.parametrize(
    "command",
    ["pause", "resume", "stop", "stop-now", "skip", "enqueue", "rerun", "limit", "trials", "time", "workers"],
)
def test_every_command_explains_itself_with_an_example(ctl: Ctl, command: str) -> None:
    code, out, _ = ctl(command, "--help")
    assert code == 0
    assert f"  tui-tuner ctl searches/titanic {command}" in out
