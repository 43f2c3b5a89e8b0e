"""What is asked of the process that looks at a search before it runs, and what it answers. Plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tui_tuner.worker.jobs import DataSummary, Finding, Task


@dataclass(frozen=True)
class ProbeJob:
    """Build models at the corners and at random points of the search space, and train some of them for a few steps.

    Args:
        points: How many random points.
        max_trials: How many trials the search wants; `None` for no limit.
        effects_s: How long it may take to look for hyperparameters without effect.
    """

    task: Task
    points: int
    max_trials: int | None
    effects_s: float = 60.0


@dataclass(frozen=True)
class Activity:
    """What it is about to do."""

    text: str


@dataclass(frozen=True)
class Point:
    """A configuration that was built.

    Args:
        label: Where in the space: `defaults`, `smallest values`, `random`.
        memory_bytes: What its tensors take in training: weights, gradients, optimizer, and what a batch leaves behind
            in each layer. An estimate.
        step_s: Seconds of one training step, where it was measured.
        failure: Why it could not be built or trained; empty if it could.
    """

    label: str
    values: Mapping[str, Any]
    parameters: int | None = None
    weights_bytes: int = 0
    memory_bytes: int | None = None
    step_s: float | None = None
    failure: str = ""


@dataclass(frozen=True)
class Probe:
    """What was found.

    Args:
        configurations: How many the space has; `None` for infinitely many.
        space: `HyperParameters.get_config()`.
        steps: Training steps of an epoch, if the rows can be counted.
        metrics: What training reported; empty if that was not tried.
        notes: What was left out, and why.
    """

    findings: tuple[Finding, ...]
    data: DataSummary
    validation_rows: int | None
    configurations: int | None
    space: Mapping[str, Any]
    points: tuple[Point, ...]
    steps: int | None
    metrics: tuple[str, ...]
    notes: tuple[str, ...]
