"""Kills engines at random moments and looks whether anything is lost; for the suite and for a benchmark."""

from __future__ import annotations

import json
import random
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from support.simulated import SimulatedSearch
from support.watching import Ended, Watched, is_running, until

from tui_tuner.engine.journal import EPOCH, Entry, Journal
from tui_tuner.engine.reader import SearchReader
from tui_tuner.engine.view import SearchState, TrialState
from tui_tuner.errors import TunerError

KINDS: Mapping[str, Mapping[str, Any]] = {
    "bayesian": {"tuner": "bayesian", "workers": 1},
    "grid": {"tuner": "grid", "workers": 2},
    "hyperband": {"tuner": "hyperband", "epochs": 3, "workers": 1},
    "random": {"tuner": "random", "workers": 2},
}
"""Where proposals follow from the results so far and from their order, one worker keeps that order."""

_LOOK_EVERY_S = 0.001


@dataclass
class Tally:
    """What many runs have come to.

    Attributes:
        early: Kills before the engine had written anything.
        late: Kills that came after the search had ended by itself.
        events: Events and epochs that a second reader had seen before a kill, over all kills.
        lost: Those of them that were not there, or not the same, later.
        doubled: Epochs that are in the story of a trial twice.
        wrong: What else was not as it should be.
    """

    runs: int = 0
    kills: int = 0
    early: int = 0
    late: int = 0
    events: int = 0
    epochs: int = 0
    trials: int = 0
    lost: int = 0
    doubled: int = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        return not (self.lost or self.doubled or self.wrong)


class Witness:
    """A second reader that writes down what it is told, as fast as it can, until the engine is dead."""

    def __init__(self, watched: Watched) -> None:
        self._watched = watched
        self._stopped = threading.Event()
        self.seen: list[Entry] = []
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def stop(self) -> list[Entry]:
        """Everything that was acknowledged."""
        self._stopped.set()
        self._thread.join()
        return self.seen

    def _watch(self) -> None:
        journal: Journal | None = None
        while True:
            over = self._stopped.is_set()
            try:
                journal = journal or Journal(self._watched.root, after=0)
                while new := journal.new():
                    self.seen += new
            except (TunerError, sqlite3.OperationalError):  # it is not there yet
                pass
            if over:
                break
            time.sleep(_LOOK_EVERY_S)
        if journal is not None:
            journal.close()


class Engine(Protocol):
    """A running engine, as `subprocess` has it."""

    def poll(self) -> int | None: ...

    def wait(self) -> int: ...

    def kill(self) -> None: ...


Start = Callable[[Sequence[str], Path, Path], Engine]
"""Starts an engine: a command line, its current directory, and the file to which its output is appended."""


def start_program(command: Sequence[str], folder: Path, output: Path) -> Engine:
    """Start an engine as a program of its own."""
    with output.open("ab") as out:
        return subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=out, stderr=out)


def simulated(kind: str, folder: Path) -> SimulatedSearch:
    """A fast search of one of `KINDS`."""
    return SimulatedSearch(folder, seconds_per_epoch=0.01, **KINDS[kind])


class RealSearch(SimulatedSearch):
    """A search with real Keras, whose trials end as if they had never been cut off: nothing is shuffled."""

    @property
    def config(self) -> Path:
        file = super().config
        text = file.read_text(encoding="utf-8")
        fit, run = {"epochs": self.epochs, "shuffle": False}, {"workers": self.workers, "checkpoint_every_s": 0}
        lines = [line for line in text.splitlines() if not line.startswith(("fit:", "run:"))]
        file.write_text("\n".join([*lines, f"fit: {json.dumps(fit)}", f"run: {json.dumps(run)}", ""]), encoding="utf-8")
        return file

    def _command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "tui_tuner.cli", *arguments]


def uninterrupted(start: Start, search: SimulatedSearch) -> list[Ended]:
    """The trials of a search when nobody kills it."""
    code = start(search.run("--json"), search.folder, search.folder / "output").wait()
    assert code == 0, (search.folder / "output").read_text()
    trials = Watched(search.root).trials()
    assert trials
    return trials


