"""Workers on a Ray cluster, on one machine or many. Loads no Ray: a process of its own does that."""

from __future__ import annotations

import importlib.util
import math
import os
import queue
import threading
import time
from collections.abc import Mapping
from dataclasses import replace

from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.errors import TunerError
from tui_tuner.executors.protocol import ReportSink
from tui_tuner.executors.ray_link import BridgeLink
from tui_tuner.executors.ray_messages import (
    AskNeeds,
    ClusterFailed,
    ClusterIs,
    Connect,
    FromBridge,
    Needs,
    SlotLost,
    SlotOpened,
    SlotReported,
)
from tui_tuner.executors.ray_places import Places
from tui_tuner.executors.workers import WorkerCount
from tui_tuner.worker.jobs import Control, Job, Task, TrialJob

_NEEDS_S = 60.0
"""How long the function of the user may take that says what a trial takes: the engine waits for it."""

_TRIES = 6
"""How often in a row the bridge may end before a cluster that was there is given up: after half a minute at least."""

_PASSED_ON = ("KERAS_", "TF_", "JAX_", "XLA_", "PYTORCH_", "TORCH_", "OMP_", "NCCL_")
"""Beginnings of the environment variables that workers on all machines get from here."""

_TERRAFORM = ("TF_VAR_", "TF_CLI_")
"""Another program's variables that begin like TensorFlow's, often with secrets in them."""


