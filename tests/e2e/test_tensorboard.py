"""A real TensorBoard shows the trials of a real search, in its HPARAMS tab too."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from support.watching import until

CONFIG = """
name: board
model: build.py:build_model
data: {sklearn: iris}
search:
  tuner: random
  seed: 3
  objective: val_accuracy
  max_trials: 3
  executions_per_trial: 2
fit: {epochs: 2}
callbacks: {tensorboard: true}
run: {workers: 1}
"""

MODEL = """
import keras


def build_model(hp):
    layers = [keras.layers.Dense(hp.Int("units", 4, 16), activation="relu")]
    if hp.Boolean("drop"):
        layers.append(keras.layers.Dropout(hp.Float("rate", 0.1, 0.5)))
    model = keras.Sequential([*layers, keras.layers.Dense(3, activation="softmax")])
    model.compile(hp.Choice("optimizer", ["adam", "sgd"]), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model
"""


def cli(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "tui_tuner.cli", *arguments]


@contextmanager
def board(root: Path) -> Iterator[str]:
    """`tui-tuner tensorboard`; gives its address."""
    process = subprocess.Popen(cli("tensorboard", str(root)), stdout=subprocess.PIPE, text=True, start_new_session=True)
    assert process.stdout is not None
    try:
        lines = [process.stdout.readline() for _ in range(3)]
        assert str(root / "tb_logs") in lines[0]
        port = re.search(r"http://localhost:(\d+)/", lines[1])
        assert port is not None
        assert f"ssh -N -L {port[1]}:127.0.0.1:{port[1]} " in lines[2]
        yield f"http://127.0.0.1:{port[1]}"
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()


def ask(url: str, question: dict[str, Any] | None = None) -> Any:
    """What TensorBoard answers; `None` as long as it does not."""
    body = None if question is None else json.dumps(question).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return json.load(response)
    except OSError:
        return None


def test_tensorboard_shows_hyperparameters_and_metrics_of_each_trial(tmp_path: Path) -> None:
    (tmp_path / "build.py").write_text(MODEL)
    (tmp_path / "board.yaml").write_text(CONFIG)
    subprocess.run(cli("run", "board.yaml", "--headless"), cwd=tmp_path, check=True, stdout=subprocess.DEVNULL)
    root = tmp_path / "searches" / "board"
    status = subprocess.run(cli("status", "--json", str(root)), check=True, capture_output=True, text=True)
    trials = {trial["trial_id"]: trial for trial in json.loads(status.stdout)["trials"]}
    with board(root) as address:
        hparams = f"{address}/data/plugin/hparams"
        seen: list[Any] = []

        def all_there() -> bool:
            experiment = ask(f"{hparams}/experiment", {"experimentName": "", "includeMetrics": True})
            if not experiment or "metricInfos" not in experiment:
                return False
            wanted = {
                "experimentName": "",
                "colParams": [
                    *({"hparam": info["name"], "includeInResult": True} for info in experiment["hparamInfos"]),
                    *({"metric": info["name"], "includeInResult": True} for info in experiment["metricInfos"]),
                ],
                "allowedStatuses": ["STATUS_SUCCESS", "STATUS_RUNNING", "STATUS_UNKNOWN", "STATUS_FAILURE"],
                "aggregationType": "AGGREGATION_AVG",
                "startIndex": 0,
                "sliceSize": 100,
            }
            groups = (ask(f"{hparams}/session_groups", wanted) or {}).get("sessionGroups", [])
            seen[:] = [experiment, groups]
            return len(groups) == 3 and all(len(group["sessions"]) == 2 for group in groups)

        until(all_there, deadline_s=120)
        assert "0/execution0/train" in ask(f"{address}/data/plugin/graphs/info")
    experiment, groups = seen
    assert {info["name"] for info in experiment["hparamInfos"]} >= {"units", "drop", "optimizer"}
    metrics = {(info["name"]["group"], info["name"]["tag"]) for info in experiment["metricInfos"]}
    assert metrics >= {("validation", "epoch_accuracy"), ("train", "epoch_loss")}
    for group in groups:
        trial = trials[group["name"]]
        assert group["hparams"] == trial["hyperparameters"]
        assert all(session["status"] == "STATUS_SUCCESS" for session in group["sessions"])
        named = {(value["name"]["group"], value["name"]["tag"]) for value in group["metricValues"]}
        assert named >= {("validation", "epoch_accuracy"), ("train", "epoch_loss")}
