"""Where a worker's file descriptors 1 and 2 go: the running trial's log, or the worker's own."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path


class OutputSwitch:
    """Sends all that the process prints, native code included, to a file for a while."""

    def __init__(self) -> None:
        self._own = (os.dup(1), os.dup(2))
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)

    @contextlib.contextmanager
    def into(self, path: Path, heading: str = "", stdout: int | None = None) -> Iterator[None]:
        """Append everything to `path` until the block ends; its folder is made.

        Args:
            heading: A line that sets this part of the log off from what the file holds already.
            stdout: A descriptor for what goes to standard output, in place of `path`.

        Raises:
            OSError: If the file cannot be opened.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        target = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            if heading:
                os.write(target, f"{heading}\n".encode())
            self._point(target if stdout is None else stdout, target)
        finally:
            os.close(target)
        try:
            yield
        finally:
            self._point(*self._own)

    def _point(self, stdout: int, stderr: int) -> None:
        _flush()
        os.dup2(stdout, 1)
        os.dup2(stderr, 2)
        _reopen()


def _reopen() -> None:
    """Python's streams anew where somebody's code has closed them: the next trial has to print, too."""
    for name, descriptor in (("stdout", 1), ("stderr", 2)):
        if getattr(getattr(sys, name), "closed", False):
            stream = open(  # noqa: SIM115 - a descriptor, for the rest of this process's life
                descriptor, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False
            )
            setattr(sys, name, stream)


def _flush() -> None:
    """Empty Python's buffers. C's have nothing: `PYTHONUNBUFFERED`, which workers are started with, turns them off."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
