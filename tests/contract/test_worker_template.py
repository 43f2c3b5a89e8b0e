"""Workers that are forked from a template, whatever happens to them and to it; all of them real processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from support.executors import Inbox, Start, eventually, make_task, starting, trial
from support.watching import is_running

from tui_tuner.executors import ProcessExecutor
from tui_tuner.executors.workers import WorkerSlot
from tui_tuner.worker.jobs import PrepareJob
from tui_tuner.worker.messages import READY
from tui_tuner.worker.priority import VARIABLE
from tui_tuner.worker.reports import (
    EpochEnded,
    ModelBuilt,
    Outcome,
    Prepared,
    TrialEnded,
    WorkerLost,
    WorkerStarted,
    WorkerStatus,
)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    with starting("process", tmp_path) as function:
        yield function


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def started_after_loss(inbox: Inbox) -> int:
    inbox.until(WorkerLost)
    pid = inbox.until(WorkerStarted).pid
    inbox.until(WorkerStatus)
    return pid


def second_worker(start: Start, **options: float) -> tuple[Inbox, int, int]:
    """An executor with one worker that was forked, that worker, and the template."""
    inbox = start(**options)
    inbox.until(WorkerStatus)
    os.kill(inbox.of(WorkerStarted)[0].pid, signal.SIGKILL)
    pid = started_after_loss(inbox)
    template = parent_of(pid)
    assert template != os.getpid()
    return inbox, pid, template


def test_the_second_worker_is_forked_from_what_the_first_one_left(start: Start) -> None:
    inbox = start(workers=2)
    first, second = (inbox.until(WorkerStarted).pid for _ in range(2))
    assert parent_of(first) == os.getpid()
    template = parent_of(second)
    assert template not in (first, os.getpid())
    assert len({os.getsid(pid) for pid in (first, second, template, os.getpid())}) == 4
    inbox.executor.submit(trial(0))
    inbox.executor.submit(trial(1))
    assert [inbox.until(TrialEnded).outcome for _ in range(2)] == [Outcome.COMPLETED] * 2
    inbox.executor.close()
    assert not any(map(is_running, (first, second, template)))


def test_all_workers_stand_back_where_that_is_wanted(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "3")
    inbox = start(workers=2)
    own = os.getpriority(os.PRIO_PROCESS, 0)
    for _ in range(2):  # started, and forked from what that one has left
        pid = inbox.until(WorkerStarted).pid
        assert os.getpriority(os.PRIO_PROCESS, pid) == min(19, own + 3)


@pytest.mark.parametrize(
    ("fault", "words"),
    [("die", "was killed by signal 9 (SIGKILL)"), ("segfault", "was killed by signal 11 (SIGSEGV)")],
)
def test_how_a_forked_worker_ended_is_told(start: Start, fault: str, words: str) -> None:
    inbox, _, template = second_worker(start)
    inbox.executor.submit(trial(0, fault=fault))
    lost = inbox.until(WorkerLost)
    assert (lost.trial_id, words in lost.message) == ("t0", True)
    assert parent_of(inbox.until(WorkerStarted).pid) == template
    assert inbox.run(trial(1)).outcome is Outcome.COMPLETED


def test_a_killed_trial_takes_what_it_started_with_it_and_the_template_stays(start: Start, tmp_path: Path) -> None:
    inbox, pid, template = second_worker(start, epochs=100_000, seconds_per_epoch=0.002)
    inbox.executor.submit(trial(0, fault="child", fault_epoch=0))
    inbox.until(EpochEnded)
    child = int((tmp_path / "trial_t0" / "log.txt").read_text())
    inbox.executor.kill("t0")
    inbox.until(TrialEnded)
    assert eventually(lambda: not is_running(child) and not is_running(pid))
    assert is_running(template)


def test_workers_outlive_their_template_and_the_next_one_is_started_in_the_usual_way(
    start: Start, tmp_path: Path
) -> None:
    inbox, pid, template = second_worker(start)
    os.kill(template, signal.SIGKILL)
    assert eventually(lambda: not is_running(template))
    assert inbox.run(trial(0)).outcome is Outcome.COMPLETED
    os.kill(pid, signal.SIGKILL)
    lost = inbox.until(WorkerLost)
    assert "how is not known, because the process that it was forked from is gone" in lost.message
    plain = inbox.until(WorkerStarted).pid
    assert parent_of(plain) == os.getpid()
    inbox.until(WorkerStatus)
    os.kill(plain, signal.SIGKILL)
    another = parent_of(started_after_loss(inbox))  # that one has left a template of its own
    assert another not in (template, os.getpid())
    assert inbox.run(trial(1)).outcome is Outcome.COMPLETED


def test_a_template_that_does_not_answer_is_given_up(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui_tuner.executors.template._ANSWER_S", 0.3)
    inbox, pid, template = second_worker(start)
    os.kill(template, signal.SIGSTOP)
    try:
        os.kill(pid, signal.SIGKILL)
        assert parent_of(started_after_loss(inbox)) == os.getpid()
        assert inbox.run(trial(0)).outcome is Outcome.COMPLETED
    finally:
        os.kill(template, signal.SIGCONT)
    assert eventually(lambda: not is_running(template))


@pytest.mark.parametrize(
    ("changed", "forked"),
    [
        ({"TF_NUM_INTRAOP_THREADS": "3"}, True),
        ({"OMP_NUM_THREADS": "3"}, False),
        ({"CUDA_VISIBLE_DEVICES": "0"}, False),
    ],
)
def test_an_environment_that_an_import_depends_on_is_not_forked(
    tmp_path: Path, changed: dict[str, str], forked: bool
) -> None:
    slots = [WorkerSlot("worker-0", "CPU", {}), WorkerSlot("worker-1", "CPU", changed)]
    executor = ProcessExecutor(make_task(tmp_path), slots=slots)
    inbox = Inbox(executor)
    try:
        executor.start(inbox.queue.put)
        pids = {report.worker: report.pid for report in (inbox.until(WorkerStarted), inbox.until(WorkerStarted))}
        assert (parent_of(pids["worker-1"]) != os.getpid()) is forked
    finally:
        executor.close()


def test_all_end_when_the_engine_is_killed(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _ENGINE, repr(make_task(tmp_path))], stdout=subprocess.PIPE, text=True
    ) as engine:
        assert engine.stdout is not None
        pids = [int(pid) for pid in engine.stdout.readline().split()]
        pids.append(parent_of(pids[1]))
        assert len(set(pids)) == 3
        assert all(map(is_running, pids))
        engine.kill()
    assert eventually(lambda: not any(map(is_running, pids)))


_ENGINE = """
import queue, sys, threading
from pathlib import Path, PosixPath
from tui_tuner.executors import ProcessExecutor
from tui_tuner.worker.jobs import *
from tui_tuner.worker.priority import VARIABLE
from tui_tuner.worker.reports import *

