"""The engine's side of `search.db`: the single writer of trials, epochs and events."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tui_tuner.engine import events, json_values
from tui_tuner.engine.commands import Command, CommandKind
from tui_tuner.engine.events import Event
from tui_tuner.engine.patient_writer import PatientWriter, is_from_outside
from tui_tuner.engine.schema import LAST_SEQ, LAST_WRITE, connect
from tui_tuner.engine.view import Scalar, TrialState
from tui_tuner.worker.reports import EpochEnded


@dataclass(frozen=True)
class TrialRow:
    """A row of `trials`. `runs` counts the runs that ended, `attempt` those that were begun before this one;
    `first_attempt` is the one that began the present training, which later ones resumed. `seq` is the event of its last
    change, for rows that were read."""

    trial_id: str
    number: int
    status: TrialState
    hyperparameters: Mapping[str, Scalar]
    score: float | None = None
    best_epoch: int | None = None
    started: float | None = None
    ended: float | None = None
    duration_s: float | None = None
    worker: str = ""
    message: str = ""
    attempt: int = 0
    runs: int = 0
    planned_epochs: int | None = None
    metrics: Mapping[str, float] | None = None
    execution_scores: tuple[float, ...] = ()
    first_attempt: int = 0
    origin: str = ""
    rerun_of: str | None = None
    reason: str = ""
    predicted_mean: float | None = None
    predicted_deviation: float | None = None
    known_results: int | None = None
    violation: float | None = None
    other_scores: tuple[float, ...] = ()
    seq: int = field(default=0, compare=False)


@dataclass(frozen=True)
class OpenCommand:
    """A command that waits for its answer."""

    id: int
    command: Command


_SET_META = "INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)"
_SET_JUDGEMENT = "UPDATE trials SET metrics = ?, violation = ? WHERE trial_id = ?"
_ANSWER = "UPDATE commands SET answered_seq = ? WHERE id = ?"


class Store:
    """Writes `search.db`. Everything inside one `transaction` becomes visible and durable together.

    Not safe for several threads at once; the search loop owns it.

    Args:
        database: The file; it is created if it is not there.
        patient: Where the disk takes nothing, keep what is written in memory and say so in `trouble`; else raise.

    Raises:
        TunerError: If the file cannot be opened.
    """

    def __init__(self, database: Path, *, patient: bool = False) -> None:
        self._connection = connect(database, create=True)
        self._writer = PatientWriter(self._connection, patient=patient)
        self._seq: int = self._connection.execute(LAST_SEQ).fetchone()[0]
        self._data_version = -1
        self._before_commit: list[Callable[[], None]] = []

    @property
    def seq(self) -> int:
        """Sequence number of the last event."""
        return self._seq

    @property
    def trouble(self) -> sqlite3.Error | None:
        """Why what was committed is not on the disk yet; `None` if it is."""
        return self._writer.trouble

    def retry(self) -> bool:
        """Try again to write what a patient store has kept; whether nothing is left."""
        return self._writer.retry()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit what is written inside, or nothing of it if an exception leaves the block."""
        seq, unwritten = self._seq, len(self._writer.unwritten)
        try:
            yield
            while self._before_commit:
                self._before_commit.pop()()
            self._writer.commit()
        except BaseException:
            self._before_commit.clear()
            del self._writer.unwritten[unwritten:]
            self._seq = seq
            raise

    def before_commit(self, write: Callable[[], None]) -> None:
        """Write something at the end of the present transaction."""
        self._before_commit.append(write)

    def close(self) -> None:
        self._connection.close()

    # Writing: inside a transaction.

    def event(self, event: Event, trial_id: str | None = None) -> int:
        """Append an event and return its sequence number."""
        self._seq += 1
        self._writer.add(
            "INSERT INTO events (seq, time, kind, trial_id, data) VALUES (?, ?, ?, ?, ?)",
            self._seq,
            time.time(),
            event.kind,
            trial_id,
            json_values.dump(event.data()),
        )
        return self._seq

    def epoch(self, report: EpochEnded) -> None:
        """Append a finished epoch. One that is there already (a worker repeated itself) is kept as it was."""
        self._seq += 1
        self._writer.add(
            "INSERT OR IGNORE INTO epochs (seq, trial_id, attempt, execution, epoch, time, duration_s, metrics)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            self._seq,
            report.trial_id,
            report.attempt,
            report.execution,
            report.epoch,
            report.time,
            report.duration_s,
            json_values.dump(dict(report.metrics)),
        )

    def trial(self, row: TrialRow) -> None:
        """Write a trial whole. Call it after the event that it belongs to: it takes that sequence number."""
        self._writer.add(
            "INSERT OR REPLACE INTO trials (trial_id, number, status, score, best_epoch, hyperparameters, started,"
            " ended, duration_s, worker, message, attempt, runs, planned_epochs, metrics, execution_scores, seq,"
            " first_attempt, origin, rerun_of, reason, predicted_mean, predicted_deviation, known_results,"
            " violation, other_scores)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            row.trial_id,
            row.number,
            row.status.value,
            row.score,
            row.best_epoch,
            json_values.dump(dict(row.hyperparameters)),
            row.started,
            row.ended,
            row.duration_s,
            row.worker,
            json_values.storable(row.message),
            row.attempt,
            row.runs,
            row.planned_epochs,
            json_values.dump(dict(row.metrics or {})),
            json_values.dump(list(row.execution_scores)),
            self._seq,
            row.first_attempt,
            row.origin,
            row.rerun_of,
            row.reason,
            row.predicted_mean,
            row.predicted_deviation,
            row.known_results,
            row.violation,
            json_values.dump(list(row.other_scores)),
        )

    def judgement(self, row: TrialRow) -> None:
        """Write the metrics and the violation of a trial that is there; it keeps its place in the order of events."""
        metrics = json_values.dump(dict(row.metrics or {}))
        self._writer.add(_SET_JUDGEMENT, metrics, row.violation, row.trial_id)

    def set_meta(self, **values: Any) -> None:
        """Set keys of `meta` to JSON values."""
        for key, value in values.items():
            self._writer.add(_SET_META, key, json_values.dump(value))

    def answer(self, command_id: int) -> None:
        """Mark a command as answered by the last event."""
        self._writer.add(_ANSWER, self._seq, command_id)

    # Reading: what the engine needs to go on.

    def meta(self) -> dict[str, Any]:
        """All keys and values, what is not written yet included."""
        stored = dict(self._connection.execute("SELECT key, value FROM meta").fetchall())
        stored |= {each.arguments[0]: each.arguments[1] for each in self._writer.unwritten if each.sql == _SET_META}
        return {key: json_values.load(value) for key, value in stored.items()}

    def trials(self) -> list[TrialRow]:
        """All trials in the order of creation."""
        rows = self._connection.execute(
            "SELECT trial_id, number, status, hyperparameters, score, best_epoch, started, ended, duration_s, worker,"
            " message, attempt, runs, planned_epochs, metrics, execution_scores, first_attempt, origin, rerun_of,"
            " reason, predicted_mean, predicted_deviation, known_results, violation, other_scores, seq"
            " FROM trials ORDER BY number"
        )
        return [
            TrialRow(
                trial_id=row[0],
                number=row[1],
                status=TrialState(row[2]),
                hyperparameters=json_values.load(row[3]),
                score=row[4],
                best_epoch=row[5],
                started=row[6],
                ended=row[7],
                duration_s=row[8],
                worker=row[9],
                message=row[10],
                attempt=row[11],
                runs=row[12],
                planned_epochs=row[13],
                metrics=json_values.load_metrics(row[14]),
                execution_scores=json_values.load_numbers(row[15]),
                first_attempt=row[16],
                origin=row[17],
                rerun_of=row[18],
                reason=row[19],
                predicted_mean=row[20],
                predicted_deviation=row[21],
                known_results=row[22],
                violation=row[23],
                other_scores=json_values.load_numbers(row[24]),
                seq=row[25],
            )
            for row in rows
        ]

    def last_epoch(self, trial_id: str, first_attempt: int) -> tuple[int, int]:
        """Execution and number of the last epoch of a training, by whichever attempt; `(-1, -1)` if it has none."""
        row = self._connection.execute(
            "SELECT execution, epoch FROM epochs WHERE trial_id = ? AND attempt >= ?"
            " ORDER BY execution DESC, epoch DESC LIMIT 1",
            (trial_id, first_attempt),
        ).fetchone()
        return (-1, -1) if row is None else (row[0], row[1])

    def trial_began(self, trial_id: str) -> float | None:
        """`began_s` of a trial's last run, as far as it is written; `None` if that is not known."""
        row = self._connection.execute(
            "SELECT data FROM events WHERE trial_id = ? AND kind = ? ORDER BY seq DESC LIMIT 1",
            (trial_id, events.TrialStarted.kind),
        ).fetchone()
        began_s: float | None = None if row is None else json_values.load(row[0]).get("began_s")
        return began_s

    def epoch_durations(self, trial_id: str, first_attempt: int, before: int) -> list[float]:
        """Seconds of each epoch of a trial's attempts, from the first one up to one that is not counted."""
        rows = self._connection.execute(
            "SELECT duration_s FROM epochs WHERE trial_id = ? AND attempt >= ? AND attempt < ?",
            (trial_id, first_attempt, before),
        )
        return [row[0] for row in rows]

    def model_parameters(self) -> dict[str, int]:
        """How many parameters the model of each trial has, as far as one was built."""
        rows = self._connection.execute("SELECT trial_id, data FROM events WHERE kind = 'model_built' ORDER BY seq")
        return {trial_id: json_values.load(data)["summary"]["parameters"] for trial_id, data in rows}

    def last_write(self) -> float | None:
        """When the last event or epoch was written."""
        last: float | None = self._connection.execute(LAST_WRITE).fetchone()[0]
        return last

    def open_commands(self) -> list[OpenCommand]:
        """Commands without an answer, oldest first. Costs next to nothing while nobody has written."""
        try:
            version: int = self._connection.execute("PRAGMA data_version").fetchone()[0]
            if version == self._data_version:
                return []
            rows = self._connection.execute(
                "SELECT id, kind, trial_id, who, arguments FROM commands WHERE answered_seq IS NULL ORDER BY id"
            ).fetchall()
        except sqlite3.Error as error:
            if is_from_outside(error):
                return []  # whoever asked waits until it can be read again
            raise
        self._data_version = version
        known = set(CommandKind)
        answered = {each.arguments[1] for each in self._writer.unwritten if each.sql == _ANSWER}
        return [
            OpenCommand(row[0], Command(CommandKind(row[1]), row[2], row[3], json_values.load(row[4])))
            for row in rows
            if row[1] in known and row[0] not in answered
        ]

    def discard_open_commands(self) -> None:
        """Forget what was asked of an engine that is gone."""
        self._writer.add("UPDATE commands SET answered_seq = 0 WHERE answered_seq IS NULL")
