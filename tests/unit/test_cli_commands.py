"""The command line in this process, with training that is simulated in it too: what it prints, and its exit codes."""

from __future__ import annotations

import json
import platform
import re
import shlex
import sqlite3
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib import metadata
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any

import pytest

from tui_tuner import __version__, cli
from tui_tuner.commands.table import command_line
from tui_tuner.configs.json_schema import json_schema
from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.engine.lock import EngineLock
from tui_tuner.engine.loop import SearchLoop
from tui_tuner.engine.schema import SCHEMA_VERSION
from tui_tuner.engine.spec import SearchSpec
from tui_tuner.engine.view import Objective
from tui_tuner.executors.inline import InlineExecutor
from tui_tuner.oracles import Objective as OracleObjective
from tui_tuner.oracles import RandomSearchOracle
from tui_tuner.worker.jobs import Task
from tui_tuner.worker.simulated import SimulatedRunner

CONFIG = """\
model: dense
data:
  sklearn: iris
search:
  tuner: random
  objective: val_accuracy
  max_trials: 3
  seed: 1
fit:
  epochs: 2
"""


@dataclass(frozen=True)
class Said:
    """How a command ended."""

    code: int
    out: str
    err: str


Command = Callable[..., Said]


@pytest.fixture
def tui_tuner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs the command line in an empty folder with the config `iris.yaml` in it."""
    (tmp_path / "iris.yaml").write_text(CONFIG)
    monkeypatch.chdir(tmp_path)

    def simulated(task: Task, workers: object = "auto", **places: object) -> InlineExecutor:
        return InlineExecutor(SimulatedRunner(replace(task, model="simulated:")))

    monkeypatch.setattr("tui_tuner.executors.process.ProcessExecutor", simulated)

    def run(*arguments: str) -> Said:
        monkeypatch.setattr(sys, "argv", ["tui-tuner", *arguments])
        try:
            cli.main()
            code: object = 0
        except SystemExit as error:
            code = error.code
        captured = capsys.readouterr()
        assert isinstance(code, int)
        return Said(code, captured.out, captured.err)

    return run


ROOT = Path("searches/iris")


def scores() -> list[tuple[str, float]]:
    connection = sqlite3.connect(ROOT / "search.db")
    try:
        return connection.execute("SELECT trial_id, score FROM trials ORDER BY number").fetchall()
    finally:
        connection.close()


def refused(said: Said) -> str:
    """The message of a command that did nothing, for a mistake that a person can mend."""
    assert said.code == 2
    assert said.out == ""
    assert said.err.startswith("error: ")
    assert said.err.count("error:") == 1
    assert "Traceback" not in said.err
    return said.err


# What every command line has.


def test_the_version_is_one_line_with_those_of_keras_and_its_backend(
    tui_tuner: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    monkeypatch.setenv("KERAS_HOME", "here")
    keras, backend, python = metadata.version("keras"), metadata.version("tensorflow"), platform.python_version()
    line = f"tui-tuner {__version__} (Keras {keras} with tensorflow {backend}, Python {python})\n"
    assert tui_tuner("--version") == Said(0, line, "")
    Path("here").mkdir()
    Path("here/keras.json").write_text('{"backend": "jax"}')
    assert f"Keras {keras} with jax " in tui_tuner("--version").out
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    assert f"Keras {keras} with torch " in tui_tuner("--version").out


@pytest.mark.parametrize("command", sorted(command.name or "" for command in cli.app.registered_commands))
def test_every_command_explains_itself_with_examples(tui_tuner: Command, command: str) -> None:
    assert f"\n  {command} " in tui_tuner("--help").out
    said = tui_tuner(command, "--help")
    assert said.code == 0
    assert re.search(rf"\n  Examples?:\n    tui-tuner {command}\b", said.out)
    assert "\b" not in said.out
    assert all(len(line) <= 80 for line in said.out.splitlines())


def test_help_has_a_short_name(tui_tuner: Command) -> None:
    assert tui_tuner("-h").out == tui_tuner("--help").out
    assert tui_tuner("status", "-h").out == tui_tuner("status", "--help").out


def test_the_exit_codes_are_in_the_help(tui_tuner: Command) -> None:
    assert "\n  Exit codes:\n    0        it went well" in tui_tuner("--help").out


def test_a_command_that_is_not_there_is_bad_input(tui_tuner: Command) -> None:
    said = tui_tuner("rnu")
    assert said.code == 2
    assert "rnu" in said.err


def test_the_schema_is_printed_as_json(tui_tuner: Command) -> None:
    said = tui_tuner("schema")
    assert said.code == 0
    assert json.loads(said.out) == json_schema()


# run and resume


def test_run_prints_lines_where_there_is_no_terminal(tui_tuner: Command) -> None:
    said = tui_tuner("run", "iris.yaml")
    assert said.code == 0
    assert said.err == ""
    lines = said.out.splitlines()
    assert lines[0] == "iris: random search for the max of val_accuracy, up to 3 trials"
    assert lines[1] == f"directory: {ROOT.absolute()}"
    assert sum(line.startswith("trial ") and "  completed  " in line for line in lines) == 3
    assert "completed: all 3 trials were run" in lines
    assert f"directory     {ROOT.absolute()}" in lines


def test_run_on_an_existing_search_says_what_it_found_and_goes_on(tui_tuner: Command) -> None:
    tui_tuner("run", "iris.yaml")
    before = scores()
    said = tui_tuner("run", "iris.yaml", "--set", "search.max_trials=5")
    assert said.code == 0
    assert "found here: 3 finished trials; best so far 0." in said.out
    assert "completed: all 5 trials were run" in said.out
    assert scores()[:3] == before
    assert len(scores()) == 5


def test_resume_goes_on_with_the_config_that_the_search_was_begun_with(tui_tuner: Command) -> None:
    tui_tuner("run", "iris.yaml")
    Path("iris.yaml").unlink()
    said = tui_tuner("resume", str(ROOT), "--json")
    assert said.code == 0
    kinds = [json.loads(line)["kind"] for line in said.out.splitlines()]
    assert kinds[0] == "search_started"
    assert "trial_started" not in kinds
    assert len(scores()) == 3


def test_a_search_whose_folder_was_moved_is_resumed_where_it_is_now(tui_tuner: Command) -> None:
    tui_tuner("run", "iris.yaml")
    moved = Path("elsewhere")
    ROOT.rename(moved)
    assert tui_tuner("resume", str(moved)).code == 0
    assert not ROOT.exists()


def test_a_search_whose_files_were_moved_says_so_and_stays_what_it_was(tui_tuner: Command) -> None:
    Path("rows.csv").write_text("a,y\n" + "0.5,0\n1.5,1\n" * 20)
    Path("iris.yaml").write_text(
        CONFIG.replace("sklearn: iris", "{csv: rows.csv, target: y}").replace("data:\n", "data:")
    )
    tui_tuner("run", "iris.yaml")
    Path("rows.csv").rename("elsewhere.csv")
    err = refused(tui_tuner("resume", str(ROOT)))
    assert f"names files that are not there: {Path('rows.csv').absolute()}" in err
    assert "tui-tuner run CONFIG" in err
    assert json.loads(tui_tuner("status", str(ROOT), "--json").out)["state"] == "completed"


def trials() -> list[dict[str, Any]]:
    connection = sqlite3.connect(ROOT / "search.db")
    try:
        rows = connection.execute("SELECT hyperparameters, origin, violation FROM trials ORDER BY number").fetchall()
    finally:
        connection.close()
    return [{"values": json.loads(row[0]), "origin": row[1], "violation": row[2]} for row in rows]


def test_a_search_that_goes_on_heeds_limits_and_initial_trials_that_are_new_in_its_config(tui_tuner: Command) -> None:
    assert tui_tuner("run", "iris.yaml", "--set", "search.initial_trials=[{units: 64}]").code == 0
    changed = ["--set", "search.initial_trials=[{units: 64}, {units: 16}]", "--set", "search.limits={units: [32, 40]}"]
    assert tui_tuner("run", "iris.yaml", *changed, "--set", "search.max_trials=6").code == 0
    found = trials()
    assert [each["values"]["units"] for each in found if each["origin"] == "initial"] == [64, 16]
    assert found[3]["origin"] == "initial"
    assert all(each["values"]["units"] in (32, 40) for each in found[4:])
    assert tui_tuner("run", "iris.yaml", "--set", "search.max_trials=12", "--set", "search.seed=1").code == 0
    assert not all(each["values"]["units"] in (32, 40) for each in trials()[6:])  # the limit is not in the config now


def test_a_constraint_that_is_new_holds_for_trials_that_have_ended(tui_tuner: Command) -> None:
    assert tui_tuner("run", "iris.yaml").code == 0
    assert {each["violation"] for each in trials()} == {None}
    assert tui_tuner("run", "iris.yaml", "--set", "search.constraints=['parameters <= 1']").code == 1
    assert all(each["violation"] > 0 for each in trials())
    assert json.loads(tui_tuner("status", str(ROOT), "--json").out)["best_trial_id"] is None
    assert tui_tuner("run", "iris.yaml").code == 0
    assert {each["violation"] for each in trials()} == {None}
    assert json.loads(tui_tuner("status", str(ROOT), "--json").out)["best_trial_id"] is not None


def test_overwrite_begins_anew(tui_tuner: Command) -> None:
    tui_tuner("run", "iris.yaml")
    (ROOT / "trial_0" / "left").parent.mkdir(exist_ok=True)
    (ROOT / "trial_0" / "left").touch()
    (ROOT / "data.csv").write_text("1,2")  # a config in the folder of its data, with its own name
    said = tui_tuner("run", "iris.yaml", "--set", "search.overwrite=true", "--set", "search.max_trials=2")
    assert said.code == 0
    assert "found here" not in said.out
    assert len(scores()) == 2
    assert not (ROOT / "trial_0" / "left").exists()
    assert (ROOT / "data.csv").read_text() == "1,2"


def test_another_objective_is_refused_on_an_existing_search(tui_tuner: Command) -> None:
    tui_tuner("run", "iris.yaml")
    before = scores()
    err = refused(tui_tuner("run", "iris.yaml", "--set", "search.objective=val_loss"))
    assert "the search here is for the max of val_accuracy" in err
    assert "the config now asks for the min of val_loss" in err
    assert "search.overwrite=true" in err
    assert scores() == before


def test_an_objective_that_could_go_either_way_needs_a_direction(tui_tuner: Command) -> None:
    err = refused(tui_tuner("run", "iris.yaml", "--set", "search.objective=val_fancy"))
    assert "val_fancy" in err
    assert "direction" in err
    assert not ROOT.exists()
    said = tui_tuner("run", "iris.yaml", "--set", "search.objective={name: val_fancy, direction: min}")
    assert said.code == 0
    assert "for the min of val_fancy" in said.out


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("max_trials: 3", "max_trails: 3"), ["iris.yaml, line 7:", "search.max_trails", "max_trials"]),
        (("epochs: 2", "epochs: many"), ["iris.yaml, line 10:", "fit.epochs", "whole number"]),
        (("model: dense", "model: dense.py:build"), ["iris.yaml, line 1:", "model", "dense.py"]),
        (("data:", "data: ["), ["iris.yaml, line "]),
    ],
)
def test_a_mistake_in_the_config_is_told_with_its_place(
    tui_tuner: Command, change: tuple[str, str], told: list[str]
) -> None:
    Path("iris.yaml").write_text(CONFIG.replace(*change))
    err = refused(tui_tuner("run", "iris.yaml"))
    assert [text for text in told if text not in err] == []
    assert not Path("searches").exists()


def test_a_config_that_is_not_there_is_told_with_the_one_that_is(tui_tuner: Command) -> None:
    err = refused(tui_tuner("run", "irsi.yaml"))
    assert "irsi.yaml" in err
    assert "iris.yaml" in err


def test_what_is_no_config_is_told_for_what_it_is(tui_tuner: Command) -> None:
    tui_tuner("run", "iris.yaml")
    assert f"tui-tuner resume {ROOT}" in refused(tui_tuner("run", str(ROOT)))
    Path("script.py").write_text("x: 1\n")
    err = refused(tui_tuner("check", "script.py"))
    assert "this is a Python script" in err
    assert "Only run takes scripts." in err


@pytest.mark.parametrize("override", ["search.max_trials", "=3", "search..seed=1", "fit.epochs=[", "name.deeper=1"])
def test_an_override_that_cannot_be_understood_is_told(tui_tuner: Command, override: str) -> None:
    assert f"--set {override}" in refused(tui_tuner("run", "iris.yaml", "--set", override))


def test_a_search_that_fails_ends_with_1(tui_tuner: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(task: Task, workers: object, **places: object) -> InlineExecutor:
        return InlineExecutor(SimulatedRunner(replace(task, model='simulated:{"fail_prepare": true}')))

    monkeypatch.setattr("tui_tuner.executors.process.ProcessExecutor", failing)
    said = tui_tuner("run", "iris.yaml")
    assert said.code == 1
    assert "the simulated data could not be loaded" in said.out
    assert "Traceback" in (ROOT / "engine.log").read_text()


def test_a_search_that_another_engine_runs_is_refused(tui_tuner: Command) -> None:
    tui_tuner("run", "iris.yaml")
    lock = EngineLock(SearchDirectory(ROOT).lock)
    lock.acquire()
    try:
        for arguments in (
            ["run", "iris.yaml"],
            ["run", "iris.yaml", "--set", "search.overwrite=true"],
            ["resume", str(ROOT)],
        ):
            err = refused(tui_tuner(*arguments))
            assert "is being run by another engine" in err
            assert "tui-tuner attach" in err
    finally:
        lock.release()
    assert len(scores()) == 3


@pytest.mark.parametrize(
    ("line", "corrected"),
    [
        ("s.py --epochs 3", "s.py -- --epochs 3"),
        ("s.py --headless --epochs=3 -v --workers 2 data.csv", "s.py --headless --workers 2 -- --epochs=3 -v data.csv"),
        ("--workers=2 s.py data.csv --epochs 3 -- --more", "s.py --workers=2 -- data.csv --epochs 3 --more"),
        ("s.py --set 'a b' -e", "s.py --set 'a b' -- -e"),
    ],
)
def test_options_of_a_script_without_two_dashes_are_told_with_the_line_to_type(
    tui_tuner: Command, line: str, corrected: str
) -> None:
    Path("s.py").write_text("")
    err = refused(tui_tuner("run", *shlex.split(line)))
    assert "What is the script's own comes after --." in err
    assert f"Type: tui-tuner run {corrected}\n" in err


@pytest.mark.parametrize("line", ["s.py --worker 2", "iris.yaml --worker 2", "--epochs 3 s.py"])
def test_an_option_that_is_no_scripts_is_told_as_always(tui_tuner: Command, line: str) -> None:
    Path("s.py").write_text("")
    said = tui_tuner("run", *line.split())
    assert said.code == 2
    assert "No such option" in said.err


def test_a_key_of_the_config_that_is_typed_as_an_option_is_told_how_to_set_it(tui_tuner: Command) -> None:
    err = refused(tui_tuner("run", "iris.yaml", "--max-trials", "3"))
    assert "tui-tuner run has no option --max-trials." in err
    assert "tui-tuner run iris.yaml --set search.max_trials=20" in err


def test_a_file_or_a_search_without_a_command_is_told_with_the_line_to_type(tui_tuner: Command) -> None:
    tui_tuner("run", "iris.yaml")
    assert "To run it: tui-tuner run iris.yaml --headless\n" in refused(tui_tuner("iris.yaml", "--headless"))
    assert f"tui-tuner attach {ROOT}\n" in refused(tui_tuner(str(ROOT)))
    assert "No such command" in tui_tuner("nothing.yaml").err


def test_ctl_without_its_directory_or_with_it_behind_is_told_with_the_line_to_type(tui_tuner: Command) -> None:
    tui_tuner("run", "iris.yaml")
    assert f"tui-tuner ctl {ROOT} skip 07\n" in refused(tui_tuner("ctl", "skip", str(ROOT), "07"))
    assert "tui-tuner ctl DIR pause --hard\n" in refused(tui_tuner("ctl", "pause", "--hard"))


def test_no_line_of_the_help_is_cut_off(tui_tuner: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    for command in ("", "ctl"):
        assert "..." not in tui_tuner(*command.split(), "--help").out.partition("Commands:")[2]


def test_a_search_of_a_script_is_for_that_script_to_resume(tui_tuner: Command) -> None:
    spec = SearchSpec(
        SearchDirectory(ROOT), "script", "random", objective=Objective("val_loss", "min"), max_trials=1, epochs=1
    )
    task = Task("simulated:", None, ROOT, {"epochs": 1}, {}, "val_loss", "min", 1, 1, ROOT)
    SearchLoop(
        spec,
        lambda: RandomSearchOracle(OracleObjective("val_loss", "min"), max_trials=1, seed=1),
        lambda: InlineExecutor(SimulatedRunner(task)),
    ).run()
    err = refused(tui_tuner("resume", str(ROOT)))
    assert "begun by a script" in err
    assert tui_tuner("status", str(ROOT)).code == 0


# Directories that are not what they should be.

READERS = ["resume", "attach", "status"]


@pytest.mark.parametrize("command", READERS)
def test_a_directory_without_a_search_is_told(tui_tuner: Command, command: str) -> None:
    Path("empty").mkdir()
    for directory in ("empty", "nowhere"):
        err = refused(tui_tuner(command, directory))
        assert f"{directory}: no search here" in err


@pytest.mark.parametrize("command", READERS)
@pytest.mark.parametrize("content", [b"", b"no database at all" * 100])
def test_a_file_that_is_no_search_is_told(tui_tuner: Command, command: str, content: bytes) -> None:
    ROOT.mkdir(parents=True)
    (ROOT / "search.db").write_bytes(content)
    assert "search.db" in refused(tui_tuner(command, str(ROOT)))


def test_no_control_character_of_a_name_reaches_the_terminal(tui_tuner: Command) -> None:
    err = refused(tui_tuner("status", "sear\x1b[31mch\u202e"))
    assert "sear\\x1b[31mch\\u202e: no search here" in err
    assert "\x1b" not in err


def test_what_a_hint_says_to_type_can_be_copied(tui_tuner: Command) -> None:
    tui_tuner("run", "iris.yaml", "--set", "search.project_name=a search")
    err = refused(tui_tuner("retrain", "searches/a search", "--trial", "9"))
    assert "tui-tuner status 'searches/a search' lists them." in err


def test_a_folder_near_a_search_is_told_where_it_is(tui_tuner: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    tui_tuner("run", "iris.yaml", "--set", "search.project_name=a search")
    near = ("searches", "searches/a search/trial_0", "searches/a serch", "a search")
    hints = [refused(tui_tuner("status", folder)).splitlines()[1] for folder in near]
    assert hints == [
        "It holds searches: 'searches/a search'",
        "It is a part of the search 'searches/a search'.",
        "Did you mean 'searches/a search'?",
        "Did you mean 'searches/a search'?",
    ]
    assert "Check the directory's name." in refused(tui_tuner("status", "nowhere/at/all"))
    monkeypatch.chdir("searches/a search/trial_0")
    assert f"a part of the search '{Path.cwd().parent}'" in refused(tui_tuner("status", "."))


@pytest.mark.parametrize("command", [*READERS, "run"])
def test_a_search_of_a_newer_version_is_told(tui_tuner: Command, command: str) -> None:
    tui_tuner("run", "iris.yaml")
    connection = sqlite3.connect(ROOT / "search.db")
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    connection.close()
    err = refused(tui_tuner(command, "iris.yaml" if command == "run" else str(ROOT)))
    assert "Upgrade tui-tuner." in err


def test_attach_needs_a_terminal(tui_tuner: Command) -> None:
    tui_tuner("run", "iris.yaml")
    err = refused(tui_tuner("attach", str(ROOT)))
    assert f"tui-tuner status {ROOT}" in err


# status


def test_status_is_one_table_with_the_best_first(tui_tuner: Command) -> None:
    tui_tuner("run", "iris.yaml", "--set", "search.max_trials=12")
    said = tui_tuner("status", str(ROOT), "--top", "2")
    assert said.code == 0
    assert said.err == ""
    assert "iris  completed: all 12 trials were run" in said.out
    assert "trials 12 of 12, 0 running" in said.out
    rows = [line for line in said.out.splitlines() if "│" in line]
    best, second = sorted(scores(), key=lambda row: -row[1])[:2]
    assert [row.split("│")[1].strip() for row in rows] == [best[0], second[0]]
    assert "and 10 more; --top shows more" in said.out


def test_status_is_drawn_with_ascii_only_where_that_is_asked_for(
    tui_tuner: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    tui_tuner("run", "iris.yaml")
    assert not tui_tuner("status", str(ROOT)).out.isascii()
    monkeypatch.setenv("TUI_TUNER_ASCII", "1")
    drawn = tui_tuner("status", str(ROOT)).out
    assert drawn.isascii()
    assert "| trial |" in drawn


def test_status_in_a_pipe_is_as_wide_as_it_needs(tui_tuner: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    tui_tuner("run", "iris.yaml", "--set", "search.objective=[val_accuracy, parameters, epoch_time]")
    heads = [line for line in tui_tuner("status", str(ROOT)).out.splitlines() if "┃" in line]
    assert len(heads) == 1
    assert all(name in heads[0] for name in trials()[0]["values"])
    assert len(heads[0]) > 80


def test_status_as_json_is_the_whole_search(tui_tuner: Command) -> None:
    tui_tuner("run", "iris.yaml")
    said = tui_tuner("status", str(ROOT), "--json")
    assert said.code == 0
    status = json.loads(said.out)
    assert status["state"] == "completed"
    assert status["objective"] == {"name": "val_accuracy", "direction": "max"}
    assert [(trial["trial_id"], trial["score"]) for trial in status["trials"]] == scores()
    assert status["best_score"] == max(score for _, score in scores())
    assert set(status["test_metrics"]) == {"accuracy", "loss"}
    assert status["ended_trials"] == 3
    assert status["running_trials"] == 0
    assert status["workers"] == []


def test_a_terminal_that_lacks_a_character_shows_its_number(
    tui_tuner: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = TextIOWrapper(BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", out)
    assert tui_tuner("run", "iris.yaml", "--set", "name=Blüte").code == 0
    out.flush()
    assert out.buffer.getvalue().startswith(b"Bl\\xfcte: random search")
    assert b"completed: all 3 trials were run" in out.buffer.getvalue()


def test_of_a_command_that_is_known_only_itself_is_loaded() -> None:
    assert [command.name for command in command_line("schema").registered_commands] == ["schema"]


@pytest.mark.parametrize("first", [None, "--help", "rnu", "ctl"])
def test_without_the_name_of_a_command_all_are_there(first: str | None) -> None:
    app = command_line(first)
    assert {"run", "attach", "schema"} < {command.name for command in app.registered_commands}
    assert [group.name for group in app.registered_groups] == ["ctl"]
