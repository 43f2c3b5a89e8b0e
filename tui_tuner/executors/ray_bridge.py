"""The process between the engine and a Ray cluster: `python -m tui_tuner.executors.ray_bridge DESCRIPTOR`.

Ray prints, handles signals and ends the process that uses it when the cluster breaks down. In a process of its own it
can do none of that to the engine, or to the terminal. It listens on an inherited socket and ends, with all that it has
started, when the engine's end of it closes.
"""

from __future__ import annotations

import concurrent.futures
import os
import queue
import signal
import sys
import threading
import time
import traceback
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import ray
from ray.exceptions import RayError, RayTaskError
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from tui_tuner import __version__
from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.errors import TunerError
from tui_tuner.executors import ray_cluster
from tui_tuner.executors.ray_code import load_function, user_code
from tui_tuner.executors.ray_files import Parcel
from tui_tuner.executors.ray_folder import RayFolder
from tui_tuner.executors.ray_messages import (
    AskNeeds,
    CloseSlot,
    ClusterFailed,
    ClusterIs,
    Connect,
    FromBridge,
    FromEngine,
    Needs,
    OpenSlot,
    SlotLost,
    SlotOpened,
    SlotReported,
    ToSlot,
)
from tui_tuner.executors.ray_parcels import Parcels
from tui_tuner.executors.ray_resources import Machine, can_hold, in_words, read_resources
from tui_tuner.executors.ray_slot import LISTEN, TALK, Batch, Slot, SlotPlace, SlotSpec, clean_up
from tui_tuner.worker.jobs import EvaluateJob, TrialJob

_LOOK_S = 1.0
"""How often the bridge looks which machines there are."""

_CLOSE_S = 10.0
"""How long slots have to end their workers in order."""


@dataclass
class _Open:
    """A slot that was asked for. `place` is `None` until it is there."""

    actor: Any
    worker: str
    place: SlotPlace | None = None
    has_data: bool = False
    closing: bool = False


@dataclass(frozen=True)
class _Answer:
    """An actor's answer to one call; `question` is the method's name."""

    slot: int
    question: str
    future: concurrent.futures.Future[Any]


@dataclass(frozen=True)
class _EngineGone:
    """The engine's end of the socket is closed."""


