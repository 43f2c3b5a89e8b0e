"""A viewer's side of `search.db`: folds what is new into the next immutable `SearchView`."""

from __future__ import annotations

import os
import socket
import sqlite3
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tui_tuner.engine import json_values
from tui_tuner.engine.commands import Answer, Command
from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.engine.events import (
    CommandAnswered,
    DataPrepared,
    ModelBuilt,
    TrialStarted,
    data_summary_from_data,
    model_summary_from_data,
)
from tui_tuner.engine.lock import is_held
from tui_tuner.engine.schema import LAST_SEQ, LAST_WRITE, connect
from tui_tuner.engine.space_view import describe_space
from tui_tuner.engine.trial_epochs import TrialEpochs
from tui_tuner.engine.view import (
    BarView,
    EpochView,
    HyperParameterView,
    Intervention,
    LimitView,
    Objective,
    SearchState,
    SearchView,
    TrialState,
    TrialView,
    WorkerView,
)
from tui_tuner.errors import TunerError
from tui_tuner.worker.jobs import DataSummary, Finding, ModelSummary

ENGINE_GONE = "the engine ended without a word; resume it to go on"
"""What is said of a search that is interrupted."""

DATABASE_GONE = "search.db was deleted or moved away; this is what was read last"
"""What is said of a search that ran when its directory was deleted."""

_LIVENESS_EVERY_S = 1.0

NOTE = "note:"
"""Keys of `meta` begin with it that hold a note about a trial; its id follows."""


