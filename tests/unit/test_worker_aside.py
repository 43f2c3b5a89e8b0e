"""A process that does a job beside a search is gone when whoever asked for it is."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from multiprocessing.connection import Connection

HANGING = """
import threading
from tui_tuner.worker import aside_main

def hang(job, tell):
    print("begun", flush=True)
    threading.Event().wait()

aside_main._do = hang
aside_main.main()
"""


def test_it_ends_in_the_middle_of_an_epoch_when_nobody_waits_for_it() -> None:
    ours, theirs = socket.socketpair()
    with subprocess.Popen(
        [sys.executable, "-c", HANGING, str(theirs.fileno())],
        stdout=subprocess.PIPE,
        text=True,
        pass_fds=[theirs.fileno()],
        start_new_session=True,
    ) as process:
        theirs.close()
        try:
            with Connection(ours.detach()) as connection:
                connection.send("a job")
                assert process.stdout is not None
                assert process.stdout.readline() == "begun\n"
            assert process.wait(timeout=30) == -signal.SIGKILL
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
