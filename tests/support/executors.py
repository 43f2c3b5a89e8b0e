"""Executors with simulated training: starting them, and reading what they report."""

from __future__ import annotations

import contextlib
import json
import queue
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from support.tasks import task_in

from tui_tuner.executors import Executor, InlineExecutor, ProcessExecutor, RayExecutor
from tui_tuner.worker.jobs import Task, TrialJob
from tui_tuner.worker.reports import Report, TrialEnded
from tui_tuner.worker.simulated import SimulatedRunner

DEADLINE_S = 30.0
SILENCE_S = 0.4

R = TypeVar("R")


def make_task(folder: Path, *, epochs: int = 3, executions: int = 1, judged: bool = False, **options: Any) -> Task:
    """A task of simulated training.

    Args:
        judged: Whether trials await an answer to each epoch.
        options: See `worker.simulated.SimulationOptions`.
    """
    return task_in(
        folder,
        model=f"simulated:{json.dumps(options)}",
        fit={"epochs": epochs},
        objective="val_accuracy",
        direction="max",
        executions_per_trial=executions,
        awaits_answers=judged,
    )


def trial(number: int = 0, attempt: int = 0, **values: Any) -> TrialJob:
    """The job of the trial `t<number>`."""
    return TrialJob(f"t{number}", number, attempt, {"space": [], "values": {"units": 8, **values}})


def eventually(condition: Callable[[], bool]) -> bool:
    """Whether the condition comes true before the deadline."""
    deadline = time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline:
        if condition():
            return True
        threading.Event().wait(0.01)
    return condition()


class Inbox:
    """Takes an executor's reports, as the engine does."""

    def __init__(self, executor: Executor) -> None:
        self.executor = executor
        self.queue: queue.SimpleQueue[Report] = queue.SimpleQueue()
        self.all: list[Report] = []

    def next(self) -> Report:
        report = self.queue.get(timeout=DEADLINE_S)
        self.all.append(report)
        return report

    def until(self, kind: type[R]) -> R:
        while True:
            report = self.next()
            if isinstance(report, kind):
                return report

    def run(self, job: TrialJob) -> TrialEnded:
        self.executor.submit(job)
        return self.until(TrialEnded)

    def of(self, kind: type[R]) -> list[R]:
        return [report for report in self.all if isinstance(report, kind)]

    def is_silent(self) -> bool:
        """Whether reports stop coming before the deadline."""
        deadline = time.monotonic() + DEADLINE_S
        while time.monotonic() < deadline:
            try:
                self.all.append(self.queue.get(timeout=SILENCE_S))
            except queue.Empty:
                return True
        return False


Start = Callable[..., Inbox]


@contextlib.contextmanager
def starting(kind: str, folder: Path, address: str | None = None) -> Iterator[Start]:
    """Gives a function that starts an executor of the kind; all are closed at the end.

    Args:
        address: The Ray cluster to join.
    """
    with contextlib.ExitStack() as stack:

        def start(*, workers: int = 1, worker_memory_mib: float | None = None, **options: Any) -> Inbox:
            task = make_task(folder, **options)
            if kind == "process":
                executor: Executor = ProcessExecutor(task, workers, worker_memory_mib=worker_memory_mib)
            elif kind == "ray":
                executor = RayExecutor(task, address=address, workers=workers, worker_memory_mib=worker_memory_mib)
            else:
                inline = InlineExecutor(
                    SimulatedRunner(task), donated=kind == "donated", awaits_answers=task.awaits_answers
                )
                executor = inline
                if kind == "donated":
                    server = threading.Thread(target=inline.serve)
                    server.start()
                    stack.callback(server.join)
            stack.callback(executor.close)
            inbox = Inbox(executor)
            executor.start(inbox.queue.put)
            return inbox

        yield start
