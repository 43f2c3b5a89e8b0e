"""What a test sees of a search from outside: its database, its processes, and waiting for something to be so."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tui_tuner.engine.commands import Command, CommandKind
from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.engine.lock import is_held
from tui_tuner.engine.reader import SearchReader
from tui_tuner.engine.schema import LAST_SEQ
from tui_tuner.engine.view import SearchState, SearchView

DEADLINE_S = 60.0


def until(wanted: Callable[[], bool], what: Callable[[], object] = lambda: "", deadline_s: float = DEADLINE_S) -> None:
    """Wait until `wanted()`; `what()` is told if it never comes true."""
    deadline = time.monotonic() + deadline_s
    while not wanted():
        assert time.monotonic() < deadline, f"it never came true: {what()}"
        time.sleep(0.005)


def is_running(pid: int) -> bool:
    """Whether the process is there and is no zombie."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return not Path("/proc/self").exists()  # no such file system here, or gone meanwhile


@dataclass(frozen=True)
class EpochRow:
    """A row of `epochs`."""

    seq: int
    trial_id: str
    attempt: int
    execution: int
    epoch: int
    metrics: str


@dataclass(frozen=True)
class Ended:
    """What a search has made of a trial, whenever and however often it was run."""

    number: int
    trial_id: str
    status: str
    hyperparameters: str
    score: float | None
    best_epoch: int | None


class Watched:
    """A search directory that other processes work in. It need not be there yet."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.directory = SearchDirectory(root)

    @property
    def exists(self) -> bool:
        """Whether a search was begun: its first event is there."""
        try:
            return self.directory.exists() and bool(self.events("search_started"))
        except sqlite3.OperationalError:  # the tables are not there yet
            return False

    def view(self) -> SearchView:
        """The search now."""
        with self._reader() as reader:
            return reader.poll()

    def until(self, wanted: Callable[[SearchView], bool], deadline_s: float = DEADLINE_S) -> SearchView:
        """Wait until the search is as wanted."""
        seen: list[SearchView] = []

        def look() -> bool:
            seen[:] = [self.view()]
            return wanted(seen[0])

        until(lambda: self.exists, lambda: f"no search in {self.root}", deadline_s)
        until(look, lambda: seen, deadline_s)
        return seen[0]

    def until_state(self, *states: SearchState) -> SearchView:
        """Wait until the search is in one of the states, and until its engine has let go if it is over."""
        view = self.until(lambda view: view.state in states)
        if not view.state.is_live:
            until(lambda: not self.is_held, lambda: "the engine holds the directory still")
        return view

    def until_epoch(self, count: int = 1) -> None:
        """Wait until so many epochs have ended."""
        until(lambda: self.exists, lambda: f"no search in {self.root}")
        until(lambda: len(self.epochs()) >= count, self.view)

    def send(self, kind: CommandKind, trial_id: str | None = None) -> None:
        """Ask the engine for something, as another viewer does."""
        with self._reader() as reader:
            reader.send(Command(kind, trial_id, who="test"))

    @property
    def is_held(self) -> bool:
        """Whether an engine is at work."""
        return is_held(self.directory.lock)

    @property
    def engine_pid(self) -> int:
        """Process of the last engine."""
        pid: int = self.events("search_started")[-1]["pid"]
        return pid

    @property
    def worker_pids(self) -> list[int]:
        """Processes of all workers that there ever were."""
        return [event["pid"] for event in self.events("worker_started")]

    def seq(self) -> int:
        """Number of the last event; 0 if there is none yet."""
        if not self.exists:
            return 0
        seq: int = self.query(LAST_SEQ)[0][0]
        return seq

    def events(self, kind: str) -> list[dict[str, Any]]:
        """The data of all events of a kind, in order."""
        return [json.loads(row[0]) for row in self.query("SELECT data FROM events WHERE kind = ? ORDER BY seq", kind)]

    def epochs(self) -> list[EpochRow]:
        """All epochs, in the order in which they ended."""
        rows = self.query("SELECT seq, trial_id, attempt, execution, epoch, metrics FROM epochs ORDER BY seq")
        return [EpochRow(*row) for row in rows]

    def trials(self) -> list[Ended]:
        """All trials, in the order of creation."""
        rows = self.query(
            "SELECT number, trial_id, status, hyperparameters, score, best_epoch FROM trials ORDER BY number"
        )
        return [Ended(*row) for row in rows]

    def query(self, sql: str, *arguments: Any) -> list[tuple[Any, ...]]:
        """Read `search.db` as anybody can."""
        connection = sqlite3.connect(self.directory.database, timeout=10)
        try:
            return connection.execute(sql, arguments).fetchall()
        finally:
            connection.close()

    def end(self) -> None:
        """End what still runs here."""
        if self.is_held:
            os.kill(json.loads(self.directory.lock.read_text())["pid"], signal.SIGKILL)
            until(lambda: not self.is_held)

    @contextmanager
    def _reader(self) -> Iterator[SearchReader]:
        reader = SearchReader(self.root)
        try:
            yield reader
        finally:
            reader.close()
