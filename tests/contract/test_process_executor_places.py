"""Worker processes that change in number, are released, grow too big, hang, or meet a limit; all of them real."""

from __future__ import annotations

import os
import resource
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.executors import Inbox, Start, eventually, make_task, starting, trial
from support.nvidia import TWO_GPUS, VARIABLES, write_nvidia_smi
from support.watching import is_running

from tui_tuner.executors import ProcessExecutor
from tui_tuner.worker.jobs import Control, PrepareJob
from tui_tuner.worker.messages import ENDED, READY
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

ENDLESS: dict[str, Any] = {"epochs": 100_000, "seconds_per_epoch": 0.002}


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    with starting("process", tmp_path) as function:
        yield function


def ended_workers(inbox: Inbox) -> list[str]:
    return [report.worker for report in inbox.of(WorkerStatus) if report.activity == ENDED]


def pids_of(inbox: Inbox, count: int) -> dict[str, int]:
    """The latest process of each worker, once so many have started."""
    while len({report.worker for report in inbox.of(WorkerStarted)}) < count:
        inbox.until(WorkerStarted)
    return {report.worker: report.pid for report in inbox.of(WorkerStarted)}


def run_at_once(inbox: Inbox, count: int) -> None:
    """Run endless trials until each has ended an epoch."""
    for number in range(count):
        inbox.executor.submit(trial(number))
    running: set[str] = set()
    while len(running) < count:
        running.add(inbox.until(EpochEnded).trial_id)


