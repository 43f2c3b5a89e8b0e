"""Sends what a trial prints in a script's process to the trial's log, and a copy to where the script prints."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from io import FileIO
from pathlib import Path

from tui_tuner.worker.log_files import OutputSwitch

_COPY_EVERY_S = 0.1
_BLOCK = 64 * 1024


class TrialOutput:
    """The output of one process. The trial's log is written by the trial itself, so that it has also the last words of
    native code that crashes; the copy follows.
    """

    def __init__(self) -> None:
        self._switch = OutputSwitch()
        self._stdout = os.dup(1)
        self._writable = True

    @contextlib.contextmanager
    def into(self, log: Path) -> Iterator[None]:
        """Append all that is printed until the block ends to `log`.

        Raises:
            OSError: If the log cannot be written.
        """
        ended = threading.Event()
        with contextlib.ExitStack() as after, self._switch.into(log):
            file = log.open("rb", buffering=0)
            file.seek(0, os.SEEK_END)
            copier = threading.Thread(target=self._copy, args=(file, ended), name="trial output", daemon=True)
            copier.start()
            after.callback(copier.join)
            after.callback(ended.set)
            yield

    def _copy(self, file: FileIO, ended: threading.Event) -> None:
        """Copy until the end. The file is this thread's alone: an interrupt that cuts the wait for the thread short
        must not close a descriptor that is still read, since another file may have its number by then.
        """
        with file:
            while not ended.wait(_COPY_EVERY_S):
                self._copy_new(file.fileno())
            self._copy_new(file.fileno())

    def _copy_new(self, log: int) -> None:
        while self._writable and (block := os.read(log, _BLOCK)):
            try:
                while block:
                    block = block[os.write(self._stdout, block) :]
            except OSError:  # nobody reads it any more: that ends the copy, not the trial
                self._writable = False