reports = queue.SimpleQueue()
executor = ProcessExecutor(eval(sys.argv[1]), 2)
executor.start(reports.put)
pids = []
while len(pids) < 2:
    report = reports.get(timeout=30)
    if isinstance(report, WorkerStarted):
        pids.append(report.pid)
print(*pids, flush=True)
threading.Event().wait()
"""

_MODEL = """
import os, keras

def build(hp):
    hp.Int("units", 4, 8)
    print("threads", os.environ["TF_NUM_INTEROP_THREADS"], keras.random.normal((2,)).shape)
    model = keras.Sequential([keras.layers.Dense(4, activation="relu"), keras.layers.Dense(3, activation="softmax")])
    model.compile("adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model
"""


def test_a_forked_worker_trains_as_one_that_has_imported_everything_itself(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text(_MODEL)
    task = replace(
        make_task(tmp_path, epochs=2),
        model=f"{tmp_path / 'model.py'}:build",
        data={"sklearn": "iris", "test_size": 0.2, "seed": 0},
        fit={"epochs": 2, "validation_split": 0.2, "verbose": 0},
    )
    slots = [WorkerSlot(f"worker-{k}", "CPU", {"TF_NUM_INTEROP_THREADS": str(k + 2)}) for k in range(2)]
    executor = ProcessExecutor(task, slots=slots)
    inbox = Inbox(executor)
    try:
        executor.start(inbox.queue.put)
        executor.submit(PrepareJob())
        inbox.until(Prepared)
        while len([status for status in inbox.of(WorkerStatus) if status.activity == READY]) < 2:
            inbox.until(WorkerStatus)
        executor.submit(replace(trial(0), trial_id="a"))
        executor.submit(replace(trial(0), trial_id="b"))
        inbox.until(ModelBuilt)
        ended = [inbox.until(TrialEnded) for _ in range(2)]
        forked = [report.worker for report in inbox.of(WorkerStarted) if parent_of(report.pid) != os.getpid()]
    finally:
        executor.close()
    assert forked == ["worker-1"]
    assert {report.worker for report in ended} == {"worker-0", "worker-1"}
    assert ended[0].outcome is Outcome.COMPLETED
    assert ended[0].executions == ended[1].executions
    logs = "".join((tmp_path / f"trial_{trial_id}" / "log.txt").read_text() for trial_id in "ab")
    assert "threads 2 " in logs
    assert "threads 3 " in logs