class TestResizing:
    def test_more_workers_start_by_themselves_and_run_trials_at_once(self, start: Start) -> None:
        inbox = start(workers=1, **ENDLESS)
        inbox.executor.submit(PrepareJob())
        inbox.until(Prepared)
        inbox.executor.resize(3)
        assert inbox.executor.capacity == 3
        assert sorted(pids_of(inbox, 3)) == ["worker-0", "worker-1", "worker-2"]
        run_at_once(inbox, 3)
        with pytest.raises(RuntimeError, match="no worker is free"):
            inbox.executor.submit(trial(3))

    def test_new_places_take_jobs_before_any_worker_is_ready(self, start: Start) -> None:
        inbox = start(workers=1, **ENDLESS)
        inbox.executor.resize(2)
        run_at_once(inbox, 2)

    def test_idle_places_that_are_too_many_end_at_once_and_quietly(self, start: Start) -> None:
        inbox = start(workers=3)
        pids = pids_of(inbox, 3)
        inbox.executor.resize(1)
        assert inbox.executor.capacity == 1
        assert eventually(lambda: not is_running(pids["worker-1"]) and not is_running(pids["worker-2"]))
        assert is_running(pids["worker-0"])
        assert inbox.is_silent()
        assert sorted(ended_workers(inbox)) == ["worker-1", "worker-2"]
        assert not inbox.of(WorkerLost)

    def test_no_running_trial_is_cut_off_and_none_is_added_while_there_are_too_many(self, start: Start) -> None:
        inbox = start(workers=3, **ENDLESS)
        run_at_once(inbox, 3)
        pids = pids_of(inbox, 3)
        inbox.executor.resize(1)
        assert inbox.executor.capacity == 1
        seen: set[str] = set()
        while len(seen) < 3:
            seen.add(inbox.until(EpochEnded).trial_id)
        inbox.executor.control("t0", Control.SKIP)
        assert inbox.until(TrialEnded).worker == "worker-0"
        with pytest.raises(RuntimeError, match="no worker is free"):
            inbox.executor.submit(trial(3))
        for number in (1, 2):
            inbox.executor.control(f"t{number}", Control.SKIP)
            assert inbox.until(TrialEnded).outcome is Outcome.SKIPPED
        assert eventually(lambda: not is_running(pids["worker-1"]) and not is_running(pids["worker-2"]))
        assert inbox.executor.submit(trial(3)) == "worker-0"
        assert not inbox.of(WorkerLost)

    def test_a_place_that_was_to_go_and_is_wanted_again_keeps_its_process(self, start: Start) -> None:
        inbox = start(workers=2, **ENDLESS)
        run_at_once(inbox, 2)
        pids = pids_of(inbox, 2)
        inbox.executor.resize(1)
        inbox.executor.resize(2)
        for number in (0, 1):
            inbox.executor.control(f"t{number}", Control.SKIP)
            inbox.until(TrialEnded)
        assert inbox.is_silent()
        assert pids_of(inbox, 2) == pids
        assert all(map(is_running, pids.values()))
        run_at_once(inbox, 2)

    def test_a_worker_that_dies_after_its_place_was_taken_away_is_not_replaced(self, start: Start) -> None:
        inbox = start(workers=2, **ENDLESS)
        run_at_once(inbox, 1)
        inbox.executor.submit(trial(1, fault="die", fault_epoch=200))
        inbox.executor.resize(1)
        assert inbox.until(WorkerLost).trial_id == "t1"
        started = len(inbox.of(WorkerStarted))
        inbox.executor.control("t0", Control.SKIP)
        inbox.until(TrialEnded)
        assert inbox.is_silent()
        assert len(inbox.of(WorkerStarted)) == started
        assert inbox.executor.capacity == 1

    def test_workers_that_were_given_up_get_another_chance(self, start: Start) -> None:
        inbox = start(fail_start=7)
        for _ in range(3):
            inbox.until(WorkerLost)
        inbox.executor.resize(2)
        assert inbox.executor.capacity == 2
        assert inbox.executor.submit(trial()) in ("worker-0", "worker-1")
        inbox.until(WorkerLost)

    def test_new_places_are_dealt_out_to_the_gpus_and_share_them(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in VARIABLES:
            monkeypatch.delenv(name, raising=False)
        memory = "0, GPU-1, 10000\n1, GPU-2, 10000"
        monkeypatch.setenv("PATH", write_nvidia_smi(tmp_path / "bin", TWO_GPUS, memory))
        executor = ProcessExecutor(make_task(tmp_path, **ENDLESS), 2)
        inbox = Inbox(executor)
        executor.start(inbox.queue.put)
        try:
            run_at_once(inbox, 1)
            pids = pids_of(inbox, 2)
            executor.resize(4)
            devices: dict[str, str] = {}
            while len(devices) < 4 or len(inbox.of(WorkerStarted)) < 5:
                inbox.next()
                devices = {report.worker: report.device for report in inbox.of(WorkerStarted)}
            assert devices == {"worker-0": "GPU 0", "worker-1": "GPU 1", "worker-2": "GPU 0", "worker-3": "GPU 1"}
            limits = {
                name: variable_of(pid, "XLA_PYTHON_CLIENT_MEM_FRACTION") for name, pid in pids_of(inbox, 4).items()
            }
            # The idle one started again with its smaller part; the busy one does so once it is free.
            assert limits == {"worker-0": None, "worker-1": "0.425", "worker-2": "0.425", "worker-3": "0.425"}
            assert not is_running(pids["worker-1"])
            executor.control("t0", Control.SKIP)
            inbox.until(TrialEnded)
            assert inbox.until(WorkerStarted).worker == "worker-0"
            assert variable_of(inbox.of(WorkerStarted)[-1].pid, "XLA_PYTHON_CLIENT_MEM_FRACTION") == "0.425"
            assert not inbox.of(WorkerLost)
        finally:
            executor.close()


def variable_of(pid: int, name: str) -> str | None:
    """A variable of the environment with which a process was started."""
    pairs = Path(f"/proc/{pid}/environ").read_text().split("\0")
    return next((pair.partition("=")[2] for pair in pairs if pair.startswith(f"{name}=")), None)


class TestReleasing:
    def test_idle_workers_end_quietly_and_start_with_their_next_job_only(self, start: Start) -> None:
        inbox = start(workers=2)
        pids = pids_of(inbox, 2)
        inbox.executor.release()
        assert eventually(lambda: not any(map(is_running, pids.values())))
        assert inbox.is_silent()
        assert sorted(ended_workers(inbox)) == ["worker-0", "worker-1"]
        assert inbox.executor.capacity == 2
        assert len(inbox.of(WorkerStarted)) == 2
        assert inbox.run(trial()).outcome is Outcome.COMPLETED
        assert inbox.is_silent()
        assert len(inbox.of(WorkerStarted)) == 3
        assert not inbox.of(WorkerLost)

    def test_a_released_place_takes_a_job_while_its_old_process_is_still_going(self, start: Start) -> None:
        inbox = start(workers=1)
        for number in range(5):
            assert inbox.run(trial(number)).outcome is Outcome.COMPLETED
            inbox.executor.release()
        assert not inbox.of(WorkerLost)

    def test_workers_that_were_about_to_start_do_not(self, start: Start) -> None:
        inbox = start(workers=4)
        inbox.executor.release()
        assert inbox.is_silent()
        started = len(inbox.of(WorkerStarted))
        assert inbox.run(trial()).outcome is Outcome.COMPLETED
        assert inbox.is_silent()
        assert len(inbox.of(WorkerStarted)) == started + 1

    def test_a_hard_stop_frees_the_memory_and_the_search_goes_on(self, start: Start) -> None:
        inbox = start(workers=2, **ENDLESS)
        run_at_once(inbox, 2)
        pids = pids_of(inbox, 2)
        for number in (0, 1):
            inbox.executor.control(f"t{number}", Control.STOP)
            assert inbox.until(TrialEnded).outcome is Outcome.STOPPED
        inbox.executor.release()
        assert eventually(lambda: not any(map(is_running, pids.values())))
        run_at_once(inbox, 2)
        assert not inbox.of(WorkerLost)


class TestMemory:
    def test_a_worker_that_has_grown_too_big_is_replaced_between_two_trials(self, start: Start) -> None:
        inbox = start(worker_memory_mib=150)
        first = inbox.run(trial(0, fault="memory", fault_mib=60))
        assert first.outcome is Outcome.COMPLETED
        assert inbox.run(trial(1, fault="memory", fault_mib=100)).outcome is Outcome.COMPLETED
        assert inbox.run(trial(2)).outcome is Outcome.COMPLETED
        before, after = inbox.of(WorkerStarted)
        assert (before.worker, before.pid != after.pid) == (after.worker, True)
        told = [report.activity for report in inbox.of(WorkerStatus)]
        assert [activity.split(" to ")[0] for activity in told] == [
            READY,
            "starting again: its memory had grown",
            READY,
        ]
        assert eventually(lambda: not is_running(before.pid))
        assert not inbox.of(WorkerLost)

    def test_a_worker_within_its_limit_stays(self, start: Start) -> None:
        inbox = start()
        for number in range(3):
            assert inbox.run(trial(number, fault="memory", fault_mib=50)).outcome is Outcome.COMPLETED
        assert len(inbox.of(WorkerStarted)) == 1

    def test_a_trial_that_meets_a_limit_of_memory_says_so(self, start: Start) -> None:
        inbox = start()
        pid = inbox.until(WorkerStarted).pid
        inbox.until(WorkerStatus)
        resource.prlimit(pid, resource.RLIMIT_AS, (2**29, 2**29))
        ended = inbox.run(trial(0, fault="memory", fault_mib=4096))
        assert ended.outcome is Outcome.INVALID
        line = ended.message.splitlines()[0]
        assert line == "out of memory: this configuration needs more than there is (MemoryError)"
        assert inbox.run(trial(1)).outcome is Outcome.COMPLETED
        assert "starting again: it had run out of memory" in [told.activity for told in inbox.of(WorkerStatus)]
        assert inbox.of(WorkerStarted)[-1].pid != pid


class TestKilling:
    @pytest.mark.parametrize("fault", ["hang", "stuck"])
    def test_a_worker_that_listens_to_nothing_is_gone_and_its_place_usable(self, start: Start, fault: str) -> None:
        inbox = start()
        inbox.executor.submit(trial(0, fault=fault))
        inbox.until(ModelBuilt)
        pid = inbox.of(WorkerStarted)[0].pid
        inbox.executor.control("t0", Control.STOP)
        inbox.executor.kill("t0")
        assert inbox.until(TrialEnded).outcome is Outcome.STOPPED
        assert not is_running(pid)
        assert inbox.run(trial(1)).outcome is Outcome.COMPLETED

    def test_a_worker_that_stands_still_is_gone_and_its_place_usable(self, start: Start) -> None:
        inbox = start(**ENDLESS)
        run_at_once(inbox, 1)
        pid = inbox.of(WorkerStarted)[0].pid
        os.kill(pid, signal.SIGSTOP)
        inbox.executor.kill("t0")
        assert inbox.until(TrialEnded).outcome is Outcome.STOPPED
        assert not is_running(pid)
        run_at_once(inbox, 1)

    def test_a_child_that_has_left_the_group_goes_too(self, start: Start, tmp_path: Path) -> None:
        inbox = start(**ENDLESS)
        inbox.executor.submit(trial(0, fault="stray"))
        inbox.until(EpochEnded)
        stray = int((tmp_path / "trial_t0" / "log.txt").read_text())
        assert is_running(stray)
        inbox.executor.kill("t0")
        assert inbox.until(TrialEnded).outcome is Outcome.STOPPED
        assert eventually(lambda: not is_running(stray))
        run_at_once(inbox, 1)

    def test_a_dead_worker_is_noticed_though_a_child_holds_its_socket_open(self, start: Start, tmp_path: Path) -> None:
        inbox = start(**ENDLESS)
        inbox.executor.submit(trial(0, fault="stray"))
        inbox.until(EpochEnded)
        stray = int((tmp_path / "trial_t0" / "log.txt").read_text())
        try:
            os.kill(inbox.of(WorkerStarted)[0].pid, signal.SIGKILL)
            assert inbox.until(WorkerLost).trial_id == "t0"
            run_at_once(inbox, 1)
        finally:
            os.kill(stray, signal.SIGKILL)

    def test_a_trial_can_be_killed_before_its_worker_is_ready(self, start: Start) -> None:
        inbox = start()
        inbox.executor.submit(trial(0))
        inbox.executor.kill("t0")
        assert inbox.until(TrialEnded).outcome is Outcome.STOPPED
        assert inbox.run(trial(1)).outcome is Outcome.COMPLETED
        assert not inbox.of(WorkerLost)

    def test_close_ends_children_that_have_left_the_group(self, start: Start, tmp_path: Path) -> None:
        inbox = start(**ENDLESS)
        inbox.executor.submit(trial(0, fault="stray"))
        inbox.until(EpochEnded)
        stray = int((tmp_path / "trial_t0" / "log.txt").read_text())
        inbox.executor.close()
        assert eventually(lambda: not is_running(stray))