class RayExecutor:
    """Runs jobs in worker processes on a Ray cluster: one slot actor for each trial at a time owns one of them.

    The cluster may grow and shrink. A trial whose machine is gone is reported as `WorkerLost` without blame. What the
    workers write goes straight to the search directory where their machine sees it; elsewhere a trial's files come
    back when it ends, and the prepared data and the model's Python files are sent.

    Args:
        task: What all trials have in common.
        address: The cluster to join, or `None` to start a local Ray for this search.
        workers: How many trials at once, or `auto` for as many as fit.
        resources: What each trial takes, such as `{"num_cpus": 4, "num_gpus": 0.5}`. Default: one CPU, and a GPU's
            share where there are GPUs.
        trial_resources: Reference of the user's function that says what a trial takes on top, or `None`.
        trials_per_gpu: How many trials share a GPU, where `resources` does not say it.
        worker_memory_mib: Main memory beyond which a worker is replaced between two trials, in MiB.
        separate_files: Treat every machine as one that does not see the search directory; `None`: find out.

    Raises:
        TunerError: If Ray is not installed.
        ValueError: If `workers` is below 1.
    """

    def __init__(
        self,
        task: Task,
        *,
        address: str | None = None,
        workers: WorkerCount = "auto",
        resources: Mapping[str, float] | None = None,
        trial_resources: str | None = None,
        trials_per_gpu: int = 1,
        worker_memory_mib: float | None = None,
        separate_files: bool | None = None,
    ) -> None:
        if importlib.util.find_spec("ray") is None:
            raise TunerError(
                "the executor ray needs the package ray, which is not installed",
                "Install it with pip install 'tui-tuner[ray]'.",
            )
        if workers != "auto" and workers < 1:
            raise ValueError(f"workers must be at least 1, not {workers}")
        self._connect = Connect(
            task=task,
            address=address,
            local_cpus=1 if workers == "auto" else math.ceil(workers * (resources or {}).get("num_cpus", 1)),
            environment={
                name: value
                for name, value in os.environ.items()
                if name.startswith(_PASSED_ON) and not name.startswith(_TERRAFORM)
            },
            worker_memory_mib=worker_memory_mib,
            separate_files=separate_files,
            resource_function=trial_resources,
        )
        self._log = SearchDirectory(task.project_dir).worker_logs / "ray.log"
        self._places = Places(resources or {}, None if workers == "auto" else workers, trials_per_gpu)
        self._asks = trial_resources is not None
        self._answers: queue.SimpleQueue[Needs | BridgeLink] = queue.SimpleQueue()  # a bridge when it is gone
        self._lock = threading.RLock()
        self._sink: ReportSink = lambda _: None
        self._link: BridgeLink | None = None
        self._thread: threading.Thread | None = None
        self._closing = threading.Event()

    @property
    def capacity(self) -> int:
        """How many jobs may run at once on the cluster as it is now."""
        with self._lock:
            return self._places.capacity

    def start(self, sink: ReportSink) -> None:
        """Begin to join the cluster, or to start a local one."""
        self._sink = sink
        self._thread = threading.Thread(target=self._attend, name="ray", daemon=True)
        self._thread.start()

    def submit(self, job: Job) -> str:
        """Hand `job` to a free slot, or to one that is made for what the trial takes."""
        needs: Needs | None = None
        if self._asks and isinstance(job, TrialJob) and not job.resources:
            needs = self._ask(job)
            if needs is not None:
                job = replace(job, resources=needs.resources)
        with self._lock:
            worker = self._places.submit(job, "" if needs is None else needs.error)
            self._flush()
        return worker

    def control(self, trial_id: str, control: Control, answered: int = 0) -> None:
        """Send the wish to the trial's worker."""
        with self._lock:
            self._places.control(trial_id, control, answered)
            self._flush()

    def kill(self, trial_id: str) -> None:
        """End the trial's worker process, on whatever machine it is."""
        with self._lock:
            self._places.kill(trial_id)
            self._flush()

    def resize(self, workers: int) -> None:
        """Have so many trials at once from now on, as far as the cluster has room for them.

        Raises:
            ValueError: If `workers` is below 1.
        """
        if workers < 1:
            raise ValueError(f"workers must be at least 1, not {workers}")
        with self._lock:
            self._places.resize(workers)
            self._flush()

    def release(self) -> None:
        """End the worker processes that run nothing; their slots stay reserved in the cluster."""
        with self._lock:
            self._places.release()
            self._flush()

    def close(self) -> None:
        """End all workers, leave the cluster or end the local one, and wait for that."""
        with self._lock:
            self._closing.set()
            if self._link is not None:
                self._link.hang_up()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()

    def _ask(self, job: TrialJob) -> Needs | None:
        """What the user's function says; `None` if the cluster is gone meanwhile."""
        with self._lock:
            link = self._link
        if link is None:
            return None
        link.send(AskNeeds(job.trial_id, job.hyperparameters["values"]))
        deadline = time.monotonic() + _NEEDS_S
        while True:
            try:
                answer = self._answers.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                function = f"run.trial_resources, {self._connect.resource_function}"
                return Needs(job.trial_id, {}, f"{function}: it has not returned within {_NEEDS_S:g} s")
            if answer is link:
                return None
            if isinstance(answer, Needs) and answer.trial_id == job.trial_id:
                return answer

    # The thread that listens to the bridge.

    def _attend(self) -> None:
        failures, was_there = 0, False
        while not self._closing.is_set():
            opened, reason = self._attend_one()
            if self._closing.is_set():
                return
            was_there = was_there or opened
            failures = 1 if opened else failures + 1
            with self._lock:
                if failures >= _TRIES or (reason and not was_there):
                    self._places.give_up_all(
                        reason or "the process that talks to Ray ends again and again; see ray.log"
                    )
                    self._flush()
                    return
                self._places.all_lost("the Ray cluster is gone; trying to join it again")
                self._flush()
            self._closing.wait(2 ** (failures - 1))

    def _attend_one(self) -> tuple[bool, str]:
        """Serve one bridge until it is gone; whether it had opened a slot, and why it could not join the cluster."""
        opened, reason = False, ""
        with self._lock:
            if self._closing.is_set():
                return False, ""
            try:
                link = self._link = BridgeLink(self._connect, self._log)
            except OSError as error:
                return False, f"the process for Ray could not be started: {error}"
        try:
            for message in link.listen():
                if self._closing.is_set():
                    continue
                match message:
                    case SlotOpened():
                        opened = True
                    case ClusterFailed(text):
                        reason = text
                    case Needs():
                        self._answers.put(message)
                        continue
                with self._lock:
                    self._take(message)
                    self._flush()
        except Exception as error:  # whatever unpickling raises; the rest of the stream cannot be trusted
            reason = f"the process for Ray sent what cannot be read ({type(error).__name__}: {error})"
            opened = False
        link.hang_up()
        link.end()
        with self._lock:
            self._link = None
        if self._asks:
            self._answers.put(link)
        return opened, reason

    def _take(self, message: FromBridge | None) -> None:
        match message:
            case ClusterIs():
                self._places.machines_are(message.machines, message.join)
            case SlotOpened():
                self._places.opened(message)
            case SlotReported():
                self._places.reported(message)
            case SlotLost():
                self._places.lost(message)
        self._places.tick()

    def _flush(self) -> None:
        """Send and tell what the places have come to. The lock is held, so that all stays in order."""
        messages, reports = self._places.out.take()
        for message in messages:
            if self._link is not None:
                self._link.send(message)
        for report in reports:
            if not self._closing.is_set():
                self._sink(report)
