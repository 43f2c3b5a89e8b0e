"""Warm worker processes on this box, started with `subprocess`."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass

from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.executors.protocol import ReportSink
from tui_tuner.executors.worker_process import WorkerProcess
from tui_tuner.executors.workers import WorkerCount, WorkerSlot, count_cores, plan_workers
from tui_tuner.worker.jobs import Control, Job, Task, TrialJob
from tui_tuner.worker.messages import READY, SetControl
from tui_tuner.worker.reports import (
    Evaluated,
    JobFailed,
    Outcome,
    Prepared,
    Report,
    TrialEnded,
    WorkerLost,
    WorkerStatus,
)

_STARTS = 3
"""How often a worker may die in a row without having finished a job or being lost with one."""


@dataclass
class _Place:
    """What is known of one worker. Changed only with the executor's lock held.

    Args:
        process: `None` while it has not been started, or was ended and is not needed yet.
        job: What it runs or will run once it is ready.
        killed: It was ended on request and is about to go.
        failures: Deaths in a row that no job explains.
    """

    slot: WorkerSlot
    process: WorkerProcess | None = None
    ready: bool = False
    job: Job | None = None
    killed: bool = False
    failures: int = 0
    given_up: bool = False

    @property
    def is_free(self) -> bool:
        return self.job is None and not self.given_up and not self.killed


class ProcessExecutor:
    """Runs jobs in worker processes that stay warm from trial to trial.

    As many workers as have two cores each start at once, the first one at any rate; the others start once the first is
    ready, or when a job needs them, because imports of TensorFlow that share cores delay the first trial.

    A worker that dies is replaced, and `WorkerLost` says why it died. One that dies three times in a row without a job
    to blame is given up, and `capacity` falls. A worker that was ended by `kill` starts again with its next job.

    Args:
        task: What all trials have in common.
        workers: How many, or `auto`: one for each GPU, else one for every two cores.
        slots: The places of the workers, in place of a plan for this box.

    Raises:
        ValueError: If `workers` is below 1.
    """

    def __init__(self, task: Task, workers: WorkerCount = "auto", *, slots: Sequence[WorkerSlot] | None = None) -> None:
        self._task = task
        self._logs = SearchDirectory(task.project_dir).worker_logs
        self._places = [_Place(slot) for slot in (plan_workers(workers) if slots is None else slots)]
        self._lock = threading.RLock()
        self._threads: set[threading.Thread] = set()
        self._sink: ReportSink = lambda _: None
        self._closed = False
        self._last_loss = ""

    @property
    def capacity(self) -> int:
        """How many workers there are, started or not, without those that were given up."""
        with self._lock:
            return sum(not place.given_up for place in self._places)

    def start(self, sink: ReportSink) -> None:
        """Start the first workers and return."""
        self._sink = sink
        self._start_places(max(1, count_cores() // 2))

    def submit(self, job: Job) -> str:
        """Hand `job` to a free worker, the readiest there is."""
        with self._lock:
            free = [place for place in self._places if place.is_free]
            free.sort(key=lambda place: (not place.ready, place.process is None))
            for place in free:
                if place.process is None and not self._spawn(place):
                    continue
                assert place.process is not None
                place.job = job
                place.process.send(job)
                return place.slot.name
            reason = f": {self._last_loss}" if self._last_loss and not self.capacity else ""
            raise RuntimeError(f"no worker is free{reason}")

    def control(self, trial_id: str, control: Control, answered: int = 0) -> None:
        """Send the wish to the trial's worker."""
        with self._lock:
            place = self._place_of(trial_id)
            if place is not None and place.process is not None:
                place.process.send(SetControl(trial_id, control, answered))

    def kill(self, trial_id: str) -> None:
        """End the trial's worker."""
        with self._lock:
            place = self._place_of(trial_id)
            if place is not None and place.process is not None:
                place.killed = True
                place.process.kill()

    def resize(self, workers: int) -> None:
        """Not yet possible."""
        raise ValueError("the number of workers cannot be changed")

    def release(self) -> None:
        """End the workers that run nothing."""
        with self._lock:
            for place in self._places:
                if place.is_free and place.process is not None:
                    place.process.kill()

    def close(self) -> None:
        """End all workers, with all that they have started, and wait for them."""
        with self._lock:
            self._closed = True
            for place in self._places:
                if place.process is not None:
                    place.process.kill()
            threads = self._threads - {threading.current_thread()}
        for thread in threads:
            thread.join()

    def _place_of(self, trial_id: str) -> _Place | None:
        for place in self._places:
            if isinstance(place.job, TrialJob) and place.job.trial_id == trial_id:
                return place
        return None

    def _start_places(self, count: int | None = None) -> None:
        """Start the first `count` places, or all."""
        with self._lock:
            lost = [
                WorkerLost(place.slot.name, None, self._last_loss)
                for place in self._places[:count]
                if place.process is None and not place.given_up and not self._closed and not self._spawn(place)
            ]
        for report in lost:
            self._tell(report)

    def _spawn(self, place: _Place) -> bool:
        """Start the place's process; if that fails, the place is given up. The lock is held."""
        try:
            process = WorkerProcess(place.slot, self._task, self._logs / f"{place.slot.name}.log")
        except OSError as error:
            place.given_up = True
            self._last_loss = f"{place.slot.name} could not be started: {error}"
            return False
        place.process, place.ready, place.killed = process, False, False
        thread = threading.Thread(
            target=self._attend, args=(place, process), name=f"{place.slot.name} reader", daemon=True
        )
        self._threads.add(thread)
        thread.start()
        return True

    def _attend(self, place: _Place, process: WorkerProcess) -> None:
        """Pass on the reports of one process until it is gone, then see to its replacement. A thread's whole life."""
        ended: TrialEnded | None = None
        for report in process.listen():
            if isinstance(report, WorkerStatus) and report.activity == READY:
                self._became_ready(place)
            elif isinstance(report, Prepared | TrialEnded | Evaluated | JobFailed):
                with self._lock:
                    if place.killed and isinstance(report, TrialEnded):
                        ended = report  # it ended just before it was killed: told once the place is free again
                        continue
                    place.job, place.failures = None, 0
            self._tell(report)
        returncode = process.end()
        with self._lock:
            self._threads.discard(threading.current_thread())
            if self._closed:
                return
            last = self._bury(place, process, returncode, ended)
        if last is not None:
            self._tell(last)

    def _became_ready(self, place: _Place) -> None:
        with self._lock:
            place.ready = True
        self._start_places()

    def _bury(
        self, place: _Place, process: WorkerProcess, returncode: int | None, ended: TrialEnded | None
    ) -> Report | None:
        """Make the place usable again, or give it up, and return what there is to tell. The lock is held."""
        job, was_ready, killed = place.job, place.ready, place.killed
        place.process, place.job, place.ready, place.killed = None, None, False, False
        if killed and isinstance(job, TrialJob):
            return ended or TrialEnded(place.slot.name, job.trial_id, job.attempt, Outcome.STOPPED)
        message = process.farewell(returncode, was_ready)
        place.failures = 0 if was_ready and job is not None else place.failures + 1
        if place.failures >= _STARTS:
            place.given_up = True
            message = f"{place.slot.name} is given up after {_STARTS} starts: {message}"
        self._last_loss = message
        if not place.given_up and not self._spawn(place):
            message = f"{message}; {self._last_loss}"
        return WorkerLost(place.slot.name, job.trial_id if isinstance(job, TrialJob) else None, message)

    def _tell(self, report: Report) -> None:
        if not self._closed:
            self._sink(report)
