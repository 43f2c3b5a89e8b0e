"""Gives a fresh oracle its memory back from `search.db`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tui_tuner.engine.store import TrialRow
from tui_tuner.engine.view import TrialState
from tui_tuner.oracles import MultiObjective, Objective, Oracle, Trial, TrialStatus
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
    known = oracle.get_space()
    ended = sorted((row for row in rows if row.status in _ENDED), key=lambda row: row.ended or 0.0)
    oracle.restore(
        [_trial(row, known, oracle.objective) for row in rows],
        own_state,
        interrupted=[row.trial_id for row in rows if _is_interrupted(row)],
        end_order=[row.trial_id for row in ended],
    )


def _is_interrupted(row: TrialRow) -> bool:
    return row.status in (TrialState.RUNNING, TrialState.INTERRUPTED)


def _trial(row: TrialRow, space: HyperParameters, objective: Objective) -> Trial:
    hyperparameters = space.copy()
    hyperparameters.values = dict(row.hyperparameters)
    status = TrialStatus.RUNNING if _is_interrupted(row) else TrialStatus(row.status.value)
    trial = Trial(hyperparameters=hyperparameters, trial_id=row.trial_id, status=status)
    trial.score = row.score
    trial.best_step = row.best_epoch or 0
    trial.message = row.message or None
    directions = {objective.name: objective.direction}
    if isinstance(objective, MultiObjective):
        directions |= objective.name_to_direction
    for name, value in (row.metrics or {}).items():
        trial.metrics.register(name, directions.get(name))
        trial.metrics.update(name, value, step=trial.best_step)
    return trial
