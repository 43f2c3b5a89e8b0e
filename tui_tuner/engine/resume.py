"""Gives a fresh oracle its memory back from `search.db`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tui_tuner.engine.store import TrialRow
from tui_tuner.engine.view import TrialState
from tui_tuner.oracles import (
    MetricHistory,
    MultiObjective,
    Objective,
    Oracle,
    Trial,
    TrialStatus,
    infer_metric_direction,
)
from tui_tuner.oracles.explanation import Explanation
from tui_tuner.space import HyperParameters

_ENDED = (TrialState.COMPLETED, TrialState.FAILED, TrialState.STOPPED)


def restore_oracle(
    oracle: Oracle, rows: Sequence[TrialRow], space: Mapping[str, Any] | None, own_state: Mapping[str, Any] | None
) -> None:
    """Bring the oracle to where the last engine left it.

    Trials that were running are handed out again, first and in their order.

    Args:
        space: The stored search space (`HyperParameters.get_config()`), or `None` if it was never seen.
        own_state: What `Oracle.own_state()` last returned, or `None`.
    """
    if space is not None:
        oracle.update_space(HyperParameters.from_config(dict(space)))
    if own_state is None:
        return
    space_now = oracle.get_space()
    directions = _Directions(oracle.objective)
    # By the order of events: a clock that was set back would tell another one.
    ended = sorted((row for row in rows if row.status in _ENDED), key=lambda row: row.seq)
    oracle.restore(
        [_trial(row, space_now, directions) for row in rows],
        own_state,
        interrupted=[row.trial_id for row in rows if _is_interrupted(row)],
        end_order=[row.trial_id for row in ended],
    )


def _is_interrupted(row: TrialRow) -> bool:
    return row.status in (TrialState.RUNNING, TrialState.INTERRUPTED)


class _Directions(dict[str, str]):
    """The direction of each metric, found out once."""

    def __init__(self, objective: Objective) -> None:
        super().__init__({objective.name: objective.direction})
        if isinstance(objective, MultiObjective):
            self.update(objective.name_to_direction)

    def __missing__(self, name: str) -> str:
        self[name] = infer_metric_direction(name) or "min"
        return self[name]


def _trial(row: TrialRow, space: HyperParameters, directions: Mapping[str, str]) -> Trial:
    hyperparameters = space.with_values(row.hyperparameters)
    status = TrialStatus.RUNNING if _is_interrupted(row) else TrialStatus(row.status.value)
    trial = Trial(hyperparameters=hyperparameters, trial_id=row.trial_id, status=status)
    trial.score = row.score
    trial.best_step = row.best_epoch or 0
    trial.message = row.message or None
    trial.origin, trial.rerun_of = row.origin, row.rerun_of
    trial.violation = row.violation
    if row.reason:
        trial.why = Explanation.from_json(
            {
                "reason": row.reason,
                "mean": row.predicted_mean,
                "deviation": row.predicted_deviation,
                "results": row.known_results or 0,
            }
        )
    for name, value in (row.metrics or {}).items():
        history = trial.metrics.metrics[name] = MetricHistory(directions[name])
        history.update(value, step=trial.best_step)
    return trial
