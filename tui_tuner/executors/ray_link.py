"""The engine's end of the line to the bridge: starts the process, talks to it, ends it. Loads no Ray."""

from __future__ import annotations

import contextlib
import math
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path

from tui_tuner.executors.import_path import import_path
from tui_tuner.executors.ray_messages import Connect, FromBridge, FromEngine

LOCAL_SETTINGS = {
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",  # this is what makes Ray listen on the loopback interface only
    "RAY_worker_niceness": "0",
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_AUTH_MODE": "token",
}
"""Environment variables of a Ray that is started for one search; what the user has set stays."""

_LIFE_CHECK_S = 1.0
_END_S = 30.0
"""How long the bridge has to end workers and leave the cluster in order."""


class BridgeLink:
    """One bridge process.

    It leads a session of its own, so that neither the terminal's signals nor its end reach it or a local Ray.

    Args:
        connect: The first message.
        log: Where it, and Ray, print to.

    Raises:
        OSError: If the process cannot be started or the log cannot be opened.
    """

    def __init__(self, connect: Connect, log: Path) -> None:
        self._sending = threading.Lock()
        self._end_by = math.inf
        ours, theirs = socket.socketpair()
        with contextlib.ExitStack() as opened:
            opened.callback(theirs.close)
            opened.callback(ours.close)
            log.parent.mkdir(parents=True, exist_ok=True)
            output = opened.enter_context(log.open("ab"))
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "tui_tuner.executors.ray_bridge", str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
                env={
                    **({} if connect.address is not None else _local_settings()),
                    **os.environ,
                    **import_path(),
                    "PYTHONUNBUFFERED": "1",
                },
            )
            self._connection = Connection(ours.detach())
        self.send(connect)

    def send(self, message: Connect | FromEngine) -> None:
        """Send a message. If the bridge is gone, nothing happens: `listen` ends and tells."""
        with contextlib.suppress(OSError), self._sending:
            self._connection.send(message)

    def listen(self) -> Iterator[FromBridge | None]:
        """What the bridge says, until it is gone, or was told to end and has not; `None` about once a second while it
        says nothing."""
        while time.monotonic() < self._end_by:
            try:
                if self._connection.poll(_LIFE_CHECK_S):
                    yield self._connection.recv()
                elif self._process.poll() is not None:
                    return
                else:
                    yield None
            except (EOFError, OSError):
                return

    def hang_up(self) -> None:
        """Tell the bridge to end; `listen` ends when it has, or its time is over."""
        self._end_by = min(self._end_by, time.monotonic() + _END_S)
        with (
            contextlib.suppress(OSError),
            self._sending,
            socket.socket(fileno=os.dup(self._connection.fileno())) as end,
        ):
            end.shutdown(socket.SHUT_WR)

    def end(self) -> None:
        """Wait until the bridge has ended, killing it if that takes too long; after `hang_up`, and once `listen` has
        ended."""
        try:
            self._process.wait(max(0.0, self._end_by - time.monotonic()))
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._connection.close()


def _local_settings() -> dict[str, str]:
    """With a token of its own, which no other Ray on this machine has."""
    if "RAY_AUTH_TOKEN_PATH" in os.environ:
        return LOCAL_SETTINGS
    return {**LOCAL_SETTINGS, "RAY_AUTH_TOKEN": secrets.token_hex(32)}
