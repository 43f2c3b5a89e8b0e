"""Sends what a trial prints in a script's process to the trial's log, and a copy to where the script prints."""

from __future__ import annotations

import contextlib
import os
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from tui_tuner.worker.log_files import OutputSwitch

_COPY_EVERY_S = 0.1
_BLOCK = 64 * 1024


class TrialOutput:
    """The output of one process. The trial's log is written by the trial itself, so that it has also the last words of
    native code that crashes; the copy follows.

    Where standard output and error go to two places, so does the copy. The log has standard error from the trial
    itself then, and standard output, which is kept beside it, from the copy.
    """

    def __init__(self) -> None:
        self._switch = OutputSwitch()
        self._stdout = _Outlet(os.dup(1))
        self._stderr = _Outlet(os.dup(2))
        self._is_one = os.path.samestat(os.fstat(1), os.fstat(2))

    @contextlib.contextmanager
    def into(self, log: Path) -> Iterator[None]:
        """Append all that is printed until the block ends to `log`.

        Raises:
            OSError: If the log cannot be written.
        """
        log.parent.mkdir(parents=True, exist_ok=True)
        ended = threading.Event()
        with contextlib.ExitStack() as after, contextlib.ExitStack() as printing:
            if self._is_one:
                printing.enter_context(self._switch.into(log))
                copy: _Copy = _OfBoth(log, self._stdout)
            else:
                kept = after.enter_context(tempfile.TemporaryFile(dir=log.parent, buffering=0))
                printing.enter_context(self._switch.into(log, stdout=kept.fileno()))
                copy = _OfEach(log, os.dup(kept.fileno()), self._stdout, self._stderr)
            copier = threading.Thread(target=_keep_copying, args=(copy, ended), name="trial output", daemon=True)
            copier.start()
            after.callback(copier.join)
            after.callback(ended.set)
            yield


class _Outlet:
    """Where the script prints."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._writable = True

    def write(self, block: bytes) -> None:
        try:
            while block and self._writable:
                block = block[os.write(self._descriptor, block) :]
        except OSError:  # nobody reads it any more: that ends the copy, not the trial
            self._writable = False


class _Copy(Protocol):
    """Its files are the copying thread's alone: an interrupt that cuts the wait for the thread short must not close a
    descriptor that is still read, since another file may have its number by then.
    """

    def go_on(self) -> None:
        """Copy what is new."""
        ...

    def close(self) -> None: ...


def _keep_copying(copy: _Copy, ended: threading.Event) -> None:
    with contextlib.closing(copy):
        while not ended.wait(_COPY_EVERY_S):
            copy.go_on()
        copy.go_on()


class _OfBoth:
    """A copy of the log to one place.

    Args:
        log: The log; what it holds now is not copied.
    """

    def __init__(self, log: Path, outlet: _Outlet) -> None:
        self._log = log.open("rb", buffering=0)
        self._log.seek(0, os.SEEK_END)
        self._outlet = outlet

    def go_on(self) -> None:
        while block := self._log.read(_BLOCK):
            self._outlet.write(block)

    def close(self) -> None:
        self._log.close()


class _OfEach:
    """Copies of standard output, to its place and to the log, and of the rest of the log, standard error, to its own.

    Args:
        log: The log; what it holds now is not copied.
        stdout: A descriptor of the file that holds standard output; closed by `close`.
    """

    def __init__(self, log: Path, stdout: int, to_stdout: _Outlet, to_stderr: _Outlet) -> None:
        self._kept = stdout
        self._to_stdout = to_stdout
        self._to_stderr = to_stderr
        self._taken = 0  # bytes of standard output
        self._log = os.open(log, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC)
        self._seen = os.lseek(self._log, 0, os.SEEK_END)

    def go_on(self) -> None:
        while block := os.pread(self._kept, _BLOCK, self._taken):
            self._taken += len(block)
            self._to_stdout.write(block)
            self._append(block)
        self._copy_rest(os.fstat(self._log).st_size)

    def close(self) -> None:
        os.close(self._kept)
        os.close(self._log)

    def _append(self, block: bytes) -> None:
        """Append to the log. What has come before it since the last time is standard error."""
        with contextlib.suppress(OSError):  # a full disk: the trial learns of it by itself
            while block:
                written = os.write(self._log, block)
                end = os.lseek(self._log, 0, os.SEEK_CUR)
                self._copy_rest(end - written)
                self._seen = end
                block = block[written:]

    def _copy_rest(self, end: int) -> None:
        while self._seen < end and (block := os.pread(self._log, min(_BLOCK, end - self._seen), self._seen)):
            self._seen += len(block)
            self._to_stderr.write(block)
