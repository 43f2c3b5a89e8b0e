"""Pruners in whole searches: real worker processes, which train no epoch that the engine has ruled out."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from support.simulated import SimulatedSearch
from support.watching import Watched

from tui_tuner.engine.view import SearchState
from tui_tuner.oracles.pruners import FinishedEpoch, create_pruner

MEDIAN = {"name": "median", "min_trials": 2, "warmup_epochs": 1}
HALVING = {"name": "successive_halving", "reduction_factor": 2, "min_epochs": 2}


def pruned_by(pruner: dict[str, object]) -> tuple[str, ...]:
    return "--headless", "--set", f"search.pruner={json.dumps(pruner)}"


def run(command: list[str], folder: Path) -> str:
    """Run to the end, expect that it succeeds, and return what it printed."""
    done = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def decisions(watched: Watched) -> list[tuple[str, str]]:
    """Which trials were to end, and why, in the order of the decisions."""
    rows = watched.query("SELECT trial_id, data FROM events WHERE kind = 'trial_pruned' ORDER BY seq")
    return [(trial_id, json.loads(data)["reason"]) for trial_id, data in rows]


def replayed(
    watched: Watched, pruner: dict[str, object], objective: str, direction: str, epochs: int
) -> list[tuple[str, str]]:
    """What a pruner decides that is told the story of the search, from its beginning."""
    arguments = {name: value for name, value in pruner.items() if name != "name"}
    judge = create_pruner(str(pruner["name"]), direction, **arguments)
    assert judge is not None
    decided: dict[str, str] = {}
    for row in watched.epochs():
        epoch = FinishedEpoch(row.trial_id, row.execution, row.epoch, json.loads(row.metrics)[objective])
        judge.take(epoch)
        reason = judge.reason(epoch)
        if reason is not None and row.trial_id not in decided and row.epoch + 1 < epochs:
            decided[row.trial_id] = reason
    return list(decided.items())


def check(watched: Watched) -> None:
    """Each trial that was stopped has its reason, and no epoch beyond it; all others went all the way."""
    reasons = dict(decisions(watched))
    rows = watched.query("SELECT trial_id, status, message, attempt, planned_epochs, score, best_epoch FROM trials")
    for trial_id, status, message, attempt, planned, score, best_epoch in rows:
        epochs = {row.epoch: row.metrics for row in watched.epochs() if row.trial_id == trial_id}
        last = max(row.epoch for row in watched.epochs() if (row.trial_id, row.attempt) == (trial_id, attempt))
        assert status == ("STOPPED" if trial_id in reasons else "COMPLETED")
        assert message == reasons.get(trial_id, "")
        assert last + 1 == (int(message.split()[1].rstrip(":")) if message else planned)
        values = {epoch: json.loads(metrics)["val_accuracy"] for epoch, metrics in epochs.items() if epoch <= last}
        assert score == max(values.values())
        assert values[best_epoch] == score


@pytest.mark.parametrize("pruner", [MEDIAN, HALVING], ids=lambda pruner: str(pruner["name"]))
def test_workers_heed_the_engine_however_quick_they_are(
    search: SimulatedSearch, watched: Watched, pruner: dict[str, object]
) -> None:
    search = replace(search, trials=12, epochs=8, seconds_per_epoch=0, workers=2)
    out = run(search.run(*pruned_by(pruner)), search.folder)
    assert watched.view().state is SearchState.COMPLETED
    decided = decisions(watched)
    assert 0 < len(decided) < 12
    assert decided == replayed(watched, pruner, "val_accuracy", "max", 8)
    check(watched)
    for trial_id, reason in decided:
        (line,) = [line for line in out.splitlines() if line.startswith(f"trial {trial_id}  stopped")]
        assert line.endswith(reason)


@pytest.mark.parametrize("pruner", [MEDIAN, HALVING], ids=lambda pruner: str(pruner["name"]))
def test_a_search_whose_engine_was_killed_decides_as_if_nothing_had_happened(
    search: SimulatedSearch, watched: Watched, pruner: dict[str, object]
) -> None:
    search = replace(search, trials=12, epochs=8, seconds_per_epoch=0.01, workers=2)
    command = search.run(*pruned_by(pruner))
    with subprocess.Popen(command, cwd=search.folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as process:
        watched.until_epoch(30)
        process.send_signal(signal.SIGKILL)
    run(search.resume("--headless"), search.folder)
    assert watched.view().state is SearchState.COMPLETED
    assert len(watched.trials()) == 12
    assert decisions(watched) == replayed(watched, pruner, "val_accuracy", "max", 8)
    check(watched)


def test_training_with_keras_ends_where_a_pruner_says_so(tmp_path: Path) -> None:
    config = {
        "model": "dense",
        "data": {"sklearn": "iris"},
        "search": {
            "tuner": "random",
            "objective": "val_accuracy",
            "max_trials": 5,
            "seed": 3,
            "directory": "searches",
            "pruner": {"name": "successive_halving", "reduction_factor": 2, "min_epochs": 1},
        },
        "fit": {"epochs": 4},
        "run": {"workers": 1},
    }
    (tmp_path / "iris.yaml").write_text(json.dumps(config))
    run([sys.executable, "-m", "tui_tuner.cli", "run", "iris.yaml", "--headless"], tmp_path)
    watched = Watched(tmp_path / "searches" / "iris")
    decided = decisions(watched)
    assert 0 < len(decided) < 5
    assert decided == replayed(watched, config["search"]["pruner"], "val_accuracy", "max", 4)  # type: ignore[index]
    check(watched)
    for trial_id, _ in decided:
        assert list(watched.directory.trial(trial_id).glob("checkpoint*"))
    assert watched.view().test_metrics
