"""Tasks for workers, of which a test says only what matters to it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tui_tuner.worker.jobs import Task


def task_in(folder: Path, **arguments: Any) -> Task:
    """A task whose search directory is `folder`: less is better of `val_loss`, one execution, a seed.

    Args:
        arguments: Those of `Task` that differ.
    """
    known: dict[str, Any] = {
        "model": "simulated:",
        "data": None,
        "arrays": folder / "scratch" / "data",
        "fit": {},
        "callbacks": {},
        "objective": "val_loss",
        "direction": "min",
        "executions_per_trial": 1,
        "seed": 1,
        "project_dir": folder,
    }
    return Task(**{**known, **arguments})
