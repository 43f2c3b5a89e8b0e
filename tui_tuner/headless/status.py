"""The answer of `tui-tuner status`: a few lines with a table, or one JSON object."""

from __future__ import annotations

import time
from typing import Any

from rich.console import Console
from rich.text import Text

from tui_tuner.analysis.formatting import (
    format_bytes,
    format_count,
    format_duration,
    format_metric,
    format_state,
)
from tui_tuner.analysis.pareto import objectives, pareto_front
from tui_tuner.analysis.progress import eta_s, search_progress
from tui_tuner.analysis.text import clean
from tui_tuner.engine import json_values
from tui_tuner.engine.view import SearchView
from tui_tuner.headless.trial_tables import trial_tables

_FRONT_SHOWN = 12


def print_status(view: SearchView, console: Console, top: int) -> None:
    """Print the search's state and its `top` best trials."""
    progress = search_progress(view)
    now = time.time()
    facts = Text()
    facts.append(clean(view.name), style="bold")
    facts.append(f"  {format_state(view.state)}")
    if view.detail:
        facts.append(f": {clean(view.detail)}")
    total = "" if progress.total is None else f" of {progress.total:,}"
    facts.append(f"\ntrials {progress.ended:,}{total}, {progress.running:,} running")
    facts.append(f"  elapsed {format_duration(view.elapsed_s(now))}")
    eta = eta_s(view, now)
    if eta is not None:
        facts.append(f"  about {format_duration(eta)} to go")
    if view.disk_bytes is not None:
        facts.append(f"  {format_bytes(view.disk_bytes)} on disk")
    wanted = " and ".join(f"{each.direction} of {clean(each.name)}" for each in objectives(view))
    facts.append(f"\n{clean(view.tuner)} search, {wanted}")
    if view.tuner_why:
        facts.append(f" ({clean(view.tuner_why)})")
    front = pareto_front(view)
    if front:
        shown = ", ".join(clean(trial.trial_id) for trial in front[:_FRONT_SHOWN])
        more = f" and {len(front) - _FRONT_SHOWN:,} more" if len(front) > _FRONT_SHOWN else ""
        facts.append(f"\nPareto front (◆): {format_count(len(front), 'trial')}: {shown}{more}")
    if view.constraints:
        kept = sum(trial.violation == 0.0 for trial in view.trials.values())
        broken = sum(bool(trial.violation) for trial in view.trials.values())
        facts.append(f"\nsubject to {clean(', '.join(view.constraints))}: kept by {kept:,}, violated by {broken:,}")
    if view.test_metrics:
        shown = ", ".join(f"{clean(name)} {format_metric(value)}" for name, value in view.test_metrics.items())
        facts.append(f"\nbest model on the test data: {shown}")
    for finding in view.findings:
        facts.append("\nwarning", style="yellow").append(f": {clean(finding.text)}. {clean(finding.fix)}")
    if view.trials:
        console.print(facts, *trial_tables(view, top, console), sep="\n")
    else:
        console.print(facts, soft_wrap=True)


def status_json(view: SearchView) -> str:
    """The whole search as one JSON object, with every trial in the order of creation."""
    now = time.time()
    progress = search_progress(view)
    status: dict[str, Any] = {
        "name": view.name,
        "directory": str(view.root),
        "state": view.state.value,
        "detail": view.detail,
        "tuner": view.tuner,
        "tuner_why": view.tuner_why,
        "other_objectives": [
            {"name": objective.name, "direction": objective.direction} for objective in view.other_objectives
        ],
        "pareto_front": [trial.trial_id for trial in pareto_front(view)],
        "constraints": list(view.constraints),
        "objective": {"name": view.objective.name, "direction": view.objective.direction},
        "max_trials": view.max_trials,
        "ended_trials": progress.ended,
        "running_trials": progress.running,
        "elapsed_s": view.elapsed_s(now),
        "eta_s": eta_s(view, now),
        "disk_bytes": view.disk_bytes,
        "findings": [{"text": finding.text, "fix": finding.fix} for finding in view.findings],
        "best_trial_id": view.best_trial_id,
        "best_score": None if view.best is None else view.best.score,
        "test_metrics": None if view.test_metrics is None else dict(view.test_metrics),
        "workers": [
            {"name": worker.name, "pid": worker.pid, "device": worker.device, "trial_id": worker.trial_id}
            for worker in view.workers
        ],
        "trials": [
            {
                "trial_id": trial.trial_id,
                "status": trial.status.value,
                "score": trial.shown_score,
                "best_epoch": trial.best_epoch,
                "execution_scores": list(trial.execution_scores),
                "hyperparameters": dict(trial.hyperparameters),
                "started": trial.started,
                "ended": trial.ended,
                "duration_s": trial.duration_s,
                "message": trial.message,
                "origin": trial.origin,
                "violation": trial.violation,
                "other_scores": list(trial.other_scores),
                "proposed": {
                    "reason": trial.reason,
                    "mean": trial.predicted_mean,
                    "deviation": trial.predicted_deviation,
                    "known_results": trial.known_results,
                },
            }
            for trial in view.trials.values()
        ],
    }
    return json_values.dump(status)
