"""What a pruner has to know of a search that goes on: its epochs, and what was decided. Read from `search.db`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tui_tuner.engine import json_values
from tui_tuner.engine.events import TrialPruned
from tui_tuner.engine.schema import connect
from tui_tuner.engine.view import TrialState


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

    def close(self) -> None:
        self._connection.close()

    def epochs(self) -> Iterator[tuple[str, int, int, float | None]]:
        """The epochs by which trials are compared, in their order, as `(trial_id, execution, epoch, objective)`.

        Left out are those of reruns, of trials that failed, and of trainings that were given up for a new one.
        """
        plain = not set(self._objective) & {'"', "\\"}  # else SQLite cannot be told the name
        value_or_all = "json_extract(epochs.metrics, ?1)" if plain else "epochs.metrics"
        rows = self._connection.execute(
            f"SELECT epochs.trial_id, execution, epoch, {value_or_all}"
            " FROM epochs JOIN trials ON trials.trial_id = epochs.trial_id AND epochs.attempt >= trials.first_attempt"
            " WHERE trials.rerun_of IS NULL AND trials.status NOT IN (?2, ?3) ORDER BY epochs.seq",
            (f'$."{self._objective}"', TrialState.FAILED.value, TrialState.INVALID.value),
        )
        for trial_id, execution, epoch, value in rows:
            if not plain:
                yield trial_id, execution, epoch, json_values.load_metrics(value).get(self._objective)
            else:
                yield trial_id, execution, epoch, json_values.number(value) if isinstance(value, str) else value

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
