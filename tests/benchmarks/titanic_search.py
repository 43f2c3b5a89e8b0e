"""The Titanic search that the benchmarks run: the sample's data, the wider model, no callbacks."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import yaml
from benchmarks.measure import ROOT


def write_config(folder: Path, *, trials: int, workers: int = 1, epochs: int | None = None) -> Path:
    """Write a config whose search lies in `folder/titanic`, and return its path."""
    samples = ROOT / "sample_configs"
    config: dict[str, Any] = yaml.safe_load((samples / "titanic.yaml").read_text(encoding="utf-8"))
    config["name"] = "titanic"
    config["model"] = f"{Path(__file__).with_name('titanic_wide.py')}:build_model"
    config["data"]["csv"] = str(samples / config["data"]["csv"])
    config["search"] |= {"max_trials": trials, "directory": str(folder)}
    config["callbacks"] = {}
    config["run"] = {"executor": "process", "workers": workers}
    if epochs is not None:
        config["fit"]["epochs"] = epochs
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "titanic.yaml"
    path.write_text(yaml.safe_dump(config), encoding="utf-8")
    return path


def histories(root: Path) -> list[dict[str, list[float]]]:
    """The metrics of each trial by epoch, as Keras's `History` has them."""
    connection = sqlite3.connect(root / "search.db")
    rows = connection.execute(
        "SELECT number, epochs.metrics FROM epochs JOIN trials USING (trial_id) ORDER BY number, execution, epoch"
    ).fetchall()
    connection.close()
    found: dict[int, dict[str, list[float]]] = {}
    for number, metrics in rows:
        history = found.setdefault(number, {})
        for name, value in json.loads(metrics).items():
            history.setdefault(name, []).append(value)
    return [found[number] for number in sorted(found)]


def trial_times(root: Path) -> list[tuple[float, float]]:
    """Start and end of each trial in seconds since the epoch, in their order."""
    connection = sqlite3.connect(root / "search.db")
    rows = connection.execute("SELECT started, ended FROM trials ORDER BY number").fetchall()
    connection.close()
    return [(float(started), float(ended)) for started, ended in rows]


def is_over(root: Path) -> bool:
    """Whether the search has come to its end."""
    return _meta(root, "state") in ("completed", "failed", "stopped")


def last_write(root: Path) -> float:
    """When the last event was written, in seconds since the epoch."""
    connection = sqlite3.connect(root / "search.db")
    (time,) = connection.execute("SELECT max(time) FROM events").fetchone()
    connection.close()
    return float(time)


def worker_pids(root: Path) -> list[int]:
    """The process ids of the search's workers."""
    return [int(worker["pid"]) for worker in _meta(root, "workers")]


def _meta(root: Path, key: str) -> Any:
    try:
        connection = sqlite3.connect(f"file:{root / 'search.db'}?mode=ro", uri=True)
    except sqlite3.OperationalError:  # not there yet
        return None
    try:
        row = connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    except sqlite3.OperationalError:  # being created
        return None
    finally:
        connection.close()
    return None if row is None else json.loads(row[0])