class SearchReader:
    """The real `SearchSource`: reads a search directory that this or another process writes.

    Where a new search is begun in the same place, `poll` goes on with that one.

    Args:
        root: The search directory.
        who: Who sends commands, for the record.
        database: Where its `search.db` is, if that is not in the directory.

    Raises:
        TunerError: If there is no search.
    """

    def __init__(self, root: Path, who: str = "", database: Path | None = None) -> None:
        self._directory = SearchDirectory(root)
        self._database = database or self._directory.database
        self._who = who or f"pid {os.getpid()} on {socket.gethostname()}"
        self._checked_alive = -_LIVENESS_EVERY_S
        self._alive = False
        self._open()

    def _open(self) -> None:
        self._connection = connect(self._database)
        self._file = _file_at(self._database)
        self._is_gone = False
        self._commands: sqlite3.Connection | None = None
        self._epochs = TrialEpochs(self._connection)
        self._view = SearchView(root=self._directory.root)
        self._trials: dict[str, TrialView] = {}
        self._data_version = -1
        self._stored_state = SearchState.STARTING
        self._space: tuple[str, tuple[HyperParameterView, ...]] = ("", ())
        self._data: DataSummary | None = None

    def close(self) -> None:
        self._connection.close()
        if self._commands is not None:
            self._commands.close()

    def poll(self) -> SearchView:
        """The search now; the very same object as last time if nothing has changed."""
        alive_changed = self._check_alive()
        try:
            version: int = self._connection.execute("PRAGMA data_version").fetchone()[0]
            if version != self._data_version:
                # One read transaction: trials, epochs and meta of the same moment.
                self._connection.execute("BEGIN")
                try:
                    self._fold()
                finally:
                    self._connection.execute("COMMIT")
                self._data_version = version
            elif alive_changed:
                self._view = self._with_state(self._view)
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) and "busy" not in str(error):
                raise TunerError(f"{self._database}: cannot be read ({error}).") from error
        return self._view

    def epochs(self, trial_id: str) -> tuple[EpochView, ...]:
        """All epochs of the trial's present training, by execution and epoch: one curve, also where it was cut off and
        went on. As long as it has none, those of the latest attempt that has any."""
        return self._epochs.curve(trial_id)

    def trial_metrics(self) -> dict[str, dict[str, float]]:
        """By trial: its metrics at its best epoch, averaged over the executions; of the trials that have ended."""
        rows = self._connection.execute("SELECT trial_id, metrics FROM trials WHERE metrics != '{}'")
        return {trial_id: json_values.load_metrics(metrics) for trial_id, metrics in rows}

    def meta(self, key: str) -> Any:
        """A fact about the search, as a JSON value; `None` if nobody has stored it."""
        row = self._connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return None if row is None else json_values.load(row[0])

    def model_summary(self, trial_id: str) -> ModelSummary | None:
        """The trial's built model, once it is known."""
        row = self._connection.execute(
            "SELECT data FROM events WHERE trial_id = ? AND kind = ? ORDER BY seq DESC LIMIT 1",
            (trial_id, ModelBuilt.kind),
        ).fetchone()
        return None if row is None else model_summary_from_data(json_values.load(row[0]))

    def log_path(self, trial_id: str) -> Path:
        """The trial's log; the file may not exist yet."""
        return self._directory.trial_log(trial_id)

    def interventions(self) -> tuple[Intervention, ...]:
        """All that people have asked of the search and that was answered, in order."""
        return read_interventions(self._connection, self._view.seq)

    def send(self, command: Command) -> int:
        """Write a command for the engine.

        Returns:
            The request's number, for `answer`.

        Raises:
            TunerError: If it cannot be written: the directory is read-only, or the disk is full.
        """
        cursor = self._write(
            "INSERT INTO commands (time, who, kind, trial_id, arguments) VALUES (?, ?, ?, ?, ?)",
            time.time(),
            command.who or self._who,
            command.kind.value,
            command.trial_id,
            json_values.dump(dict(command.arguments)),
        )
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def note(self, trial_id: str, text: str) -> None:
        """Keep a note about a trial, for everybody who looks at the search; an empty text takes it away.

        Raises:
            TunerError: If it cannot be written.
        """
        key = NOTE + trial_id
        if text:
            value = {"text": text, "who": self._who, "time": time.time()}
            self._write("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", key, json_values.dump(value))
        else:
            self._write("DELETE FROM meta WHERE key = ?", key)

    def _write(self, sql: str, *arguments: object) -> sqlite3.Cursor:
        try:
            if self._is_gone:
                raise sqlite3.OperationalError(DATABASE_GONE)
            if self._commands is None:  # apart from the reads: a signal's thread may send while a snapshot is read
                self._commands = connect(self._database)
            return self._commands.execute(sql, arguments)
        except sqlite3.Error as error:
            raise TunerError(
                f"{self._database}: the request could not be written ({error}).",
                "Check that you may write there and that the disk is not full.",
            ) from error

    def answer(self, request: int) -> Answer | None:
        """What the engine said to a request; `None` as long as it has said nothing."""
        row = self._connection.execute(
            "SELECT commands.answered_seq, events.data FROM commands"
            " LEFT JOIN events ON events.seq = commands.answered_seq WHERE commands.id = ?",
            (request,),
        ).fetchone()
        if row is None or row[0] is None:
            return None
        if row[1] is None:  # the next engine has put it aside
            return Answer(False, "the engine ended before it came to this")
        said = json_values.load(row[1])
        return Answer(said.get("ok", True), said["answer"])

    def _check_alive(self) -> bool:
        now = time.monotonic()
        if now - self._checked_alive < _LIVENESS_EVERY_S:
            return False
        self._checked_alive = now
        was_gone = self._is_gone
        try:
            self._follow_database()
            alive = is_held(self._directory.lock)
        except OSError:  # what is open can be read on, and no more is known of the engine than before
            return False
        if was_gone and not self._is_gone:
            self._data_version = -1  # what was taken for cut off may run
        changed = alive != self._alive or self._is_gone != was_gone
        self._alive = alive
        return changed

    def _follow_database(self) -> None:
        """Read what is in the place of the search now: it may have been deleted, and another one begun there."""
        before, commands = self._connection, self._commands
        try:
            if _file_at(self._database) == self._file:
                self._is_gone = False
                return
            self._open()
        except (TunerError, FileNotFoundError, NotADirectoryError):
            self._is_gone = True
            return
        before.close()
        if commands is not None:
            commands.close()

    def _fold(self) -> None:
        meta = {key: value for key, value in self._connection.execute("SELECT key, value FROM meta")}  # noqa: C416
        seq: int = self._connection.execute(LAST_SEQ).fetchone()[0]
        objective = objective_in(meta)
        notes = {key.removeprefix(NOTE): meta.pop(key) for key in list(meta) if key.startswith(NOTE)}
        values = {key: json_values.load(value) for key, value in meta.items() if key not in _LARGE_META}
        self._fold_trials(objective, values.get("executions_per_trial", 1))
        self._stored_state = SearchState(values.get("state", SearchState.STARTING.value))
        self._view = self._with_state(
            replace(
                self._view,
                seq=seq,
                name=values.get("name", ""),
                detail=values.get("detail", ""),
                tuner=values.get("tuner", ""),
                tuner_why=values.get("tuner_why", ""),
                other_objectives=tuple(Objective(**each) for each in values.get("other_objectives", ())),
                constraints=tuple(values.get("constraints", ())),
                objective=objective,
                max_trials=values.get("max_trials"),
                max_time_s=values.get("max_time_s"),
                executions_per_trial=values.get("executions_per_trial", 1),
                created=values.get("created"),
                active_s=values.get("active_s", 0.0),
                run_started=values.get("run_started"),
                space=self._fold_space(meta.get("space", "")),
                bars=tuple(
                    BarView(name, tuple((epoch, value) for epoch, value in points), goes_on)
                    for name, points, goes_on in values.get("pruner_bars", ())
                ),
                limits={name: limit_view(limit) for name, limit in values.get("limits", {}).items()},
                wanted_workers=values.get("by_hand", {}).get("workers", {}).get("value"),
                trials=MappingProxyType(self._trials),
                best_trial_id=values.get("best_trial_id"),
                workers=tuple(WorkerView(**worker) for worker in values.get("workers", ())),
                data=self._fold_data(),
                findings=tuple(Finding(**finding) for finding in values.get("findings", ())),
                disk_bytes=values.get("disk_bytes"),
                notes={trial_id: json_values.load(note)["text"] for trial_id, note in notes.items()},
                test_metrics=json_values.load_metrics(meta["test_metrics"]) if "test_metrics" in meta else None,
            )
        )

    def _with_state(self, view: SearchView) -> SearchView:
        """A search whose engine is gone without a word is interrupted, and so are its running trials."""
        state = self._stored_state
        if not state.is_live or (self._alive and not self._is_gone):
            return replace(view, state=state)
        # The engine may have taken the lock since the last look.
        self._alive = is_held(self._directory.lock)
        if self._alive and not self._is_gone:
            return replace(view, state=state)
        last = self._connection.execute(LAST_WRITE).fetchone()[0]
        active_s = view.active_s if last is None else view.elapsed_s(last)
        trials = {
            trial_id: trial.cut_off(active_s) if trial.status is TrialState.RUNNING else trial
            for trial_id, trial in view.trials.items()
        }
        return replace(
            view,
            state=SearchState.INTERRUPTED,
            detail=DATABASE_GONE if self._is_gone else ENGINE_GONE,
            trials=MappingProxyType(trials),
            active_s=active_s,
            run_started=None,
            workers=(),
        )

    def _fold_space(self, text: str) -> tuple[HyperParameterView, ...]:
        if text and text != self._space[0]:
            self._space = (text, describe_space(json_values.load(text)))
        return self._space[1]

    def _fold_data(self) -> DataSummary | None:
        if self._data is None:
            row = self._connection.execute(
                "SELECT data FROM events WHERE trial_id IS NULL AND kind = ? ORDER BY seq DESC LIMIT 1",
                (DataPrepared.kind,),
            ).fetchone()
            self._data = None if row is None else data_summary_from_data(json_values.load(row[0]))
        return self._data

    def _fold_trials(self, objective: Objective, executions: int) -> None:
        changed = self._connection.execute(
            f"SELECT {TRIAL_COLUMNS} FROM trials WHERE seq > ? ORDER BY number",
            (self._view.seq,),
        ).fetchall()
        trials = dict(self._trials)
        for row in changed:
            trials[row[0]] = trial_view(row, executions)
        since = self._view.seq
        for trial in [trial for trial in trials.values() if trial.status is TrialState.RUNNING]:
            trials[trial.trial_id] = self._epochs.with_progress(trial, since, objective)
        self._trials = trials


