"""A slot of the cluster: the actor that owns one killable worker process on a node. Importing this imports Ray."""

from __future__ import annotations

import contextlib
import fcntl
import os
import queue
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import ray

from tui_tuner import __version__
from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.executors.memory import MIB, fair_share_bytes
from tui_tuner.executors.process import ProcessExecutor
from tui_tuner.executors.ray_cluster import machines
from tui_tuner.executors.ray_code import UserCode
from tui_tuner.executors.ray_files import Parcel, pack, unpack
from tui_tuner.executors.ray_messages import KillTrial, ReleaseWorker, ToSlot
from tui_tuner.executors.ray_resources import Resources, places_on
from tui_tuner.executors.workers import THREAD_VARIABLES, Box, WorkerSlot
from tui_tuner.worker.jobs import EvaluateJob, PrepareJob, Task, TrialJob
from tui_tuner.worker.messages import SetControl
from tui_tuner.worker.reports import EpochEnded, Report, TrialEnded, WorkerLost

TALK, LISTEN = "talk", "listen"
"""The actor's concurrency groups: one call at a time each, so that neither waits for the other."""

_GATHER_S = 0.01
"""So long further epochs are waited for before they are sent, unless the engine has to answer each."""


_BATCH = 1000

_LAST_WORDS_S = 1.0
"""So long the loss of a worker is kept back: a node that goes down ends workers first, and those are not to blame."""


@dataclass(frozen=True)
class SlotSpec:
    """What a slot is made of.

    Args:
        version: Of this package, at the engine's.
        search_key: Names the search's folder on nodes that do not see its directory.
        marker: A file in the search directory that holds `search_key`: where it is seen, files are shared.
        directory: The engine's working directory.
        memory_mib: Main memory beyond which the worker is replaced; `None` for its share of the machine's.
        separate_files: Do not look for the marker.
        at_home: Whether its first job needs the files of the search directory: if they are not seen, it will be none.
        code: The user's Python files, for a node that does not see them; `None` if there are none of a file.
    """

    worker: str
    task: Task
    resources: Resources
    environment: Mapping[str, str]
    version: str
    search_key: str
    marker: Path
    directory: Path
    memory_mib: float | None
    separate_files: bool
    at_home: bool
    code: UserCode | None = None


@dataclass(frozen=True)
class SlotPlace:
    """Where a slot has come to be."""

    node_id: str
    host: str
    shares_files: bool


@dataclass(frozen=True)
class Batch:
    """What a slot has to tell: reports in order, and the files that belong to the last of them."""

    reports: tuple[Report, ...]
    files: Parcel = ()
    given_up: bool = False


