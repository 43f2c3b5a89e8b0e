"""A process that has imported the backend and never used it, forked for each further worker.

The first worker leaves it behind: a copy of itself, from just before it goes to work. So a template costs no import of
its own, and a worker that is forked from it spares the seconds that the import takes. It must never use the backend: a
process that is forked after that hangs.

It ends when the executor closes its end of the socket, or when the executor's process ends. Linux only.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import selectors
import socket
import sys
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import NoReturn

from tui_tuner.system.keras_versions import backend_name

LATE_VARIABLES = frozenset({"TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"})
"""Variables that are read when the backend is first used. Another value of any other needs an import of its own."""

_LARGEST_MESSAGE = 2**16


@dataclass(frozen=True)
class Fork:
    """Fork a worker. Its socket and its log come along as file descriptors, in this order.

    Args:
        changed: Variables of its environment that differ from the template's; `None` for one that is not set.
    """

    changed: Mapping[str, str | None]


@dataclass(frozen=True)
class Born:
    """The worker has been forked; or, as the first message, the template is there."""

    pid: int


@dataclass(frozen=True)
class Died:
    """A forked worker has ended; `returncode` is as `subprocess` has it."""

    pid: int
    returncode: int


TemplateMessage = Fork | Born | Died


def send(control: socket.socket, message: TemplateMessage, descriptors: tuple[int, ...] = ()) -> None:
    """Send a message.

    Raises:
        OSError: If the other end is gone.
    """
    socket.send_fds(control, [pickle.dumps(message)], list(descriptors))


def receive(control: socket.socket) -> tuple[TemplateMessage, list[int]]:
    """Wait for a message, and the file descriptors that came with it.

    Raises:
        EOFError: If the other end is gone.
        OSError: As well.
    """
    content, descriptors, _, _ = socket.recv_fds(control, _LARGEST_MESSAGE, 2)
    if not content:
        raise EOFError
    message: TemplateMessage = pickle.loads(content)
    return message, descriptors


def is_possible(environment: Mapping[str, str]) -> bool:
    """Whether a template works here: where processes can be watched, with a backend that starts nothing at its import.

    Not for workers that see a GPU, whose driver has a say in what may be forked.

    Args:
        environment: The worker's.
    """
    return (
        sys.platform == "linux"
        and hasattr(os, "pidfd_open")
        and backend_name(environment) == "tensorflow"
        and environment.get("CUDA_VISIBLE_DEVICES", "-1") in ("", "-1")
    )


def leave_behind(
    control: socket.socket, connection: Connection, engine: int, work: Callable[[Connection], None]
) -> None:
    """Leave a template behind, which is no child of this process and in no group with it, and wait until it is there.

    Args:
        control: The template's line to the executor.
        connection: This worker's own line to the executor, which the template must not hold open.
        engine: A pidfd of the executor's process.
        work: What a forked worker does, given its line to the executor; does not return.
    """
    there, is_there = os.pipe()
    between = _fork()
    if between:
        control.close()
        os.close(is_there)
        os.waitpid(between, 0)
        os.read(there, 1)  # a byte, or the end, if the template could not be forked
        os.close(there)
        return
    with contextlib.suppress(OSError):
        os.setsid()
        if os.fork() == 0:
            connection.close()
            os.close(there)
            _serve(control, engine, is_there, work)
    os._exit(0)


def _fork() -> int:
    sys.stdout.flush()
    sys.stderr.flush()
    with warnings.catch_warnings():
        # Python warns of other threads. There is only the one that waits for the executor, and holds no locks.
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def _serve(control: socket.socket, engine: int, is_there: int, work: Callable[[Connection], None]) -> NoReturn:
    """The life of a template."""
    children: dict[int, int] = {}  # process ids by pidfd
    with contextlib.suppress(EOFError, OSError), selectors.DefaultSelector() as ready:
        ready.register(control, selectors.EVENT_READ)
        ready.register(engine, selectors.EVENT_READ)
        send(control, Born(os.getpid()))
        os.close(is_there)
        while True:
            for key, _ in ready.select():
                if key.fd == engine:
                    os._exit(0)
                if key.fd in children:
                    ready.unregister(key.fd)
                    pid = children.pop(key.fd)
                    os.close(key.fd)
                    send(control, Died(pid, os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])))
                    continue
                message, (line, log) = receive(control)
                assert isinstance(message, Fork)
                pid = _fork()
                if pid == 0:
                    _become_worker(message, control, line, log, (*children, ready.fileno()), work)
                os.close(line)
                os.close(log)
                watched = os.pidfd_open(pid)
                children[watched] = pid
                ready.register(watched, selectors.EVENT_READ)
                send(control, Born(pid))
    os._exit(0)


def _become_worker(
    message: Fork,
    control: socket.socket,
    line: int,
    log: int,
    others: tuple[int, ...],
    work: Callable[[Connection], None],
) -> NoReturn:
    try:
        os.setsid()
        control.close()
        for descriptor in others:
            os.close(descriptor)
        os.dup2(log, 1)
        os.dup2(log, 2)
        os.close(log)
        for name, value in message.changed.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        _forget_random_numbers()
        work(Connection(line))
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        os._exit(1)


def _forget_random_numbers() -> None:
    """Let NumPy's random numbers be others than the template's; Python's own sees to it by itself."""
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed()