_LARGE_META = frozenset({"space", "config", "oracle_state", "test_metrics", "task", "warm_start"})
"""Keys of `meta` that a snapshot does not need parsed, or parses in its own way."""


def _file_at(path: Path) -> tuple[int, int]:
    """Which file is there, so that another one in its place is noticed."""
    found = path.stat()
    return found.st_dev, found.st_ino


def objective_in(meta: Mapping[str, str]) -> Objective:
    """The objective that `meta` tells, of JSON texts."""
    if "objective" not in meta:
        return Objective("", "min")
    stored: dict[str, Any] = json_values.load(meta["objective"])
    return Objective(stored["name"], stored["direction"])


def read_interventions(connection: sqlite3.Connection, last_seq: int) -> tuple[Intervention, ...]:
    """What people had asked of a search up to an event, in order."""
    rows = connection.execute(
        "SELECT time, trial_id, data FROM events WHERE kind = ? AND seq <= ? ORDER BY seq",
        (CommandAnswered.kind, last_seq),
    )
    found = []
    for time_s, trial_id, text in rows:
        data = json_values.load(text)
        found.append(
            Intervention(
                time=time_s,
                who=data.get("who", ""),
                kind=data["command"],
                trial_id=trial_id,
                arguments=data.get("arguments", {}),
                answer=data.get("answer", ""),
                ok=data.get("ok", True),
            )
        )
    return tuple(found)


