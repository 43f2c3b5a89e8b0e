"""`kill -9` at any moment: what was acknowledged is kept, and the search ends with the trials it would have had."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.programs import started
from support.simulated import SimulatedSearch
from support.watching import Ended, Watched, is_running, until

from tui_tuner.engine.lock import is_held
from tui_tuner.engine.view import SearchState, SearchView, TrialState

SAMPLE = Path(__file__).parents[2] / "sample_configs" / "titanic.yaml"

# Where proposals follow from the results so far and from their order, one worker keeps that order.
KINDS: dict[str, dict[str, Any]] = {
    "bayesian": {"tuner": "bayesian", "workers": 1},
    "grid": {"tuner": "grid", "workers": 2},
    "hyperband": {"tuner": "hyperband", "epochs": 3, "workers": 1},
    "random": {"tuner": "random", "workers": 2},
}


def run_to_the_end(command: list[str], folder: Path) -> str:
    """Run the program, expect that it succeeds, and return what it printed."""
    done = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    return done.stdout


def whole_lines(output: Path) -> list[dict[str, Any]]:
    """The JSON lines that a killed program printed; the last one may be cut."""
    text = output.read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Ended]]:
    """The trials of each kind of search when nobody kills it."""
    trials = {}
    for name, arguments in KINDS.items():
        search = SimulatedSearch(tmp_path_factory.mktemp(name), seconds_per_epoch=0).within(
            tmp_path_factory.mktemp(name), **arguments
        )
        run_to_the_end(search.run("--headless"), search.folder)
        trials[name] = Watched(search.root).trials()
        assert len(trials[name]) == search.trials
        assert {trial.status for trial in trials[name]} == {"COMPLETED"}
    return trials


def kill_after(events: int, command: list[str], search: SimulatedSearch, output: Path) -> None:
    """Kill the engine once it has written so many events more, unless it has ended before."""
    watched = Watched(search.root)
    wanted = watched.seq() + events
    with started(command, search.folder, output) as engine:
        until(lambda: watched.seq() >= wanted or engine.poll() is not None)
        engine.kill()


def completed(watched: Watched) -> list[tuple[Any, ...]]:
    """The trials that were completed, in the order in which they were, with the times of their one run."""
    return watched.query(
        "SELECT ended, started, trial_id, attempt, score FROM trials WHERE status = 'COMPLETED' ORDER BY ended"
    )


def until_dead(pids: list[int]) -> None:
    """Wait until none of the processes is left."""
    until(lambda: not any(map(is_running, pids)), lambda: pids)


@pytest.mark.parametrize("seed", range(8))
def test_a_killed_engine_loses_nothing_that_was_acknowledged(
    seed: int, search: SimulatedSearch, watched: Watched, undisturbed: dict[str, list[Ended]]
) -> None:
    kind = sorted(KINDS)[seed % len(KINDS)]
    search = search.within(search.folder, **KINDS[kind])
    randomly = random.Random(seed)
    command = search.run("--json")
    for kill in range(2):
        output = search.folder / f"output-{kill}"
        kill_after(randomly.randrange(1, 30), command, search, output)
        kept, ended = watched.epochs(), completed(watched)
        acknowledged = {line["seq"] for line in whole_lines(output) if line["kind"] == "epoch"}
        assert acknowledged <= {row.seq for row in kept}
        until_dead(watched.worker_pids)
        # A worker that was being forked when the engine was killed holds the lock until it is a program of its own.
        until(lambda: not is_held(watched.directory.lock))
        assert TrialState.RUNNING not in {trial.status for trial in watched.view().trials.values()}
        command = search.resume("--json")
    run_to_the_end(command, search.folder)

    assert watched.view().state is SearchState.COMPLETED
    assert watched.trials() == undisturbed[kind]
    assert watched.epochs()[: len(kept)] == kept
    assert completed(watched)[: len(ended)] == ended  # none of them was run again
    until_dead(watched.worker_pids)


def kill_worker_of(number: int, watched: Watched) -> None:
    """Kill the worker of the trial with this number once it has finished an epoch of it."""

    def is_at_work(view: SearchView) -> bool:
        return any(
            trial.number == number and trial.status is TrialState.RUNNING and trial.last_epoch is not None
            for trial in view.trials.values()
        )

    os.kill(watched.until(is_at_work).workers[0].pid, signal.SIGKILL)


def test_a_trial_that_loses_its_worker_is_run_again(
    search: SimulatedSearch, watched: Watched, undisturbed: dict[str, list[Ended]]
) -> None:
    search = search.within(search.folder, **KINDS["bayesian"], seconds_per_epoch=0.4)
    with started(search.run("--json"), search.folder, search.folder / "output") as engine:
        kill_worker_of(0, watched)
        kill_worker_of(2, watched)
        assert engine.wait(60) == 0
    assert watched.trials() == undisturbed["bayesian"]
    lost = watched.query("SELECT trial_id FROM events WHERE kind = 'worker_lost' ORDER BY seq")
    again = watched.query("SELECT DISTINCT trial_id FROM epochs WHERE attempt = 1 ORDER BY seq")
    assert lost == again
    assert len(lost) == 2
    assert len(watched.events("search_started")) == 1


def test_a_trial_that_kills_its_workers_does_not_hold_up_the_search(search: SimulatedSearch, watched: Watched) -> None:
    faults = {"name": "fault", "default": "", "conditions": [], "values": ["", "die"], "ordered": False}
    units = {"name": "units", "default": 8, "conditions": [], "values": [8, 16], "ordered": True}
    space = {"space": [{"class_name": "Choice", "config": config} for config in (faults, units)], "values": {}}
    search = replace(search, trials=4, simulation={"space": space})
    output = run_to_the_end(search.run("--headless"), search.folder)
    assert "was killed by signal 9 (SIGKILL)" in output
    statuses = {json.loads(trial.hyperparameters)["fault"]: trial.status for trial in watched.trials()}
    assert statuses == {"": "COMPLETED", "die": "FAILED"}
    assert len(watched.trials()) == 4


def test_a_killed_keras_search_goes_on_where_it_was(tmp_path: Path) -> None:
    settings = {"search.max_trials": 2, "search.directory": tmp_path, "fit.epochs": 3, "run.workers": 1}
    overrides = [part for key, value in settings.items() for part in ("--set", f"{key}={value}")]
    tui_tuner = [sys.executable, "-m", "tui_tuner.cli"]
    run = [*tui_tuner, "run", str(SAMPLE), *overrides]
    watched = Watched(tmp_path / "titanic")
    with started([*run, "--headless", "--json"], tmp_path, tmp_path / "output") as engine:
        watched.until_epoch(4)  # the second trial has begun
        engine.kill()
    until_dead(watched.worker_pids)
    kept, [first, second] = watched.epochs(), watched.trials()
    assert [line["seq"] for line in whole_lines(tmp_path / "output") if line["kind"] == "epoch"]
    assert (first.status, second.status) == ("COMPLETED", "RUNNING")
    status = run_to_the_end([*tui_tuner, "status", str(watched.root)], tmp_path)
    assert "interrupted" in status
    assert "cut off" in status

    run_to_the_end([*tui_tuner, "resume", str(watched.root)], tmp_path)
    assert watched.epochs()[: len(kept)] == kept
    assert watched.trials()[0] == first
    assert [trial.hyperparameters for trial in watched.trials()] == [first.hyperparameters, second.hyperparameters]
    assert {trial.status for trial in watched.trials()} == {"COMPLETED"}
    test_metrics = json.loads(watched.query("SELECT value FROM meta WHERE key = 'test_metrics'")[0][0])
    assert set(test_metrics) == {"loss", "accuracy"}

    said = run_to_the_end([*run, "--set", "search.max_trials=3"], tmp_path)  # its output is no terminal: headless
    assert "found here: 2 finished trials; best so far" in said
    assert "completed: all 3 trials were run" in said
    assert len(watched.trials()) == 3
    assert watched.trials()[0] == first