class Bridge:
    """Owns the slots of one search. Everything of Ray happens in the thread that calls `run`."""

    def __init__(self, connection: Connection, connect: Connect) -> None:
        self._connection = connection
        self._connect = connect
        self._task = connect.task
        self._inbox: queue.SimpleQueue[FromEngine | _Answer | _EngineGone] = queue.SimpleQueue()
        self._slots: dict[int, _Open] = {}
        self._machines: tuple[Machine, ...] = ()
        self._parcels = Parcels(self._task)
        self._separate: set[str] = set()  # nodes that have a folder of their own for this search
        self._key = uuid.uuid4().hex
        self._marker = SearchDirectory(self._task.project_dir).scratch / f"seen-{self._key}"
        remote: Any = ray.remote  # whose annotations lack the groups
        self._actor_class = remote(concurrency_groups={TALK: 1, LISTEN: 1})(Slot)
        self._code = user_code(self._task.model)
        self._join = ""
        self._folder: RayFolder | None = None  # of a local Ray
        self._needs: Callable[[Mapping[str, Any]], Any] | None = None

    def run(self) -> None:
        """Join the cluster and serve the engine until it goes.

        Raises:
            TunerError: If there is no cluster, or the user's function cannot be loaded.
        """
        self._folder = ray_cluster.join(self._connect.address, self._connect.local_cpus)
        if self._connect.resource_function is not None:
            self._needs = load_function(self._connect.resource_function)
        self._marker.parent.mkdir(parents=True, exist_ok=True)
        self._marker.write_text(self._key, encoding="utf-8")
        if self._connect.address is not None:
            self._join = ray_cluster.join_line()
            print(f"Another machine joins the cluster with: {self._join}", flush=True)
        threading.Thread(target=self._listen, name="engine", daemon=True).start()
        looked = 0.0
        while True:
            if time.monotonic() - looked >= _LOOK_S:
                self._look()
                looked = time.monotonic()
            try:
                item = self._inbox.get(timeout=_LOOK_S)
            except queue.Empty:
                continue
            if isinstance(item, _EngineGone):
                return
            self._take(item)

    def end(self) -> None:
        """End all workers and leave the cluster; what the search has put on its nodes is deleted."""
        if not ray.is_initialized():
            return
        closing = [slot.actor.close.remote() for slot in self._slots.values()]
        opening = [slot for slot in self._slots.values() if slot.place is None]
        for slot in opening:  # its worker must not start after all was deleted, and its node is not known
            ray.kill(slot.actor)
        _wait_for(closing)
        remote: Any = ray.remote(num_cpus=0)(clean_up)
        living = {machine.node_id for machine in self._machines}
        _wait_for(
            [
                remote.options(scheduling_strategy=NodeAffinitySchedulingStrategy(node, soft=False)).remote(self._key)
                for node in (living if opening else self._separate & living)
            ]
        )
        for slot in self._slots.values():
            ray.kill(slot.actor)
        self._marker.unlink(missing_ok=True)
        ray_cluster.leave(self._folder)

    def _listen(self) -> None:
        try:
            while True:
                self._inbox.put(self._connection.recv())
        except (EOFError, OSError):
            self._inbox.put(_EngineGone())

    def _say(self, message: FromBridge) -> None:
        try:
            self._connection.send(message)
        except OSError:
            self._inbox.put(_EngineGone())

    def _look(self) -> None:
        """Tell the engine which machines there are, if that has changed."""
        found = ray_cluster.machines()
        if found != self._machines:
            self._machines = found
            self._say(ClusterIs(found, self._join))

    def _take(self, item: FromEngine | _Answer) -> None:
        match item:
            case OpenSlot():
                self._open(item)
            case CloseSlot(number):
                self._close(number)
            case ToSlot(number):
                slot = self._slots.get(number)
                if slot is not None and not slot.closing:
                    self._pass_on(number, slot, item)
            case AskNeeds():
                self._say(self._needs_of(item))
            case _Answer():
                self._answered(item)

    # Slots.

    def _open(self, wanted: OpenSlot) -> None:
        home = next(machine for machine in self._machines or ray_cluster.machines() if machine.is_home)
        resources = dict(wanted.resources)
        options: dict[str, Any] = {
            "num_cpus": resources.pop("num_cpus", 0),
            "num_gpus": resources.pop("num_gpus", 0),
            "max_restarts": 0,
        }
        if "memory" in resources:
            options["memory"] = int(resources.pop("memory"))
        if resources:
            options["resources"] = resources
        if not wanted.resources or (wanted.at_home and can_hold(home, wanted.resources)):
            options["scheduling_strategy"] = NodeAffinitySchedulingStrategy(home.node_id, soft=bool(wanted.resources))
        spec = SlotSpec(
            worker=wanted.worker,
            task=self._task,
            resources=wanted.resources,
            environment=self._connect.environment,
            version=__version__,
            search_key=self._key,
            marker=self._marker,
            directory=Path.cwd(),
            memory_mib=self._connect.worker_memory_mib,
            separate_files=bool(self._connect.separate_files and wanted.resources),  # this machine sees them
            at_home=wanted.at_home,
            code=self._code,
        )
        try:
            actor = self._actor_class.options(**options).remote(spec)
        except (TypeError, ValueError) as error:  # amounts that Ray does not take, such as one and a half GPUs
            reason = "".join(map(str, error.args))
            message = f"{wanted.worker} could not be started with {in_words(wanted.resources)}: {reason}"
            self._say(SlotLost(wanted.slot, message, blameless=False))
            return
        self._slots[wanted.slot] = _Open(actor, wanted.worker)
        self._ask(wanted.slot, "begin")

    def _close(self, number: int) -> None:
        slot = self._slots.get(number)
        if slot is None:
            return
        slot.closing = True
        if slot.place is None:
            self._forget(number)
        else:
            self._ask(number, "close")

    def _forget(self, number: int) -> None:
        slot = self._slots.pop(number)
        ray.kill(slot.actor)

    def _ask(self, number: int, question: str, *arguments: Any) -> None:
        """Call an actor's method; its answer comes into the inbox."""
        inbox = self._inbox
        future = getattr(self._slots[number].actor, question).remote(*arguments).future()
        future.add_done_callback(lambda done: inbox.put(_Answer(number, question, done)))

    def _answered(self, answer: _Answer) -> None:
        number = answer.slot
        slot = self._slots.get(number)
        if slot is None:
            return
        try:
            result = answer.future.result()
        except Exception as error:
            if slot.closing:
                self._forget(number)
            else:
                self._lost(number, slot, error)
            return
        match answer.question:
            case "begin":
                slot.place = result
                if not slot.place.shares_files:
                    self._separate.add(slot.place.node_id)
                if not slot.closing:
                    self._say(SlotOpened(number, slot.place.node_id, slot.place.shares_files))
                    self._ask(number, "take")
            case "take" if not slot.closing:
                self._reported(number, result)
                self._ask(number, "take")
            case "close":
                self._forget(number)

    def _reported(self, number: int, batch: Batch) -> None:
        if batch.files:
            self._parcels.take_back(batch.files)
        if batch.reports:
            self._say(SlotReported(number, batch.reports, batch.given_up))

    def _lost(self, number: int, slot: _Open, error: Exception) -> None:
        self._forget(number)
        print(f"{slot.worker}: {error}", file=sys.stderr, flush=True)
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        last = lines[-1] if lines else type(error).__name__
        if slot.place is None:
            hint = "; install it on every machine of the cluster" if "No module named 'tui_tuner" in last else ""
            self._say(SlotLost(number, f"{slot.worker} could not be started: {last}{hint}", blameless=False))
        elif isinstance(error, RayTaskError):
            self._say(SlotLost(number, f"{slot.worker} on {slot.place.host} failed: {last}", blameless=False))
        elif ended_for_memory(str(error)):
            text = f"{slot.worker} was ended by Ray: {slot.place.host} ran out of memory"
            self._say(SlotLost(number, text, blameless=False))
        else:
            text = f"{slot.worker} is gone: its machine, {slot.place.host}, or the connection to it was lost"
            self._say(SlotLost(number, text, blameless=True))

    # Jobs.

    def _pass_on(self, number: int, slot: _Open, message: ToSlot) -> None:
        files: Parcel = ()
        job = message.content
        if slot.place is not None and not slot.place.shares_files:
            if isinstance(job, TrialJob | EvaluateJob) and not slot.has_data:
                slot.has_data = True
                self._ask(number, "lay_out", self._parcels.data())
            files = self._parcels.needed_for(message)
        self._ask(number, "do", message, files)

    def _needs_of(self, question: AskNeeds) -> Needs:
        if self._needs is None:
            return Needs(question.trial_id, {})
        try:
            return Needs(question.trial_id, read_resources(self._needs(dict(question.values))))
        except Exception as error:
            traceback.print_exc()
            reason = f"{type(error).__name__}: {error}"
            return Needs(question.trial_id, {}, f"run.trial_resources, {self._connect.resource_function}: {reason}")


def ended_for_memory(text: str) -> bool:
    """Whether Ray says that it has ended an actor because its machine ran out of memory.

    Of every actor that dies it says that memory may have been the cause.
    """
    return "NODE_OUT_OF_MEMORY" in text or "running low on memory" in text


def _wait_for(answers: list[Any]) -> None:
    if answers:
        ray.wait(answers, num_returns=len(answers), timeout=_CLOSE_S)


def main() -> None:
    """Run the bridge whose socket is the file descriptor in `sys.argv[1]`."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    descriptor = int(sys.argv[1])
    os.set_inheritable(descriptor, False)
    connection = Connection(descriptor)
    sys.path.insert(0, str(Path.cwd()))
    try:
        connect = connection.recv()
    except (EOFError, OSError):
        return
    assert isinstance(connect, Connect)
    bridge = Bridge(connection, connect)
    try:
        try:
            bridge.run()
        except (TunerError, RayError) as error:
            traceback.print_exc()
            connection.send(ClusterFailed(str(error).replace("\n", " ")))
        bridge.end()
    except (RayError, OSError):
        traceback.print_exc()


if __name__ == "__main__":
    main()