class Slot:
    """Runs a worker process on its node, with the same code that runs worker processes on one box.

    Files: where the node sees the search directory, nothing travels. Elsewhere the worker has a folder of its own node
    as its search directory, what it needs is laid out there first, and a trial's files come home with its end.

    Args:
        spec: What the slot is made of.

    Raises:
        RuntimeError: If this node has another version of this package.
    """

    def __init__(self, spec: SlotSpec) -> None:
        if spec.version != __version__:
            raise RuntimeError(
                f"{socket.gethostname()} has tui-tuner {__version__}, the engine has {spec.version}: install the same"
            )
        self._spec = spec
        self._shares_files = not spec.separate_files and _holds(spec.marker, spec.search_key)
        self._folder = _folder(spec.search_key)
        self._task = spec.task
        if self._shares_files:
            os.chdir(spec.directory)
        else:
            self._task = self._settle_in()
        self._reports: queue.SimpleQueue[Report | None] = queue.SimpleQueue()
        self._is_started = False
        memory_mib = _memory_share_mib(spec.resources) if spec.memory_mib is None else spec.memory_mib
        self._executor = ProcessExecutor(self._task, slots=(_worker_slot(spec),), worker_memory_mib=memory_mib)

    @ray.method(concurrency_group=TALK)
    def begin(self) -> SlotPlace:
        """Start the worker, unless this is not the place for its first job."""
        if self._shares_files or not self._spec.at_home:
            self._start()
        return SlotPlace(str(ray.get_runtime_context().get_node_id()), socket.gethostname(), self._shares_files)

    @ray.method(concurrency_group=TALK)
    def lay_out(self, data: list[Any]) -> None:
        """Write the prepared data where the workers of this node look for it, once for all of them.

        Args:
            data: References to its parts in the object store; one after the other is fetched.
        """
        with self._locked():
            done = self._folder / "data-is-here"
            if not done.exists():
                unpack(self._task.arrays, (part for reference in data for part in ray.get(reference)))
                done.touch()

    @ray.method(concurrency_group=TALK)
    def do(self, content: ToSlot, files: Parcel = ()) -> None:
        """Pass a job or a wish on to the worker.

        Args:
            files: What the job needs of the search directory.
        """
        if files:
            unpack(self._task.project_dir, files)
        match content.content:
            case SetControl() as wish:
                self._executor.control(wish.trial_id, wish.control, wish.answered)
            case KillTrial(trial_id):
                self._executor.kill(trial_id)
            case ReleaseWorker():
                self._executor.release()
            case PrepareJob() | TrialJob() | EvaluateJob() as job:
                self._start()
                try:
                    self._executor.submit(job)
                except RuntimeError as error:
                    trial = job.trial_id if isinstance(job, TrialJob) else None
                    self._reports.put(WorkerLost(self._spec.worker, trial, str(error)))

    @ray.method(concurrency_group=LISTEN)
    def take(self) -> Batch:
        """Wait for reports and return what there is."""
        reports: list[Report] = []
        wait: float | None = None
        until = 0.0
        while len(reports) < _BATCH:
            try:
                report = self._reports.get(timeout=wait)
            except queue.Empty:
                break
            if report is None:
                break
            reports.append(report)
            if isinstance(report, WorkerLost):
                time.sleep(_LAST_WORDS_S)
            if isinstance(report, TrialEnded | WorkerLost):
                break  # the files that go along are those of one trial
            if not isinstance(report, EpochEnded) or self._task.awaits_answers:
                until = 0.0
            elif not until:
                until = time.monotonic() + _GATHER_S
            wait = max(0.0, until - time.monotonic())
        last = reports[-1] if reports else None
        given_up = isinstance(last, WorkerLost) and not self._executor.capacity
        return Batch(tuple(reports), self._files_of(last), given_up)

    @ray.method(concurrency_group=TALK)
    def close(self) -> None:
        """End the worker."""
        self._executor.close()
        self._reports.put(None)

    def _start(self) -> None:
        if not self._is_started:
            self._is_started = True
            self._executor.start(self._reports.put)

    def _settle_in(self) -> Task:
        """Make this node's own folder of the search; returns the task with paths in there."""
        self._folder.mkdir(mode=0o700, exist_ok=True)
        task, code = self._spec.task, self._spec.code
        if code is not None:
            with self._locked():
                unpack(self._folder / "code", code.files)
            task = replace(task, model=code.model_in(self._folder / "code"))
        return replace(task, project_dir=self._folder / "search", arrays=self._folder / "data")

    def _files_of(self, last: Report | None) -> Parcel:
        if self._shares_files or not isinstance(last, TrialEnded | WorkerLost):
            return ()
        directory = SearchDirectory(self._task.project_dir)
        wanted = [directory.worker_log(self._spec.worker)]
        if last.trial_id is not None:
            wanted += [directory.trial(last.trial_id), directory.tensorboard / last.trial_id]
        return tuple(pack(directory.root, wanted))

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """One slot of this node at a time."""
        with (self._folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def clean_up(key: str) -> None:
    """Delete what a search has put on this node; to be called when its slots are closed."""
    shutil.rmtree(_folder(key), ignore_errors=True)


def _folder(key: str) -> Path:
    return Path(tempfile.gettempdir()) / f"tui-tuner-{key}"


def _holds(marker: Path, key: str) -> bool:
    try:
        return marker.read_text(encoding="utf-8") == key
    except (OSError, UnicodeDecodeError):
        return False


def _memory_share_mib(resources: Resources) -> float:
    """The share of this machine's memory that goes with the share of it that a slot takes."""
    here = next((machine for machine in machines() if machine.is_home), None)
    return fair_share_bytes(1 if here is None else places_on(here, resources)) / MIB


def _device() -> str:
    """What people read: `GPU 1 on node-7`."""
    host = socket.gethostname()
    gpus = ray.get_runtime_context().get_accelerator_ids().get("GPU", [])
    return f"GPU {', '.join(gpus)} on {host}" if gpus else f"CPU on {host}"


def _worker_slot(spec: SlotSpec) -> WorkerSlot:
    """Which devices, how much of their memory and how many threads the worker may use.

    Ray has set `CUDA_VISIBLE_DEVICES` for the actor; what is seen then is shared as the GPUs of one box are.
    """
    cpus, gpus = spec.resources.get("num_cpus", 1), spec.resources.get("num_gpus", 0)
    threads = str(max(1, int(cpus)))
    environment = {"TF_CPP_MIN_LOG_LEVEL": "2", "PYTHONUNBUFFERED": "1"}
    share = None
    if 0 < gpus < 1:
        environment |= {"TF_FORCE_GPU_ALLOW_GROWTH": "true", "XLA_PYTHON_CLIENT_PREALLOCATE": "false"}
        sharing = round(1 / gpus)
        planned = Box(workers_per_gpu=sharing).plan(sharing)[0]
        environment |= planned.environment
        share = planned.gpu_share
    elif not gpus:
        environment["CUDA_VISIBLE_DEVICES"] = "-1"
    environment |= dict.fromkeys(THREAD_VARIABLES, threads) | {"TF_NUM_INTEROP_THREADS": str(max(2, int(cpus)))}
    return WorkerSlot(spec.worker, _device(), {**environment, **spec.environment}, share)
