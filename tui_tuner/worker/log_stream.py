"""Standard output and error that a full disk cannot make fail: a lost line of a log is no reason to lose a training."""

from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING

from tui_tuner.worker.disk_full import is_no_room

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_GAP = b"\n--- the disk was full: output is missing here ---\n"

_replaced: list[object] = []
"""The streams that Python made: whoever dropped them would close the file descriptors."""


class PatientFile(io.RawIOBase):
    """A file descriptor; what a full disk does not take is lost, and the file says so once there is room."""

    def __init__(self, descriptor: int) -> None:
        super().__init__()
        self._descriptor = descriptor
        self._has_gap = False

    def fileno(self) -> int:
        return self._descriptor

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return os.isatty(self._descriptor)

    def write(self, data: ReadableBuffer, /) -> int:
        """Write all of `data`; returns its length.

        Raises:
            OSError: If it cannot be written for another reason than a lack of room.
        """
        left = memoryview(data).cast("B")
        size = len(left)
        try:
            if self._has_gap:
                self._write_all(memoryview(_GAP))
                self._has_gap = False
            self._write_all(left)
        except OSError as error:
            if not is_no_room(error):
                raise
            self._has_gap = True
        return size

    def _write_all(self, left: memoryview) -> None:
        while left:
            left = left[os.write(self._descriptor, left) :]


def outlive_full_disk() -> None:
    """Make `sys.stdout` and `sys.stderr` of this process outlive a full disk. For a process that does nothing else."""
    for name, descriptor in (("stdout", 1), ("stderr", 2)):
        stream = getattr(sys, name)
        _replaced.append(stream)
        stream.flush()
        patient = io.TextIOWrapper(
            PatientFile(descriptor),  # type: ignore[type-var]
            encoding="utf-8",
            errors="backslashreplace",
            line_buffering=True,
            write_through=True,
        )
        setattr(sys, name, patient)
        setattr(sys, f"__{name}__", patient)
