"""A process that does one job beside a search, as seen by whoever asks for it: run it, hear it, end it."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

from tui_tuner.errors import TunerError
from tui_tuner.executors.import_path import import_path
from tui_tuner.executors.workers import plan_workers
from tui_tuner.worker.aside_jobs import AsideJob, Failed, Result, Told

_LOOK_EVERY_S = 0.3
_LOG_END = 400


class CancelledError(Exception):
    """Whoever asked does not want it any more."""


def run_aside(
    job: AsideJob,
    log: Path,
    *,
    gpus: tuple[int | str, ...] | None = None,
    tell: Callable[[Told], None] = lambda _: None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> Result:
    """Do the job in a process of its own, which is gone when this returns.

    Args:
        log: File for what Keras prints; its folder is there.
        gpus: As in `run.gpus`.
        tell: Is told what it says meanwhile.
        is_cancelled: Asked some times a second.

    Raises:
        TunerError: If it cannot be done; it says why.
        CancelledError: If it was cancelled.
    """
    slot = plan_workers(1, gpus)[0]
    ours, theirs = socket.socketpair()
    with contextlib.closing(theirs), log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "tui_tuner.worker.aside_main", str(theirs.fileno())],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            pass_fds=[theirs.fileno()],
            start_new_session=True,
            env={**os.environ, **import_path(), **slot.environment},
        )
    try:
        with Connection(ours.detach()) as connection:
            connection.send(job)
            while True:
                answer = _hear(connection, process, log, is_cancelled)
                if isinstance(answer, Failed):
                    raise TunerError(answer.message, answer.hint)
                if not isinstance(answer, Told):
                    return answer
                tell(answer)
    finally:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _hear(
    connection: Connection, process: subprocess.Popen[bytes], log: Path, is_cancelled: Callable[[], bool]
) -> Told | Result | Failed:
    try:
        while not connection.poll(_LOOK_EVERY_S):
            if is_cancelled():
                raise CancelledError
        answer: Told | Result | Failed = connection.recv()
    except (EOFError, OSError) as error:
        code = process.wait()
        last = log.read_text(errors="replace")[-_LOG_END:].strip()
        raise TunerError(f"the process that does it ended without a word (code {code}).", last) from error
    return answer
