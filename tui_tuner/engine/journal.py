"""The story of a search in order: events and epochs from `search.db`, as they come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tui_tuner.engine import json_values
from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.engine.schema import LAST_SEQ, connect

EPOCH = "epoch"
"""The `kind` of an entry that stands for a finished epoch."""

_BATCH = 10_000


@dataclass(frozen=True)
class Entry:
    """One event. `data` holds the event's fields; for an epoch the columns of its row."""

    seq: int
    time: float
    kind: str
    trial_id: str | None
    data: Mapping[str, Any]


class Journal:
    """Reads a search's events after a given one.

    Args:
        root: The search directory.
        after: Sequence number of the last event that is not wanted; by default the story starts now.

    Raises:
        TunerError: If there is no search.
    """

    def __init__(self, root: Path, after: int | None = None) -> None:
        self._connection = connect(SearchDirectory(root).database)
        self._seq: int = self._connection.execute(LAST_SEQ).fetchone()[0] if after is None else after

    def close(self) -> None:
        self._connection.close()

    def new(self) -> list[Entry]:
        """What was written since the last call, in order; at most ten thousand entries."""
        rows = self._connection.execute(
            "SELECT seq, time, kind, trial_id, data, NULL, NULL, NULL, NULL FROM events WHERE seq > ?1"
            " UNION ALL SELECT seq, time, ?2, trial_id, metrics, attempt, execution, epoch, duration_s"
            " FROM epochs WHERE seq > ?1 ORDER BY seq LIMIT ?3",
            (self._seq, EPOCH, _BATCH),
        )
        entries = [_entry(row) for row in rows]
        if entries:
            self._seq = entries[-1].seq
        return entries


def _entry(row: tuple[Any, ...]) -> Entry:
    seq, time, kind, trial_id, data, attempt, execution, epoch, duration_s = row
    fields: dict[str, Any] = json_values.load(data)
    if kind == EPOCH:
        fields = {
            "attempt": attempt,
            "execution": execution,
            "epoch": epoch,
            "duration_s": duration_s,
            "metrics": fields,
        }
    return Entry(seq, time, kind, trial_id, fields)
