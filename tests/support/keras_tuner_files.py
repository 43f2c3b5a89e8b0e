"""Writes the files of KerasTuner by hand, in the form that it documents by writing them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SPACE: list[dict[str, Any]] = [
    {
        "class_name": "Choice",
        "config": {"name": "arch", "default": "small", "conditions": [], "values": ["small", "big"], "ordered": False},
    },
    {
        "class_name": "Int",
        "config": {
            "name": "units",
            "default": None,
            "conditions": [{"class_name": "Parent", "config": {"name": "arch", "values": ["big"]}}],
            "min_value": 4,
            "max_value": 16,
            "step": 4,
            "sampling": "linear",
        },
    },
    {
        "class_name": "Float",
        "config": {
            "name": "lr",
            "default": 0.0001,
            "conditions": [],
            "min_value": 0.0001,
            "max_value": 0.1,
            "step": None,
            "sampling": "log",
        },
    },
]
"""One hyperparameter of three kinds each; one is conditional."""

HYPERBAND = {
    "hyperband_iterations": 1,
    "max_epochs": 4,
    "min_epochs": 1,
    "factor": 2,
    "brackets": [],
    "current_bracket": 2,
    "current_iteration": 0,
}
"""What Hyperband adds to `oracle.json`."""

BAYESIAN = {"num_initial_points": None, "alpha": 0.0001, "beta": 2.6}


@dataclass(frozen=True)
class Metric:
    """A metric of a trial: its direction and its one observation."""

    value: float
    direction: str = "min"


@dataclass(frozen=True)
class Written:
    """A trial as KerasTuner writes it."""

    trial_id: str
    score: float | None = None
    status: str = "COMPLETED"
    values: Mapping[str, Any] = field(default_factory=lambda: {"arch": "small", "lr": 0.001})
    metrics: Mapping[str, Metric] = field(default_factory=dict)
    step: int = 2
    message: str | None = None

    def text(self) -> str:
        """`trial.json`."""
        metrics = self.metrics
        if not metrics and self.score is not None:
            metrics = {"loss": Metric(self.score + 1), "val_loss": Metric(self.score)}
        return json.dumps(
            {
                "trial_id": self.trial_id,
                "hyperparameters": {"space": SPACE, "values": dict(self.values)},
                "metrics": {
                    "metrics": {
                        name: {
                            "direction": metric.direction,
                            "observations": [{"value": [metric.value], "step": self.step}],
                        }
                        for name, metric in metrics.items()
                    }
                },
                "score": self.score,
                "best_step": self.step,
                "status": self.status,
                "message": self.message,
            }
        )


def oracle_text(trials: Sequence[Written], **changes: Any) -> str:
    """`oracle.json` of a search with these trials."""
    ended = [trial.trial_id for trial in trials if trial.status in ("COMPLETED", "FAILED")]
    running = [trial.trial_id for trial in trials if trial.status == "RUNNING"]
    state: dict[str, Any] = {
        "ongoing_trials": {f"tuner{number}": trial_id for number, trial_id in enumerate(running)},
        "hyperparameters": {"space": SPACE, "values": {"arch": "small", "lr": 0.0001}},
        "start_order": [trial.trial_id for trial in trials],
        "end_order": ended,
        "run_times": dict.fromkeys(ended, 1),
        "retry_queue": [],
        "seed": 7,
        "seed_state": 7 + 2 * len(trials),
        "tried_so_far": [],
        "id_to_hash": {},
        "display": {"search_start": None, "trial_start": {}, "trial_number": {}},
    }
    return json.dumps({**state, **changes})


def write_project(root: Path, trials: Sequence[Written], **changes: Any) -> Path:
    """Write a whole project and return its directory.

    Args:
        changes: Keys of `oracle.json` that are other than usual.
    """
    for trial in trials:
        write_trial(root, trial)
    root.mkdir(parents=True, exist_ok=True)
    (root / "oracle.json").write_text(oracle_text(trials, **changes), encoding="utf-8")
    (root / "tuner0.json").write_text("{}", encoding="utf-8")
    return root


def write_trial(root: Path, trial: Written) -> Path:
    """Write one trial's file."""
    path = root / f"trial_{trial.trial_id}" / "trial.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(trial.text(), encoding="utf-8")
    return path