def run_and_kill(
    start: Start,
    search: SimulatedSearch,
    seed: int,
    expected: list[Ended],
    tally: Tally,
    *,
    kills: int = 2,
    within_s: float = 1.0,
) -> None:
    """One search, killed at random moments, then resumed to its end; what is found goes into the tally.

    Args:
        expected: The trials of the same search when nobody kills it.
        within_s: The first moment is within so many seconds from the start of the engine, each with equal chance; the
            later ones are from when it has been seen to write, in a shorter span, as there is less left to do.
    """
    watched = Watched(search.root)
    randomly = random.Random(seed)
    where = f"{search.tuner}, seed {seed}"
    acknowledged: dict[int, Entry] = {}
    tally.runs += 1
    for kill in range(kills):
        span_s = within_s * (1 - kill / (kills + 1))  # each time there is less left to do
        command = search.resume("--json") if watched.exists else search.run("--json")
        witness = Witness(watched)
        engine = start(command, search.folder, search.folder / f"output-{kill}")
        if kill > 0:
            _until_it_writes(witness, engine, where)
        moment = time.monotonic() + randomly.uniform(0.0, span_s)
        while time.monotonic() < moment and engine.poll() is None:
            time.sleep(min(0.01, max(0.0, moment - time.monotonic())))
        tally.late += engine.poll() is not None
        engine.kill()
        engine.wait()
        seen = witness.stop()
        tally.kills += 1
        tally.events += len(seen)
        if not watched.exists:
            tally.early += 1
            continue
        acknowledged |= {entry.seq: entry for entry in seen}
        until(lambda: not any(map(is_running, watched.worker_pids)), lambda: f"{where}: workers outlive their engine")
        until(lambda: not watched.is_held, lambda: f"{where}: the lock outlives its engine")
        _look(watched, acknowledged, tally, where)
        if any(trial.status is TrialState.RUNNING for trial in watched.view().trials.values()):
            tally.wrong.append(f"{where}: a trial is shown as running though nobody runs it")

    again = search.resume("--json") if watched.exists else search.run("--json")
    code = start(again, search.folder, search.folder / "output-last").wait()
    if code != 0:
        tally.wrong.append(f"{where}: the resume ended with {code}: {(search.folder / 'output-last').read_text()}")
        return
    _look(watched, acknowledged, tally, where)
    trials = watched.trials()
    tally.trials += len(trials)
    tally.epochs += len(watched.epochs())
    if trials != expected:
        tally.wrong.append(f"{where}: the trials differ from the uninterrupted search: {trials} {expected}")
    if watched.view().state is not SearchState.COMPLETED:
        tally.wrong.append(f"{where}: the search ended as {watched.view().state}")
    _look_at_ends(watched, acknowledged, tally, where)
    until(lambda: not any(map(is_running, watched.worker_pids)), lambda: f"{where}: workers outlive the search")


def _until_it_writes(witness: Witness, engine: Engine, where: str) -> None:
    until(lambda: bool(witness.seen) or engine.poll() is not None, lambda: f"{where}: the engine writes nothing")


def _look(watched: Watched, acknowledged: Mapping[int, Entry], tally: Tally, where: str) -> None:
    """Whether what was acknowledged is there and the files can be read."""
    if watched.query("PRAGMA integrity_check") != [("ok",)]:
        tally.wrong.append(f"{where}: search.db is damaged")
    journal = Journal(watched.root, after=0)
    there: dict[int, Entry] = {}
    while new := journal.new():
        there |= {entry.seq: entry for entry in new}
    journal.close()
    tally.lost += sum(there.get(seq) != entry for seq, entry in acknowledged.items())
    for file in (watched.root / "oracle.json", watched.root / "tuner0.json", *watched.root.glob("trial_*/trial.json")):
        if file.exists():
            try:
                json.loads(file.read_text(encoding="utf-8"))
            except ValueError:
                tally.wrong.append(f"{where}: {file.name} cannot be read")


def _look_at_ends(watched: Watched, acknowledged: Mapping[int, Entry], tally: Tally, where: str) -> None:
    """Whether each trial has its epochs once, and none that was seen to end was run again."""
    reader = SearchReader(watched.root)
    for trial in reader.poll().trials.values():
        numbers = [(epoch.execution, epoch.epoch) for epoch in reader.epochs(trial.trial_id)]
        tally.doubled += len(numbers) - len(set(numbers))
        if trial.planned_epochs is not None and numbers and numbers[-1][1] + 1 != trial.planned_epochs:
            tally.wrong.append(f"{where}: trial {trial.trial_id} has epochs {numbers}")
    reader.close()
    ended = {entry.trial_id: entry.seq for entry in acknowledged.values() if entry.kind == "trial_ended"}
    for trial_id, seq in ended.items():
        later = "SELECT count(*) FROM events WHERE kind = 'trial_started' AND trial_id = ? AND seq > ?"
        if watched.query(later, trial_id, seq) != [(0,)]:
            tally.wrong.append(f"{where}: trial {trial_id} had ended and was run again")
    epochs = [entry for entry in acknowledged.values() if entry.kind == EPOCH]
    known = {(row.trial_id, row.attempt, row.execution, row.epoch) for row in watched.epochs()}
    tally.lost += sum(
        (entry.trial_id, entry.data["attempt"], entry.data["execution"], entry.data["epoch"]) not in known
        for entry in epochs
    )
