"""One suite on every executor, with the simulated runner: worker processes and the Ray cluster are real."""

from __future__ import annotations

import io
import json
import math
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.executors import Inbox, Start, eventually, make_task, starting, trial
from support.ray_cluster import RayCluster
from support.watching import is_running

from tui_tuner.executors import InlineExecutor, ProcessExecutor, RayExecutor
from tui_tuner.worker.jobs import Control, EvaluateJob, PrepareJob
from tui_tuner.worker.reports import (
    EpochEnded,
    Evaluated,
    JobFailed,
    ModelBuilt,
    Outcome,
    Prepared,
    TrialEnded,
    WorkerLost,
    WorkerStarted,
    WorkerStatus,
)
from tui_tuner.worker.simulated import SimulatedRunner

PRINTED = ["from Python", "past Python", "from C, which keeps it back for a while"]
"""What the simulated fault `print` writes."""


@pytest.fixture(scope="module")
def ray_cluster() -> Iterator[RayCluster]:
    with RayCluster(num_cpus=3) as cluster:
        yield cluster


@pytest.fixture(params=["inline", "donated", "process", "ray"])
def start(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    address = None
    if request.param == "ray":
        cluster: RayCluster = request.getfixturevalue("ray_cluster")
        for name, value in cluster.environment.items():
            monkeypatch.setenv(name, value)
        address = cluster.address
    with starting(request.param, tmp_path, address) as function:
        yield function


@pytest.fixture(params=["inline", "donated", "process"])
def start_here(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Start]:
    """For what runners do, whoever starts them: on Ray they are started by the executor `process` too."""
    with starting(request.param, tmp_path) as function:
        yield function


@pytest.fixture
def start_process(tmp_path: Path) -> Iterator[Start]:
    with starting("process", tmp_path) as function:
        yield function


class TestEveryExecutor:
    def test_names_its_worker_first_and_says_when_it_is_ready(self, start: Start) -> None:
        inbox = start()
        started = inbox.until(WorkerStarted)
        assert all(isinstance(report, WorkerStatus) for report in inbox.all[:-1]), "what a cluster waits for, at most"
        assert is_running(started.pid)
        assert inbox.next() == WorkerStatus(started.worker, "ready")

    def test_takes_a_job_before_its_worker_is_ready(self, start: Start) -> None:
        inbox = start()
        worker = inbox.executor.submit(PrepareJob())
        assert inbox.until(Prepared).worker == worker

    def test_prepares_the_search_space_and_the_data(self, start_here: Start) -> None:
        inbox = start_here()
        inbox.executor.submit(PrepareJob())
        prepared = inbox.until(Prepared)
        assert [item["config"]["name"] for item in prepared.hyperparameters["space"]] == ["units", "learning_rate"]
        assert prepared.data.train_rows == 712

    def test_reports_a_failed_preparation(self, start_here: Start) -> None:
        inbox = start_here(fail_prepare=True)
        inbox.executor.submit(PrepareJob())
        failed = inbox.until(JobFailed)
        assert (failed.job, "could not be loaded" in failed.message) == ("prepare", True)
        assert "\n" not in failed.message
        assert failed.traceback.startswith("Traceback")
        assert inbox.run(trial()).outcome is Outcome.COMPLETED

    def test_reports_of_a_trial_come_in_order_with_one_closing_report(self, start: Start) -> None:
        inbox = start(executions=2)
        worker = inbox.executor.submit(trial(5))
        ended = inbox.until(TrialEnded)
        of_trial = [report for report in inbox.all if not isinstance(report, WorkerStarted | WorkerStatus)]
        assert isinstance(of_trial[0], ModelBuilt)
        epochs = inbox.of(EpochEnded)
        assert of_trial == [of_trial[0], *epochs, ended]
        assert [(e.execution, e.epoch) for e in epochs] == [(x, e) for x in range(2) for e in range(3)]
        assert {(epoch.worker, epoch.trial_id, epoch.attempt) for epoch in epochs} == {(worker, "t5", 0)}
        assert (ended.worker, ended.trial_id, ended.attempt) == (worker, "t5", 0)
        assert ended.outcome is Outcome.COMPLETED
        assert [(x.best_epoch, x.metrics) for x in ended.executions] == [(2, epochs[2].metrics), (2, epochs[5].metrics)]
        assert inbox.is_silent()
        assert len(inbox.of(TrialEnded)) == 1

    def test_the_same_trial_gives_the_same_metrics(self, start_here: Start) -> None:
        inbox = start_here()
        first, other, again = (inbox.run(trial(units=units)).executions[0].metrics for units in (8, 16, 8))
        assert first == again
        assert first != other

    def test_runs_one_job_per_worker(self, start: Start) -> None:
        inbox = start(epochs=100_000, seconds_per_epoch=0.002)
        assert inbox.executor.capacity == 1
        inbox.executor.submit(trial(0))
        with pytest.raises(RuntimeError, match="no worker is free"):
            inbox.executor.submit(trial(1))
        inbox.executor.control("t0", Control.STOP)
        inbox.until(TrialEnded)
        inbox.executor.submit(trial(1))

    @pytest.mark.parametrize(
        ("fault", "outcome", "line"),
        [
            ("raise", Outcome.INVALID, "RuntimeError: simulated failure [red]in[/red] the model"),
            ("failed", Outcome.FAILED, "FailedTrialError: simulated hopeless configuration"),
            ("fatal", Outcome.FATAL, "FatalValueError: simulated fatal mistake"),
            ("exit", Outcome.INVALID, "the code called sys.exit(3)"),
            ("no_objective", Outcome.FATAL, "FatalValueError: no objective 'val_accuracy' among loss, accuracy"),
        ],
    )
    def test_an_exception_ends_the_trial_and_not_the_worker(
        self, start_here: Start, fault: str, outcome: Outcome, line: str
    ) -> None:
        inbox = start_here()
        ended = inbox.run(trial(0, fault=fault, fault_epoch=1))
        assert ended.outcome is outcome
        assert ended.message.splitlines()[0].startswith(line)
        assert inbox.run(trial(1)).outcome is Outcome.COMPLETED
        assert len(inbox.of(WorkerStarted)) == 1

    @pytest.mark.parametrize("value", ["nan", "inf"])
    def test_values_that_are_no_number_are_reported_as_they_are(self, start_here: Start, value: str) -> None:
        inbox = start_here()
        ended = inbox.run(trial(0, fault=value))
        assert ended.outcome is Outcome.COMPLETED
        first = inbox.of(EpochEnded)[0].metrics["val_accuracy"]
        assert math.isnan(first) if value == "nan" else math.isinf(first)
        assert math.isfinite(ended.executions[0].metrics["val_accuracy"]) == (value == "nan")

    def test_a_paused_trial_waits_and_goes_on(self, start: Start) -> None:
        inbox = start(epochs=100_000, seconds_per_epoch=0.002)
        inbox.executor.submit(trial())
        inbox.until(EpochEnded)
        inbox.executor.control("t0", Control.PAUSE)
        assert inbox.is_silent()
        held_at = inbox.of(EpochEnded)[-1].epoch
        inbox.executor.control("t0", Control.RUN)
        assert inbox.until(EpochEnded).epoch == held_at + 1

    def test_a_skipped_trial_keeps_what_it_has(self, start: Start) -> None:
        inbox = start(epochs=100_000, seconds_per_epoch=0.002)
        inbox.executor.submit(trial())
        inbox.until(EpochEnded)
        inbox.executor.control("t0", Control.SKIP)
        ended = inbox.until(TrialEnded)
        assert ended.outcome is Outcome.SKIPPED
        assert len(ended.executions) == 1
        assert ended.executions[0].metrics["val_accuracy"] == max(
            epoch.metrics["val_accuracy"] for epoch in inbox.of(EpochEnded)
        )

    def test_a_paused_trial_can_be_skipped(self, start_here: Start) -> None:
        inbox = start_here(epochs=100_000, seconds_per_epoch=0.002)
        inbox.executor.submit(trial())
        inbox.until(EpochEnded)
        inbox.executor.control("t0", Control.PAUSE)
        assert inbox.is_silent()
        inbox.executor.control("t0", Control.SKIP)
        assert inbox.until(TrialEnded).outcome is Outcome.SKIPPED

    def test_a_stopped_trial_leaves(self, start_here: Start) -> None:
        inbox = start_here(epochs=100_000, seconds_per_epoch=0.002)
        inbox.executor.submit(trial())
        inbox.until(EpochEnded)
        inbox.executor.control("t0", Control.STOP)
        ended = inbox.until(TrialEnded)
        assert (ended.outcome, ended.executions) == (Outcome.STOPPED, ())

    def test_a_killed_trial_is_reported_once_and_the_next_one_runs(self, start: Start) -> None:
        inbox = start(epochs=100_000, seconds_per_epoch=0.002)
        inbox.executor.submit(trial(0, attempt=2))
        inbox.until(EpochEnded)
        inbox.executor.kill("t0")
        ended = inbox.until(TrialEnded)
        assert (ended.trial_id, ended.attempt, ended.outcome) == ("t0", 2, Outcome.STOPPED)
        inbox.executor.submit(trial(1))
        inbox.executor.control("t1", Control.SKIP)
        assert inbox.until(TrialEnded).trial_id == "t1"
        assert len(inbox.of(TrialEnded)) == 2
        assert not inbox.of(WorkerLost)

    def test_a_judged_trial_waits_for_the_answer_to_each_epoch(self, start: Start) -> None:
        inbox = start(judged=True)
        inbox.executor.submit(trial())
        for number in range(3):
            assert inbox.until(EpochEnded).epoch == number
            assert inbox.is_silent()
            inbox.executor.control("t0", Control.RUN, answered=number + 1)
        assert inbox.until(TrialEnded).outcome is Outcome.COMPLETED

    def test_the_answer_may_end_a_judged_trial(self, start_here: Start) -> None:
        inbox = start_here(judged=True, epochs=100_000)
        inbox.executor.submit(trial())
        inbox.until(EpochEnded)
        inbox.executor.control("t0", Control.SKIP, answered=1)
        ended = inbox.until(TrialEnded)
        assert (ended.outcome, len(inbox.of(EpochEnded))) == (Outcome.SKIPPED, 1)

    def test_answers_that_come_late_and_out_of_order_release_the_trial(self, start_here: Start) -> None:
        inbox = start_here(judged=True)
        inbox.executor.submit(trial())
        inbox.until(EpochEnded)
        inbox.executor.control("t0", Control.RUN, answered=3)
        inbox.executor.control("t0", Control.RUN, answered=1)
        assert inbox.until(TrialEnded).outcome is Outcome.COMPLETED

    def test_the_capacity_follows_a_resize_or_the_executor_says_why_not(self, start: Start) -> None:
        inbox = start()
        inbox.executor.resize(1)
        assert inbox.executor.capacity == 1
        with pytest.raises(ValueError, match=r"\w+ \w+"):
            inbox.executor.resize(0)
        refused = False
        try:
            inbox.executor.resize(2)
        except ValueError:
            refused = True
        assert eventually(lambda: inbox.executor.capacity == (1 if refused else 2))
        assert inbox.run(trial()).outcome is Outcome.COMPLETED

    def test_after_a_release_the_next_job_runs_and_no_worker_is_lost(self, start: Start) -> None:
        inbox = start()
        inbox.executor.release()
        assert inbox.run(trial(0)).outcome is Outcome.COMPLETED
        for number in (1, 2):
            inbox.executor.release()
            inbox.executor.release()
            assert inbox.run(trial(number)).outcome is Outcome.COMPLETED
        inbox.executor.release()
        assert inbox.is_silent()
        assert inbox.executor.capacity == 1
        assert not inbox.of(WorkerLost)

    def test_a_release_leaves_running_trials_alone(self, start: Start) -> None:
        inbox = start(epochs=100_000, seconds_per_epoch=0.002)
        inbox.executor.submit(trial())
        inbox.until(EpochEnded)
        inbox.executor.release()
        inbox.until(EpochEnded)
        inbox.executor.control("t0", Control.SKIP)
        assert inbox.until(TrialEnded).outcome is Outcome.SKIPPED
        assert len(inbox.of(WorkerStarted)) == 1

    def test_wishes_for_unknown_trials_are_ignored(self, start: Start) -> None:
        inbox = start()
        inbox.executor.control("no such trial", Control.STOP)
        inbox.executor.kill("no such trial")
        assert inbox.run(trial()).outcome is Outcome.COMPLETED
        inbox.executor.control("t0", Control.STOP)
        inbox.executor.kill("t0")
        assert inbox.run(trial()).outcome is Outcome.COMPLETED

    def test_evaluates_the_best_trial(self, start: Start, tmp_path: Path) -> None:
        inbox = start()
        inbox.executor.submit(EvaluateJob("t0", {"space": [], "values": {"units": 8}}))
        assert set(inbox.until(Evaluated).metrics) == {"loss", "accuracy"}
        saved = json.loads((tmp_path / "best" / "hyperparameters.json").read_text())
        assert saved == {"trial_id": "t0", "space": [], "values": {"units": 8}}

    def test_after_close_nothing_is_reported(self, start: Start) -> None:
        inbox = start(epochs=100_000, seconds_per_epoch=0.002)
        inbox.executor.submit(trial())
        inbox.until(EpochEnded)
        inbox.executor.close()
        seen = len(inbox.all) + inbox.queue.qsize()
        inbox.executor.close()
        assert inbox.is_silent()
        assert len(inbox.all) == seen
        assert not inbox.of(TrialEnded)

    def test_close_without_start(self, tmp_path: Path) -> None:
        ProcessExecutor(make_task(tmp_path), 1).close()
        RayExecutor(make_task(tmp_path)).close()
        InlineExecutor(SimulatedRunner(make_task(tmp_path))).close()


class TestInlineExecutor:
    def test_what_ends_the_process_is_reported_and_raised_in_the_donated_thread(self, tmp_path: Path) -> None:
        class Interrupted(SimulatedRunner):
            def run_trial(self, *_: Any) -> TrialEnded:
                raise KeyboardInterrupt

        executor = InlineExecutor(Interrupted(make_task(tmp_path)), donated=True)
        inbox = Inbox(executor)
        executor.start(inbox.queue.put)
        executor.submit(trial())
        with pytest.raises(KeyboardInterrupt):
            executor.serve()
        assert inbox.until(TrialEnded).outcome is Outcome.STOPPED
        executor.close()

    def test_a_job_that_was_just_taken_outlives_an_interruption_of_the_donated_thread(self, tmp_path: Path) -> None:
        class Donated(InlineExecutor):
            interrupts = 1

            def _next_work(self) -> Any:
                work = super()._next_work()
                if work is not None and self.interrupts:
                    self.interrupts -= 1
                    raise KeyboardInterrupt
                return work

        executor = Donated(SimulatedRunner(make_task(tmp_path)), donated=True)
        inbox = Inbox(executor)
        executor.start(inbox.queue.put)
        executor.submit(trial())
        with pytest.raises(KeyboardInterrupt):
            executor.serve()
        again = threading.Thread(target=executor.serve, daemon=True)
        again.start()
        assert inbox.until(TrialEnded).outcome is Outcome.COMPLETED
        executor.close()
        again.join(30)
        assert not again.is_alive()


class TestProcessExecutor:
    @pytest.mark.parametrize(
        ("fault", "words"),
        [
            ("die", "was killed by signal 9 (SIGKILL); the kernel does this when memory runs out"),
            ("segfault", "was killed by signal 11 (SIGSEGV)"),
            ("close", "the trial's code closed the socket by which worker-0 reports"),
        ],
    )
    def test_a_worker_that_dies_in_a_trial_is_reported_and_replaced(
        self, start_process: Start, fault: str, words: str
    ) -> None:
        inbox = start_process()
        name = inbox.executor.submit(trial(0, fault=fault, fault_epoch=1))
        lost = inbox.until(WorkerLost)
        assert (lost.worker, lost.trial_id) == (name, "t0")
        assert words in lost.message
        assert len(inbox.of(EpochEnded)) == 1
        assert inbox.executor.capacity == 1
        assert inbox.run(trial(1)).outcome is Outcome.COMPLETED
        first, second = inbox.of(WorkerStarted)
        assert (first.worker, first.pid != second.pid) == (second.worker, True)
        assert not is_running(first.pid)

    def test_a_worker_killed_from_outside_while_idle_is_replaced(self, start_process: Start) -> None:
        inbox = start_process()
        os.kill(inbox.until(WorkerStarted).pid, signal.SIGKILL)
        assert inbox.until(WorkerLost).trial_id is None
        assert inbox.run(trial()).outcome is Outcome.COMPLETED

    def test_trials_that_kill_their_worker_do_not_use_up_the_worker(self, start_process: Start) -> None:
        inbox = start_process()
        for number in range(5):
            inbox.executor.submit(trial(number, fault="die"))
            assert inbox.until(WorkerLost).trial_id == f"t{number}"
            inbox.until(WorkerStatus)  # ready
        assert inbox.executor.capacity == 1

    def test_a_worker_that_never_starts_is_given_up_with_the_end_of_its_log(self, start_process: Start) -> None:
        inbox = start_process(fail_start=7)
        messages = [inbox.until(WorkerLost).message for _ in range(3)]
        for message in messages:
            assert "ended with exit code 7 before it was ready" in message
            assert message.endswith("the simulated worker cannot start")
        assert "given up" not in messages[1]
        assert "given up after 3 starts" in messages[2]
        assert inbox.executor.capacity == 0
        with pytest.raises(RuntimeError, match="given up after 3 starts"):
            inbox.executor.submit(trial())

    def test_a_job_that_waits_for_a_worker_that_dies_is_closed(self, start_process: Start) -> None:
        inbox = start_process(fail_start=7)
        inbox.executor.submit(trial(0))
        assert inbox.until(WorkerLost).trial_id == "t0"

    def test_a_log_that_cannot_be_written_costs_the_worker(self, start_process: Start, tmp_path: Path) -> None:
        (tmp_path / "workers").write_text("in the way")
        inbox = start_process()
        assert "could not be started" in inbox.until(WorkerLost).message
        assert inbox.executor.capacity == 0

    def test_a_hanging_trial_is_killed(self, start_process: Start) -> None:
        inbox = start_process()
        inbox.executor.submit(trial(0, fault="hang"))
        inbox.until(ModelBuilt)
        inbox.executor.kill("t0")
        assert inbox.until(TrialEnded).outcome is Outcome.STOPPED
        assert inbox.run(trial(1)).outcome is Outcome.COMPLETED

    def test_several_workers_run_trials_at_once(self, start_process: Start) -> None:
        inbox = start_process(workers=3, epochs=100_000, seconds_per_epoch=0.002)
        assert inbox.executor.capacity == 3
        names = {inbox.executor.submit(trial(number)) for number in range(3)}
        assert len(names) == 3
        running: set[str] = set()
        while len(running) < 3:
            running.add(inbox.until(EpochEnded).worker)
        assert running == names
        for number in range(3):
            inbox.executor.control(f"t{number}", Control.SKIP)
        assert {inbox.until(TrialEnded).trial_id for _ in range(3)} == {"t0", "t1", "t2"}
        assert len({report.pid for report in inbox.of(WorkerStarted)}) == 3

    def test_workers_beyond_the_first_start_by_themselves(self, start_process: Start) -> None:
        inbox = start_process(workers=2)
        assert {inbox.until(WorkerStarted).worker, inbox.until(WorkerStarted).worker} == {"worker-0", "worker-1"}

    def test_all_that_a_trial_prints_lands_in_its_log(
        self, start_process: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)
        inbox = start_process()
        inbox.run(trial(0, fault="print"))
        inbox.run(trial(1))
        assert (tmp_path / "trial_t0" / "log.txt").read_text().splitlines() == PRINTED
        assert (tmp_path / "trial_t1" / "log.txt").read_text() == ""
        assert (tmp_path / "workers" / "worker-0.log").read_text() == ""

    def test_the_log_holds_the_whole_traceback_and_what_a_dead_worker_printed(
        self, start_process: Start, tmp_path: Path
    ) -> None:
        inbox = start_process()
        inbox.run(trial(0, fault="raise"))
        inbox.executor.submit(trial(1, fault="segfault"))
        inbox.until(WorkerLost)
        assert "RuntimeError: simulated failure" in (tmp_path / "trial_t0" / "log.txt").read_text()
        assert "Segmentation fault" in (tmp_path / "trial_t1" / "log.txt").read_text()

    def test_what_a_trial_does_to_its_process_does_not_reach_the_next_one(
        self, start_process: Start, tmp_path: Path
    ) -> None:
        inbox = start_process()
        inbox.run(trial(0, fault="move"))
        inbox.run(trial(1, fault="mute"))
        assert inbox.run(trial(2, fault="print")).outcome is Outcome.COMPLETED
        assert (tmp_path / "trial_t2" / "log.txt").read_text().splitlines() == PRINTED
        (worker,) = inbox.of(WorkerStarted)
        assert Path(f"/proc/{worker.pid}/cwd").samefile(Path.cwd())

    def test_further_attempts_are_set_off_in_the_log(self, start_process: Start, tmp_path: Path) -> None:
        inbox = start_process()
        inbox.run(trial(0, fault="print"))
        inbox.run(trial(0, attempt=1, fault="print"))
        lines = (tmp_path / "trial_t0" / "log.txt").read_text().splitlines()
        assert lines[:3] == lines[4:] == PRINTED
        assert lines[3].startswith("--- attempt 2, worker-0, ")

    def test_close_ends_workers_and_what_they_started(self, start_process: Start, tmp_path: Path) -> None:
        inbox = start_process(workers=2, epochs=100_000, seconds_per_epoch=0.002)
        inbox.executor.submit(trial(0, fault="child"))
        inbox.executor.submit(trial(1, fault="hang"))
        pids = [inbox.until(WorkerStarted).pid for _ in range(2)]
        inbox.until(EpochEnded)
        child = int((tmp_path / "trial_t0" / "log.txt").read_text())
        assert all(map(is_running, (*pids, child)))
        inbox.executor.close()
        assert not any(map(is_running, pids))
        assert eventually(lambda: not is_running(child))

    def test_a_killed_trial_takes_its_child_processes_with_it(self, start_process: Start, tmp_path: Path) -> None:
        inbox = start_process(epochs=100_000, seconds_per_epoch=0.002)
        inbox.executor.submit(trial(0, fault="child"))
        inbox.until(EpochEnded)
        child = int((tmp_path / "trial_t0" / "log.txt").read_text())
        inbox.executor.kill("t0")
        inbox.until(TrialEnded)
        assert eventually(lambda: not is_running(child))

    def test_the_terminals_interrupt_does_not_reach_workers(self, start_process: Start) -> None:
        inbox = start_process()
        pid = inbox.until(WorkerStarted).pid
        assert os.getsid(pid) == pid
        os.kill(pid, signal.SIGINT)
        assert inbox.run(trial()).outcome is Outcome.COMPLETED
        assert not inbox.of(WorkerLost)

    def test_works_where_the_standard_streams_have_no_descriptor(
        self, start_process: Start, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        class Captured(io.StringIO):
            def fileno(self) -> int:
                return -1

        monkeypatch.setattr(sys, "stderr", Captured())
        monkeypatch.setattr(sys, "stdout", Captured())
        assert start_process().run(trial()).outcome is Outcome.COMPLETED

    @pytest.mark.parametrize("state", ["idle", "running", "paused", "hanging", "stuck"])
    def test_workers_end_when_the_engine_is_killed(self, tmp_path: Path, state: str) -> None:
        task = make_task(tmp_path, epochs=100_000, seconds_per_epoch=0.002)
        job = trial(0, fault={"hanging": "hang", "stuck": "stuck"}.get(state, "child"))
        with subprocess.Popen(
            [sys.executable, "-c", _ENGINE, repr(task), repr(job), state], stdout=subprocess.PIPE, text=True
        ) as engine:
            assert engine.stdout is not None
            pids = [int(pid) for pid in engine.stdout.readline().split()]
            assert pids
            assert all(map(is_running, pids))
            engine.kill()
        assert eventually(lambda: not any(map(is_running, pids)))


_ENGINE = """
import queue, sys, threading
from pathlib import Path, PosixPath
from tui_tuner.executors import ProcessExecutor
from tui_tuner.worker.jobs import *
from tui_tuner.worker.reports import *

task, job, state = eval(sys.argv[1]), eval(sys.argv[2]), sys.argv[3]
reports = queue.SimpleQueue()

def until(kind):
    while not isinstance(report := reports.get(timeout=30), kind):
        pass
    return report

executor = ProcessExecutor(task, 1)
executor.start(reports.put)
pids = [until(WorkerStarted).pid]
if state != "idle":
    executor.submit(job)
    until(ModelBuilt)
    if state not in ("hanging", "stuck"):
        until(EpochEnded)
        pids.append(int((task.project_dir / "trial_t0" / "log.txt").read_text()))
    if state == "paused":
        executor.control("t0", Control.PAUSE)
print(*pids, flush=True)
threading.Event().wait()
"""
