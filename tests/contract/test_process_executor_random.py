"""Worker processes under requests in random order: each job is closed exactly once, and free places take jobs."""

from __future__ import annotations

import queue
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.executors import DEADLINE_S, Inbox, Start, starting, trial

from tui_tuner.worker.jobs import Control
from tui_tuner.worker.reports import Outcome, TrialEnded, WorkerLost

STEPS = 120
FAULTS = ["", "", "", "", "die", "hang", "stuck", "raise", "memory"]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    with starting("process", tmp_path) as function:
        yield function


class Engine:
    """Asks for things at random, and keeps the book that a search keeps."""

    def __init__(self, inbox: Inbox, seed: int) -> None:
        self.inbox = inbox
        self.executor = inbox.executor
        self.draw = random.Random(seed)
        self.running: dict[str, str] = {}  # trial and fault
        self.closed: list[str] = []
        self.count = 0

    def step(self) -> None:
        some = self.draw.choice([*self.running, "no such trial"])
        match self.draw.randrange(12):
            case 0:
                self.executor.kill(some)
            case 1:
                self.executor.release()
            case 2:
                self.executor.resize(self.draw.randint(1, 5))
            case 3 | 4:
                self.executor.control(some, self.draw.choice(list(Control)))
            case _:
                self.fill()
        self.drain(self.draw.choice([0.0, 0.0, 0.01, 0.03]))

    def fill(self) -> None:
        while len(self.running) < self.executor.capacity:
            fault = self.draw.choice(FAULTS)
            job = trial(self.count, fault=fault, fault_epoch=self.draw.randrange(3), fault_mib=40)
            self.count += 1
            self.executor.submit(job)  # there is room: it must not refuse
            self.running[job.trial_id] = fault

    def drain(self, wait_s: float) -> None:
        try:
            report = self.inbox.queue.get(timeout=wait_s) if wait_s else self.inbox.queue.get_nowait()
            while True:
                self.take(report)
                report = self.inbox.queue.get_nowait()
        except queue.Empty:
            return

    def take(self, report: object) -> None:
        self.inbox.all.append(report)  # type: ignore[arg-type]
        if isinstance(report, WorkerLost):
            assert report.trial_id is not None, report.message  # no worker dies but by its trial
            assert self.running[report.trial_id] == "die", report.message
            self.close(report.trial_id)
        elif isinstance(report, TrialEnded):
            expected = Outcome.INVALID if self.running[report.trial_id] == "raise" else Outcome.COMPLETED
            assert report.outcome in (expected, Outcome.STOPPED, Outcome.SKIPPED)
            self.close(report.trial_id)

    def close(self, trial_id: str) -> None:
        del self.running[trial_id]
        self.closed.append(trial_id)


@pytest.mark.parametrize("seed", range(3))
def test_each_job_is_closed_once_whatever_happens(start: Start, seed: int) -> None:
    inbox = start(workers=3, epochs=3, seconds_per_epoch=0.01, worker_memory_mib=100)
    engine = Engine(inbox, seed)
    for _ in range(STEPS):
        engine.step()
    while engine.running:
        for trial_id in engine.running:
            inbox.executor.control(trial_id, Control.RUN)
        for trial_id in [each for each, fault in engine.running.items() if fault in ("hang", "stuck")]:
            inbox.executor.kill(trial_id)
        engine.take(inbox.queue.get(timeout=DEADLINE_S))
    assert sorted(engine.closed) == sorted(f"t{number}" for number in range(engine.count))
    inbox.executor.resize(2)
    assert inbox.executor.capacity == 2
    for number in range(2):
        inbox.executor.submit(trial(engine.count + number))
    assert {inbox.until(TrialEnded).outcome for _ in range(2)} == {Outcome.COMPLETED}
