"""The real KerasTuner as a worker of our chief."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.timeout(600)

SCRIPT = """
import sys
theirs = sys.argv[1] == "theirs"
if theirs:
    from keras_tuner import Objective
    from keras_tuner.engine.base_tuner import BaseTuner
    from keras_tuner.oracles import RandomSearchOracle
else:
    from tui_tuner.oracles import Objective, RandomSearchOracle
    from tui_tuner.tuners import BaseTuner

def build(hp):
    hp.Choice("mode", ["small", "big"])
    with hp.conditional_scope("mode", ["big"]):
        hp.Int("units", 8, 64, step=8)
    hp.Float("lr", 1e-4, 1e-1, sampling="log")

class Tuner(BaseTuner):
    def run_trial(self, trial, *args, **kwargs):
        values = trial.hyperparameters.values
        print("ran", trial.trial_id, flush=True)
        return {"score": values["lr"] + values.get("units", 0)}

oracle = RandomSearchOracle(Objective("score", "max"), max_trials=5, seed=7)
tuner = Tuner(oracle, build, directory=".", project_name="it")
tuner.search(verbose=0)
if not theirs:
    print(tuner.get_best_hyperparameters()[0].values)
"""


def test_a_worker_of_kerastuner_runs_the_trials_of_our_chief(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(SCRIPT)
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    together = os.environ | {"KERASTUNER_ORACLE_IP": "127.0.0.1", "KERASTUNER_ORACLE_PORT": str(port)}

    def start(name: str, whose: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "script.py", whose],
            cwd=tmp_path,
            env=together | {"KERASTUNER_TUNER_ID": name, "TF_CPP_MIN_LOG_LEVEL": "3"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    with start("chief", "ours") as chief:
        assert chief.stderr is not None
        said = chief.stderr.readline()
        assert "waits for workers" in said, said + chief.stderr.read()
        with start("worker0", "theirs") as worker:
            try:
                done, complaints = worker.communicate(timeout=240)
                assert worker.returncode == 0, complaints
                told, complaints = chief.communicate(timeout=120)
                assert chief.returncode == 0, complaints
            finally:
                worker.kill()
                chief.kill()
    assert [line for line in done.splitlines() if line.startswith("ran")] == [f"ran {number}" for number in range(5)]
    trials = [json.loads(file.read_text()) for file in sorted(tmp_path.glob("it/trial_*/trial.json"))]
    assert [trial["status"] for trial in trials] == ["COMPLETED"] * 5
    best = max(trials, key=lambda trial: trial["score"])
    assert told.splitlines()[-1] == str(best["hyperparameters"]["values"])
    names = [entry["config"]["name"] for entry in trials[-1]["hyperparameters"]["space"]]
    assert sorted(names) == ["lr", "mode", "units"]