def limit_view(stored: Mapping[str, Any]) -> LimitView:
    """A limit as commands and `meta` describe it."""
    values = stored.get("values")
    return LimitView(stored.get("min_value"), stored.get("max_value"), None if values is None else tuple(values))


TRIAL_COLUMNS = (
    "trial_id, number, status, hyperparameters, score, best_epoch, started, ended, duration_s, worker, message,"
    " attempt, planned_epochs, execution_scores, origin, rerun_of, reason, predicted_mean, predicted_deviation,"
    " known_results, violation, other_scores, seq,"
    " CASE status WHEN 'RUNNING' THEN (SELECT json_extract(data, '$.began_s') FROM events"
    f" WHERE events.trial_id = trials.trial_id AND kind = '{TrialStarted.kind}' ORDER BY events.seq DESC LIMIT 1) END,"
    " CASE status WHEN 'RUNNING' THEN NULL ELSE (SELECT epoch + 1 FROM epochs WHERE epochs.trial_id = trials.trial_id"
    " AND attempt >= first_attempt ORDER BY attempt DESC, execution DESC, epoch DESC LIMIT 1) END"
)
"""The columns of `trials` that `trial_view` needs, in their order."""


def trial_view(row: tuple[Any, ...], executions: int) -> TrialView:
    """A row of `trials`, without the epochs of a running one."""
    return TrialView(
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
        planned_epochs=row[12],
        executions=executions,
        execution_scores=json_values.load_numbers(row[13]),
        origin=row[14],
        rerun_of=row[15],
        reason=row[16],
        predicted_mean=row[17],
        predicted_deviation=row[18],
        known_results=row[19],
        violation=row[20],
        other_scores=json_values.load_numbers(row[21]),
        seq=row[22],
        began_s=row[23],
        epochs=row[24],
    )
