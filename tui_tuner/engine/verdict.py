"""Turns the end of a trial's run into the oracle's verdict on the trial."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui_tuner.engine.causes import explain_streak
from tui_tuner.worker.reports import ExecutionResult, Outcome, TrialEnded

if TYPE_CHECKING:
    from tui_tuner.oracles import Oracle, Trial


def averaged(executions: Sequence[ExecutionResult]) -> tuple[dict[str, float], int]:
    """Average the executions of a trial as KerasTuner does.

    Returns:
        The mean of each metric over the executions that have it, and the mean best epoch, rounded down.
    """
    names = dict.fromkeys(name for execution in executions for name in execution.metrics)
    metrics = {}
    for name in names:
        values = [execution.metrics[name] for execution in executions if name in execution.metrics]
        metrics[name] = (
            math.fsum(values) / len(values) if all(map(math.isfinite, values)) else sum(values) / len(values)
        )
    return metrics, sum(execution.best_epoch for execution in executions) // len(executions)


@dataclass(frozen=True)
class Verdict:
    """What the oracle made of a trial.

    Args:
        trial: The trial as the oracle leaves it.
        metrics: Its metrics, averaged over the executions.
        fatal: Why the search must end, or empty.
    """

    trial: Trial
    metrics: Mapping[str, float]
    fatal: str


Judge = Callable[["Oracle", TrialEnded, str], Verdict]
"""Tells an oracle how a trial ended; gets the name of the objective too."""


def pass_verdict(oracle: Oracle, report: TrialEnded, objective: str) -> Verdict:
    """Tell the oracle how a trial ended.

    A trial whose objective is NaN comes back `INVALID` if it will be tried again, else `FAILED`.
    """
    from tui_tuner.oracles import TrialStatus  # here: viewers draw before the oracles are loaded
    from tui_tuner.space import HyperParameters

    status = {
        Outcome.COMPLETED: TrialStatus.COMPLETED,
        Outcome.SKIPPED: TrialStatus.STOPPED,
        Outcome.FAILED: TrialStatus.FAILED,
        Outcome.FATAL: TrialStatus.FAILED,
        Outcome.INVALID: TrialStatus.INVALID,
    }
    trial = oracle.get_trial(report.trial_id)
    trial.status = status[report.outcome]
    trial.message = report.message or None
    if report.hyperparameters is not None:
        trial.hyperparameters = HyperParameters.from_config(dict(report.hyperparameters))
    metrics: Mapping[str, float] = {}
    if report.executions:
        metrics, best_epoch = averaged(report.executions)
        if objective in metrics:
            oracle.update_trial(trial.trial_id, metrics, step=best_epoch)
            if not math.isfinite(metrics[objective]) and not trial.message:
                trial.message = f"{objective} is {'NaN' if math.isnan(metrics[objective]) else 'infinite'}"
    if trial.status == TrialStatus.COMPLETED and objective not in metrics:
        trial.status = TrialStatus.FAILED
        trial.message = (
            f"training did not report the objective {objective}; it reported {', '.join(metrics) or 'nothing'}"
        )
    wanted = [*(each.name for each in oracle.other_objectives), *(each.name for each in oracle.constraints)]
    unmeasured = [name for name in dict.fromkeys(wanted) if name not in metrics]
    if trial.status == TrialStatus.COMPLETED and unmeasured:
        trial.status = TrialStatus.FAILED
        trial.message = (
            f"training did not report {', '.join(unmeasured)}, which the search is about; it reported "
            f"{', '.join(metrics)}"
        )
    fatal = f"trial {trial.trial_id}: {first_line(report.message)}" if report.outcome is Outcome.FATAL else ""
    try:
        oracle.end_trial(trial)
    except RuntimeError:  # too many failures in a row; the trial itself has been judged
        fatal = fatal or explain_streak(last_failures(oracle))
    return Verdict(oracle.get_trial(report.trial_id), metrics, fatal)


def last_failures(oracle: Oracle) -> list[tuple[str, str]]:
    """The failures in a row for which the oracle wants no more trials, in their order: trial ids and messages."""
    limit = oracle.max_consecutive_failed_trials or 1
    return [(trial_id, oracle.get_trial(trial_id).message or "") for trial_id in oracle.end_order[-limit:]]


def first_line(message: str) -> str:
    """The line of a trial's message that says what went wrong; a traceback may follow it."""
    return message.strip().partition("\n")[0]
