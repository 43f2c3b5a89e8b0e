"""One worker process as its executor sees it: start it, talk to it, end it, and say how it ended."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path

import tui_tuner
from tui_tuner.executors.workers import WorkerSlot
from tui_tuner.worker.jobs import Task
from tui_tuner.worker.messages import Message, Setup
from tui_tuner.worker.reports import Report

_LIFE_CHECK_S = 1.0
"""How often a silent worker is looked at, for when a process that it has started holds its socket open."""

_END_TIMEOUT_S = 10.0
"""How long to wait for a killed process; one that hangs in the kernel is left to it."""

_TAIL_LINES = 5


class WorkerProcess:
    """A `python -m tui_tuner.worker`, started with `subprocess`.

    Every stream is given explicitly, so that it also starts inside a Textual application, whose `sys.stderr` has no
    file descriptor. The process leads a session of its own: signals of the terminal do not reach it, and all that it
    starts can be ended with it.

    Args:
        log: File to which the worker's output is appended while it runs no trial.

    Raises:
        OSError: If the process cannot be started or the log cannot be opened.
    """

    def __init__(self, slot: WorkerSlot, task: Task, log: Path) -> None:
        self._name = slot.name
        self._log = log
        self._fault = ""
        ours, theirs = socket.socketpair()
        with contextlib.ExitStack() as opened:
            opened.callback(theirs.close)
            opened.callback(ours.close)
            log.parent.mkdir(parents=True, exist_ok=True)
            output = opened.enter_context(log.open("ab"))
            self._log_start = output.tell()
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "tui_tuner.worker", str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
                env={**os.environ, **_import_path(), **slot.environment},
            )
            self._connection = Connection(ours.detach())
        self.send(Setup(slot.name, slot.device, task))

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

    def kill(self) -> None:
        """End the process and all that it has started, without waiting."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.kill()  # does nothing if it is gone; a process that left its group is ended all the same

    def end(self) -> int | None:
        """Kill what is left, wait for it and close the connection; `listen` must have ended.

        Returns:
            The return code as `subprocess` has it, or `None` if the process could not be ended.
        """
        self.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_END_TIMEOUT_S)
        self._connection.close()
        return self._process.returncode

    def farewell(self, returncode: int | None, was_ready: bool) -> str:
        """How the worker ended, in words; with the end of its log if it never became ready."""
        if self._fault:
            text = f"{self._name} sent a report that could not be read ({self._fault}) and was ended"
        elif returncode is None:
            text = f"{self._name} does not answer and could not be ended"
        elif returncode < 0:
            text = f"{self._name} was killed by signal {_signal_in_words(-returncode)}"
        else:
            text = f"{self._name} ended with exit code {returncode}"
        if was_ready:
            return text
        tail = self._log_tail()
        return f"{text} before it was ready" + (f"; its log ends with:\n{tail}" if tail else "")

    def _log_tail(self) -> str:
        """The last lines that this process has written into its log."""
        try:
            with self._log.open("rb") as log:
                log.seek(max(self._log_start, log.seek(0, os.SEEK_END) - 8192))
                lines = log.read().decode("utf-8", "replace").splitlines()
        except OSError:
            return ""
        return "\n".join([line for line in lines if line.strip()][-_TAIL_LINES:])


def _import_path() -> dict[str, str]:
    """`PYTHONPATH` with the folder that this package was imported from, unless Python looks there anyway."""
    root = Path(tui_tuner.__file__).resolve().parents[1]
    if root.name in ("site-packages", "dist-packages"):
        return {}
    paths = [str(root), *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    return {"PYTHONPATH": os.pathsep.join(dict.fromkeys(paths))}


def _signal_in_words(number: int) -> str:
    try:
        name = signal.Signals(number).name
    except ValueError:
        return str(number)
    reasons = {
        "SIGKILL": "; the kernel does this when memory runs out",
        "SIGSEGV": "; native code crashed, the log may say where",
        "SIGABRT": "; native code gave up, the log may say why",
    }
    return f"{number} ({name}){reasons.get(name, '')}"
