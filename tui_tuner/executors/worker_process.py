"""One worker process as its executor sees it: start it, talk to it, end it."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import BinaryIO

from tui_tuner.executors.endings import Ending
from tui_tuner.executors.import_path import import_path
from tui_tuner.executors.memory import MemoryGauge
from tui_tuner.executors.process_tree import descendants
from tui_tuner.executors.template import WorkerTemplate
from tui_tuner.executors.workers import WorkerSlot
from tui_tuner.worker.disk_full import is_no_room
from tui_tuner.worker.jobs import Task
from tui_tuner.worker.messages import Message, Setup
from tui_tuner.worker.reports import Report

_LIFE_CHECK_S = 1.0
"""How often a silent worker is looked at, for when a process that it has started holds its socket open."""

_END_TIMEOUT_S = 10.0
"""How long to wait for a killed process; one that hangs in the kernel is left to it."""


class WorkerProcess:
    """A `python -m tui_tuner.worker`, started with `subprocess`, or forked from the template that such a one has left.

    Every stream is given explicitly, so that it also starts inside a Textual application, whose `sys.stderr` has no
    file descriptor. The process leads a session of its own: signals of the terminal do not reach it, and all that it
    starts can be ended with it.

    Args:
        log: File to which the worker's output is appended while it runs no trial.
        template: What it is forked from where that is possible, and left behind by it where there is none.
        lifeline: `Lifeline.path` of its executor, which ends it in any case.

    Attributes:
        slot: The plan by which it was started.

    Raises:
        OSError: If the process cannot be started or the log cannot be opened.
    """

    def __init__(
        self, slot: WorkerSlot, task: Task, log: Path, template: WorkerTemplate | None = None, lifeline: str = ""
    ) -> None:
        self.slot = slot
        self._log = log
        self._fault = ""
        self._killed = False
        ours, theirs = socket.socketpair()
        with contextlib.ExitStack() as opened:
            opened.callback(theirs.close)
            opened.callback(ours.close)
            output = opened.enter_context(_opened(log))
            self._log_start = output.tell()
            environment = {**os.environ, **import_path(), **slot.environment}
            forked = template.fork(environment, theirs.fileno(), output.fileno()) if template is not None else None
            self._process = forked or _start(environment, theirs, output, template)
            self._connection = Connection(ours.detach())
        self._memory = MemoryGauge(self._process.pid)
        self.send(Setup(slot.name, slot.device, task, slot.gpu_share, lifeline))

    @property
    def pid(self) -> int:
        return self._process.pid

    def send(self, message: Message) -> None:
        """Send a message. If the worker is gone, nothing happens: `listen` ends and tells."""
        with contextlib.suppress(OSError):
            self._connection.send(message)

    def listen(self) -> Iterator[Report]:
        """The worker's reports until it is gone. For one thread only."""
        while True:
            try:
                if self._connection.poll(_LIFE_CHECK_S):
                    yield self._connection.recv()
                elif self._process.poll() is not None:
                    return
            except (EOFError, OSError):
                return
            except Exception as error:  # whatever unpickling raises; the rest of the stream cannot be trusted
                self._fault = f"{type(error).__name__}: {error}"
                return

    def memory_bytes(self) -> int | None:
        """What the process has of main memory for itself, or `None` if that is not known now."""
        return self._memory.read_bytes()

    def kill(self) -> None:
        """End the process and all that it has started, without waiting."""
        kill_all([self])

    def end(self) -> int | None:
        """Kill what is left, wait for it and close the connection; `listen` must have ended.

        Returns:
            The return code as `subprocess` has it, or `None` if the process could not be ended.
        """
        if self._killed or self._process.poll() is not None:
            self._kill_group()
        else:
            self.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_END_TIMEOUT_S)
        self._connection.close()
        return self._process.returncode

    def ending(self, returncode: int | None, was_ready: bool, kernel_killed: bool, log: Path | None = None) -> Ending:
        """How the worker ended.

        Args:
            kernel_killed: Whether the kernel has ended a process for want of memory meanwhile.
            log: Where it wrote to at its end, if not to its own log.
        """
        start = 0 if log is not None else self._log_start
        return Ending(self.slot.name, returncode, was_ready, kernel_killed, log or self._log, start, self._fault)

    def _kill_group(self) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        # Does nothing if it is gone; a process that left its group is ended all the same.
        self._process.send_signal(signal.SIGKILL)


def kill_all(processes: Sequence[WorkerProcess]) -> None:
    """End processes with all that they have started, also what has left their groups, without waiting."""
    for process in processes:
        process._killed = True
    strays = descendants(process.pid for process in processes) if processes else ()
    for process in processes:
        process._kill_group()
    for pid in strays:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)


def _opened(log: Path) -> BinaryIO:
    """The log, to append to; nothing in its place while the disk is full, which shall not cost the worker."""
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        return log.open("ab")
    except OSError as error:
        if not is_no_room(error):
            raise
        return Path(os.devnull).open("ab")


def _start(
    environment: Mapping[str, str], line: socket.socket, output: BinaryIO, template: WorkerTemplate | None
) -> subprocess.Popen[bytes]:
    """Start a worker in the usual way; it leaves a template behind if one is wanted."""
    control = template.offer(environment) if template is not None else None
    descriptors = [each.fileno() for each in (line, control) if each is not None]
    try:
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "tui_tuner.worker", *map(str, descriptors)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            pass_fds=descriptors,
            start_new_session=True,
            env=environment,
        )
    finally:
        if control is not None:
            control.close()
