"""Warm worker processes on this box, started with `subprocess`."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterable, Sequence

from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.executors.killer import Killer
from tui_tuner.executors.lifeline import Lifeline
from tui_tuner.executors.memory import MIB, OutOfMemoryWatch, fair_share_bytes
from tui_tuner.executors.open_files import allow_open_files
from tui_tuner.executors.places import Place, Places
from tui_tuner.executors.protocol import NoWorkerFreeError, ReportSink
from tui_tuner.executors.template import WorkerTemplate
from tui_tuner.executors.worker_process import WorkerProcess, kill_all
from tui_tuner.executors.workers import Box, WorkerCount, WorkerSlot, count_cores
from tui_tuner.worker.failures import OUT_OF_MEMORY
from tui_tuner.worker.jobs import Control, Job, Task, TrialJob
from tui_tuner.worker.messages import ENDED, READY, SetControl
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

_BREATH_S = 0.001
"""Between two starts of many: Python's locks are not fair, and whoever hands out a job must not wait for all."""


class ProcessExecutor:
    """Runs jobs in worker processes that stay warm from trial to trial.

    As many workers as have two cores each start at once, the first one at any rate; the others start once the first is
    ready, or when a job needs them, because imports of TensorFlow that share cores delay the first trial.

    A worker that dies is replaced, and `WorkerLost` says why it died. One that dies three times in a row without a job
    to blame is given up, and `capacity` falls. A worker that was ended by `kill` or `release` starts again with its
    next job. One whose memory has grown beyond its limit, or whose trial ran out of memory, is replaced between two
    jobs. That a worker was ended on purpose is told by the activity `worker.messages.ENDED`.

    Args:
        task: What all trials have in common.
        workers: How many, or `auto`: `workers_per_gpu` for each GPU, else one for every two cores.
        gpus: Numbers or UUIDs of the GPUs to use, `None` for all that may be used.
        workers_per_gpu: How many workers share one GPU with `auto`; each gets its share of the memory.
        worker_memory_mib: Main memory beyond which a worker is replaced, in MiB. Default: its share of nine tenths of
            what this machine, or the control group, has.
        slots: The places of the workers, in place of a plan for this box; their number cannot be changed.

    Raises:
        ConfigError: If a chosen GPU is not there, is not allowed, or is named twice.
        ValueError: If `workers` or `workers_per_gpu` is below 1.
    """

    def __init__(
        self,
        task: Task,
        workers: WorkerCount = "auto",
        *,
        gpus: Sequence[int | str] | None = None,
        workers_per_gpu: int = 1,
        worker_memory_mib: float | None = None,
        slots: Sequence[WorkerSlot] | None = None,
    ) -> None:
        self._task = task
        self._directory = SearchDirectory(task.project_dir)
        self._box = Box(gpus, workers_per_gpu) if slots is None else None
        self._places = Places(self._box.plan(workers) if self._box is not None else slots or ())
        self._given_memory_mib = worker_memory_mib
        self._memory_limit_bytes = self._memory_limit()
        self._template = WorkerTemplate()
        self._killer = Killer()
        self._lifeline = Lifeline()
        self._lock = threading.RLock()
        self._threads: set[threading.Thread] = set()
        self._to_start: deque[Place] = deque()
        self._starter: threading.Thread | None = None
        self._others_wait = True  # for the first worker to become ready
        self._out_of_memory = OutOfMemoryWatch()
        self._sink: ReportSink = lambda _: None
        self._closed = False
        self._last_loss = ""

    @property
    def capacity(self) -> int:
        """How many workers there are, started or not, without those that were given up."""
        with self._lock:
            return self._places.capacity

    def start(self, sink: ReportSink) -> None:
        """Begin to start the first workers."""
        self._sink = sink
        allow_open_files(len(self._places))
        with self._lock:
            self._start_soon(list(self._places)[: max(1, count_cores() // 2)])

    def submit(self, job: Job) -> str:
        """Hand `job` to a free worker, the readiest there is."""
        with self._lock:
            if self._closed:
                raise NoWorkerFreeError("the executor is closed")
            while (place := self._places.next_free()) is not None:
                if place.process is None and not self._spawn(place):
                    self._tell(WorkerLost(place.name, None, self._last_loss))
                    continue
                assert place.process is not None
                self._places.assign(place, job)
                place.process.send(job)
                return place.name
            reason = f": {self._last_loss}" if self._last_loss and not self._places.capacity else ""
            raise NoWorkerFreeError(f"no worker is free{reason}")

    def control(self, trial_id: str, control: Control, answered: int = 0) -> None:
        """Send the wish to the trial's worker."""
        with self._lock:
            place = self._places.of_trial(trial_id)
            if place is not None and place.process is not None:
                place.process.send(SetControl(trial_id, control, answered))

    def kill(self, trial_id: str) -> None:
        """End the trial's worker, whatever it is doing, with all that it has started."""
        with self._lock:
            place = self._places.of_trial(trial_id)
            if place is not None and place.process is not None:
                place.killed = True
                self._killer.kill(place.process)

    def resize(self, workers: int) -> None:
        """Have so many workers; those with the highest numbers go. Places that were given up get another chance.

        Raises:
            ValueError: If `workers` is below 1, or if the places were planned elsewhere.
        """
        if self._box is None:
            raise ValueError("the number of workers here is fixed")
        planned = self._box.plan(workers)
        allow_open_files(workers)
        with self._lock:
            self._places.resize(planned)
            self._memory_limit_bytes = self._memory_limit()
            self._dismiss([place for place in self._places.surplus if place.job is None])
            outdated = [place for place in self._places if place.is_outdated and place.job is None]
            self._dismiss(outdated)
            others = not self._others_wait and any(place.process is not None for place in self._places)
            self._start_soon(self._places if others else outdated)

    def release(self) -> None:
        """End the workers that run nothing."""
        with self._lock:
            self._others_wait = False
            self._to_start.clear()
            self._dismiss(place for place in self._places if place.job is None)

    def close(self) -> None:
        """End all workers, with all that they have started, and wait for them."""
        with self._lock:
            self._closed = True
            kill_all([place.process for place in (*self._places, *self._places.surplus) if place.process is not None])
            threads = self._threads - {threading.current_thread()}
        for thread in threads:
            thread.join()
        self._template.close()
        self._lifeline.close()

    # Starting.

    def _memory_limit(self) -> float:
        given = self._given_memory_mib
        return fair_share_bytes(len(self._places)) if given is None else given * MIB

    def _start_soon(self, places: Iterable[Place]) -> None:
        """Start those of the places that have no process, in another thread. The lock is held."""
        self._to_start.extend(place for place in places if place.process is None and not place.given_up)
        if self._to_start and self._starter is None and not self._closed:
            self._starter = threading.Thread(target=self._start_waiting, name="worker starter", daemon=True)
            self._threads.add(self._starter)
            self._starter.start()

    def _start_waiting(self) -> None:
        while True:
            with self._lock:
                if self._closed or not self._to_start:
                    self._threads.discard(threading.current_thread())
                    self._starter = None
                    return
                self._start_again(self._to_start.popleft())
            time.sleep(_BREATH_S)

    def _start_again(self, place: Place) -> None:
        """Start the place's process unless it has one, or is not needed. The lock is held."""
        if place.process is None and not place.given_up and self._places.is_wanted(place) and not self._spawn(place):
            self._tell(WorkerLost(place.name, None, self._last_loss))

    def _spawn(self, place: Place) -> bool:
        """Start the place's process; if that fails, the place is given up. The lock is held."""
        try:
            log = self._directory.worker_log(place.name)
            process = WorkerProcess(place.slot, self._task, log, self._template, self._lifeline.path)
        except OSError as error:
            self._places.give_up(place)
            self._last_loss = f"{place.name} could not be started: {error}"
            return False
        place.process, place.ready, place.killed = process, False, False
        self._places.changed(place)
        thread = threading.Thread(target=self._attend, args=(place, process), name=f"{place.name} reader", daemon=True)
        self._threads.add(thread)
        thread.start()
        return True

    # What processes report, and how they end.

    def _attend(self, place: Place, process: WorkerProcess) -> None:
        """Pass on the reports of one process until it is gone, then see to its replacement. A thread's whole life."""
        ended: TrialEnded | None = None
        for report in process.listen():
            is_closing = isinstance(report, Prepared | TrialEnded | Evaluated | JobFailed)
            memory_bytes = process.memory_bytes() if is_closing else None
            with self._lock:
                if self._closed or place.process is not process:
                    continue  # it was let go
                if is_closing:
                    if place.killed and isinstance(report, TrialEnded):
                        ended = report  # it ended just before it was killed: told once the place is free again
                        continue
                    self._job_is_over(place, report, memory_bytes or 0)
                elif isinstance(report, WorkerStatus) and report.activity == READY:
                    self._became_ready(place)
                self._tell(report)
        returncode = process.end()
        with self._lock:
            self._threads.discard(threading.current_thread())
            if not self._closed and place.process is process:
                self._bury(place, process, returncode, ended)

    def _became_ready(self, place: Place) -> None:
        place.ready = True
        self._places.changed(place)
        if self._others_wait:
            self._others_wait = False
            self._start_soon(self._places)

    def _job_is_over(self, place: Place, report: Report, memory_bytes: int) -> None:
        """Make the place free, with another process if this one is not fit for the next job."""
        place.failures = 0
        self._places.clear(place)
        if not self._places.is_wanted(place):
            self._dismiss([place])
            return
        if memory_bytes > self._memory_limit_bytes:
            why = f"its memory had grown to {memory_bytes / MIB:.0f} MiB"
        elif isinstance(report, TrialEnded) and report.message.startswith(OUT_OF_MEMORY):
            why = "it had run out of memory"
        elif place.is_outdated:
            why = "its share of the GPU has changed"
        else:
            return
        self._tell(WorkerStatus(place.name, f"starting again: {why}"))
        process = place.detach()
        if process is not None:
            self._killer.kill(process)
        self._start_again(place)

    def _dismiss(self, places: Iterable[Place]) -> None:
        """End the processes of places that run nothing, so that they are not reported as lost. The lock is held."""
        ending = []
        for place in places:
            process = place.detach()
            if process is not None:
                ending.append(process)
                self._places.changed(place)
                self._tell(WorkerStatus(place.name, ENDED))
        kill_all(ending)

    def _bury(self, place: Place, process: WorkerProcess, returncode: int | None, ended: TrialEnded | None) -> None:
        """Make the place usable again, or give it up, and tell of it. The lock is held."""
        job, was_ready, killed = place.job, place.ready, place.killed
        trial = job if isinstance(job, TrialJob) else None
        place.detach()
        self._places.clear(place)
        if killed and trial is not None:
            self._tell(WorkerStatus(place.name, ENDED))
            self._tell(ended or TrialEnded(place.name, trial.trial_id, trial.attempt, Outcome.STOPPED))
            return
        log = self._directory.trial_log(trial.trial_id) if trial is not None and was_ready else None
        message = process.ending(returncode, was_ready, self._out_of_memory.noticed(), log).in_words()
        place.failures = 0 if was_ready and job is not None else place.failures + 1
        if place.failures >= _STARTS:
            self._places.give_up(place)
            message = f"{place.name} is given up after {_STARTS} starts: {message}"
        self._last_loss = message
        if not place.given_up and self._places.is_wanted(place) and not self._spawn(place):
            message = f"{message}; {self._last_loss}"
        self._tell(WorkerLost(place.name, None if trial is None else trial.trial_id, message))

    def _tell(self, report: Report) -> None:
        """Pass a report on. The lock is held, so that nothing comes after `close`."""
        if not self._closed:
            self._sink(report)
