"""A worker template as its executor sees it, and the workers that are forked from it."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import subprocess
import threading
from collections.abc import Mapping
from pathlib import Path

from tui_tuner.worker.template import LATE_VARIABLES, Born, Died, Fork, is_possible, receive, send

UNKNOWN_CODE = 256
"""The return code of a worker whose template was gone when it ended: no process has it."""

_ANSWER_S = 5.0
"""How long a template may take to fork; then it is given up."""

_ARRIVAL_S = 0.05
"""A template tells of itself just before its worker is ready, over another line."""


class WorkerTemplate:
    """At most one template at a time, left behind by a worker that was started in the usual way.

    Where there is none, or it is gone, or was started in another environment, workers are started in the usual way;
    one of them then leaves a new template behind.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._control: socket.socket | None = None
        self._pid: int | None = None  # once it is there
        self._environment: Mapping[str, str] = {}
        self._folder = Path()
        self._born: Born | None = None
        self._codes: dict[int, int] = {}
        self._closed = False

    def offer(self, environment: Mapping[str, str]) -> socket.socket | None:
        """A line to be handed to a worker that is being started, which leaves the template behind when it is ready.

        Args:
            environment: The worker's.

        Returns:
            The template's end of the line; `None` if no template is wanted.
        """
        with self._changed:
            if self._closed or self._control is not None or not is_possible(environment):
                return None
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            self._control, self._pid, self._environment, self._folder = ours, None, dict(environment), Path.cwd()
            threading.Thread(target=self._listen, args=(ours,), name="template reader", daemon=True).start()
            return theirs

    def fork(self, environment: Mapping[str, str], line: int, log: int) -> ForkedProcess | None:
        """Fork a worker.

        Args:
            environment: All of its environment.
            line: Its end of its line to the executor.
            log: The file for what it prints.

        Returns:
            The worker; `None` if it has to be started in the usual way.
        """
        with self._changed:
            control = self._control
            if control is not None:
                self._changed.wait_for(lambda: self._pid is not None or self._control is not control, _ARRIVAL_S)
            if control is None or self._pid is None or Path.cwd() != self._folder:
                return None
            names = environment.keys() | self._environment.keys()
            changed = {
                name: environment.get(name) for name in names if environment.get(name) != self._environment.get(name)
            }
            if changed.keys() - LATE_VARIABLES:
                return None
            self._born = None
            try:
                send(control, Fork(changed), (line, log))
            except OSError:
                self._lose(control)
                return None
            self._changed.wait_for(lambda: self._born is not None or self._control is not control, _ANSWER_S)
            if self._born is None:
                self._lose(control)
                return None
            return ForkedProcess(self, self._born.pid)

    def code(self, pid: int, timeout_s: float) -> int | None:
        """The return code of a forked worker that has ended, `UNKNOWN_CODE` if the template is gone.

        Args:
            timeout_s: How long to wait for the template to tell.
        """
        with self._changed:
            self._changed.wait_for(lambda: pid in self._codes or self._control is None, timeout_s)
            return self._codes.pop(pid, UNKNOWN_CODE if self._control is None else None)

    def close(self) -> None:
        """End the template, and wait for it."""
        with self._changed:
            self._closed = True
            pid = self._pid
            watched = None
            with contextlib.suppress(OSError):
                watched = None if pid is None else os.pidfd_open(pid)
            if self._control is not None:
                self._lose(self._control)
        if watched is not None:
            _has_ended(watched, _ANSWER_S)
            os.close(watched)

    def _lose(self, control: socket.socket) -> None:
        """Let go of a template, which ends it. The lock is held."""
        with contextlib.suppress(OSError):
            control.shutdown(socket.SHUT_RDWR)
        if self._control is control:
            self._control = self._pid = None
        self._changed.notify_all()

    def _listen(self, control: socket.socket) -> None:
        with control:
            while True:
                try:
                    message, _ = receive(control)
                except (EOFError, OSError):
                    break
                with self._changed:
                    if isinstance(message, Died):
                        self._codes[message.pid] = message.returncode
                    elif isinstance(message, Born) and self._control is control:
                        if self._pid is None:
                            self._pid = message.pid
                        else:
                            self._born = message
                    self._changed.notify_all()
            with self._changed:
                self._lose(control)


class ForkedProcess:
    """A worker that a template has forked, with the part of `subprocess.Popen` that its owner needs."""

    def __init__(self, template: WorkerTemplate, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._template = template
        self._lock = threading.Lock()
        self._watched: int | None = None
        with contextlib.suppress(ProcessLookupError):  # it has ended already
            self._watched = os.pidfd_open(pid)

    def poll(self) -> int | None:
        """Its return code, or `None` while it runs."""
        with self._lock:
            if self.returncode is None and (self._watched is None or _has_ended(self._watched, 0.0)):
                self.returncode = self._template.code(self.pid, _ANSWER_S)
                if self._watched is not None and self.returncode is not None:
                    os.close(self._watched)
                    self._watched = None
            return self.returncode

    def wait(self, timeout: float) -> int:
        """Wait for its end.

        Raises:
            subprocess.TimeoutExpired: If it has not ended after `timeout` seconds.
        """
        watched = None
        with self._lock:
            if self._watched is not None:
                watched = os.dup(self._watched)
        if watched is not None:
            _has_ended(watched, timeout)
            os.close(watched)
        code = self.poll()
        if code is None:
            raise subprocess.TimeoutExpired(f"worker {self.pid}", timeout)
        return code

    def send_signal(self, number: int) -> None:
        """Send it a signal; nothing happens if it has ended."""
        with self._lock:
            if self._watched is not None:
                with contextlib.suppress(ProcessLookupError):
                    signal.pidfd_send_signal(self._watched, number)


def _has_ended(watched: int, timeout_s: float) -> bool:
    """Whether the process of a pidfd has ended, after waiting for that for so long."""
    look = select.poll()  # `select.select` knows no descriptors beyond 1023
    look.register(watched, select.POLLIN)
    return bool(look.poll(timeout_s * 1000))
