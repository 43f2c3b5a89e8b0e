"""A worker ends with its executor's process even where none of its own threads can run any more.

The thread that waits for the executor cannot end a worker that hangs in native code which holds the interpreter. The
kernel can: when the pipe closes, it sends a signal to the worker and to all in its group. Linux only.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys


def hold(path: str) -> None:
    """Be ended when the last one who could write into a pipe is gone.

    Does nothing where that is not possible, or where this process does not lead its group.

    Args:
        path: The pipe's reading end, `/proc/<pid>/fd/<number>`; empty for none.
    """
    if not path or sys.platform != "linux" or os.getpgrp() != os.getpid():
        return
    import fcntl

    with contextlib.suppress(OSError):  # no such file: the executor's process is gone, which the socket tells too
        pipe = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        fcntl.fcntl(pipe, fcntl.F_SETOWN, -os.getpgrp())
        fcntl.fcntl(pipe, fcntl.F_SETSIG, signal.SIGKILL)
        fcntl.fcntl(pipe, fcntl.F_SETFL, fcntl.fcntl(pipe, fcntl.F_GETFL) | os.O_ASYNC)
