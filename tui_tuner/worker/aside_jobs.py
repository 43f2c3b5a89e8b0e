"""What can be asked of a process beside a search, and what it says. Plain data."""

from __future__ import annotations

from dataclasses import dataclass

from tui_tuner.worker.final_jobs import EvaluateFileJob, FinalModel, Metrics, Progress, RetrainJob
from tui_tuner.worker.probe_jobs import Activity, Probe, ProbeJob


@dataclass(frozen=True)
class Failed:
    """Why it was not done: one line, and what to do."""

    message: str
    hint: str = ""


AsideJob = RetrainJob | EvaluateFileJob | ProbeJob
Told = Progress | Activity
"""Said while it is at work."""

Result = FinalModel | Metrics | Probe
