"""What a pruner has to know of a search that goes on: its epochs, and what was decided. Read from `search.db`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path

from tui_tuner.engine import json_values
from tui_tuner.engine.events import TrialPruned
from tui_tuner.engine.schema import connect
from tui_tuner.engine.view import TrialState

_PLAIN = f"status IN ('{TrialState.COMPLETED}', '{TrialState.STOPPED}') AND first_attempt = trials.attempt"
"""Of a trial: it has ended, and it was trained in one go."""

_epoch = itemgetter(0)


@dataclass(frozen=True)
class Decision:
    """A trial is to end with this epoch. Epoch and execution count from 0."""

    execution: int
    epoch: int
    reason: str


class JudgedEpochs:
    """Reads what is stored.

    Args:
        database: The search's `search.db`.
        objective: Name of the objective.

    Raises:
        TunerError: If the file cannot be opened.
    """

    def __init__(self, database: Path, objective: str) -> None:
        self._connection = connect(database)
        self._objective = objective
        self._odd = bool(set(objective) & {'"', "\\"})  # SQLite cannot be told such a name
        self._value = "iif(?1 = '', NULL, epochs.metrics)" if self._odd else "json_extract(epochs.metrics, ?1)"
        self._path = f'$."{objective}"'

    def close(self) -> None:
        self._connection.close()

    def ended(self) -> Iterator[tuple[str, int, bool, list[tuple[int, float | None]]]]:
        """The executions of trials that have ended, as `(trial_id, execution, completed, [(epoch, objective), ...])`.

        Left out are reruns, trials that failed, and those that `others` has.
        """
        rows = self._connection.execute(
            f"SELECT epochs.trial_id, execution, status, json_group_array(epoch), json_group_array({self._value})"
            " FROM trials CROSS JOIN epochs ON epochs.trial_id = trials.trial_id AND epochs.attempt = trials.attempt"
            f" WHERE rerun_of IS NULL AND {_PLAIN} GROUP BY epochs.trial_id, execution",
            (self._path,),
        )
        for trial_id, execution, status, epochs, values in rows:
            objectives = map(self._objective_in, json.loads(values))
            points = sorted(zip(json.loads(epochs), objectives, strict=True), key=_epoch)
            yield trial_id, execution, status == TrialState.COMPLETED, points

    def others(self) -> Iterator[tuple[str, int, int, float | None]]:
        """The epochs of trials that have not ended, or whose training was cut off once, in the order in which they
        came, as `(trial_id, execution, epoch, objective)`.

        Left out are reruns, trials that failed, and trainings that were given up for a new one.
        """
        rows = self._connection.execute(
            f"SELECT epochs.trial_id, execution, epoch, {self._value}"
            " FROM trials CROSS JOIN epochs ON epochs.trial_id = trials.trial_id AND epochs.attempt >= first_attempt"
            f" WHERE rerun_of IS NULL AND status NOT IN ('{TrialState.FAILED}', '{TrialState.INVALID}')"
            f" AND NOT ({_PLAIN}) ORDER BY epochs.seq",
            (self._path,),
        )
        for trial_id, execution, epoch, value in rows:
            yield trial_id, execution, epoch, self._objective_in(value)

    def _objective_in(self, value: float | str | None) -> float | None:
        if not isinstance(value, str):
            return value
        return json_values.load_metrics(value).get(self._objective) if self._odd else json_values.number(value)

    def decided(self) -> dict[str, Decision]:
        """Where trials were to end that were cut off before they did, by trial."""
        rows = self._connection.execute(
            "SELECT events.trial_id, json_extract(data, '$.execution'), json_extract(data, '$.epoch'),"
            " json_extract(data, '$.reason') FROM events JOIN trials ON trials.trial_id = events.trial_id"
            " WHERE kind = ? AND json_extract(data, '$.attempt') >= trials.first_attempt"
            " AND trials.status IN (?, ?) ORDER BY events.seq",
            (TrialPruned.kind, TrialState.RUNNING.value, TrialState.INTERRUPTED.value),
        )
        return {trial_id: Decision(execution, epoch, reason) for trial_id, execution, epoch, reason in rows}
