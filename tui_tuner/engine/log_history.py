"""The log of a trial as it was at a moment: logs have no times, but Keras says in them when an epoch begins."""

from __future__ import annotations

import contextlib
import re
import tempfile
from pathlib import Path

_EPOCH = re.compile(rb"^Epoch \d+/\d+", re.MULTILINE)
_MAX_BYTES = 1024 * 1024
"""Of a longer log the end is shown."""

_NO_TIMES = "(Nothing in this log tells when it was printed: it is shown from the end of the trial on.)\n"


class LogHistory:
    """Cuts logs off, into files of its own that are deleted with it."""

    def __init__(self) -> None:
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._ends: dict[Path, tuple[int, list[int]]] = {}  # size of the log, and where its epochs begin
        self._cut: dict[Path, int] = {}

    def at(self, log: Path, epochs: int) -> Path:
        """The part of a trial's log that was there when so many of its epochs, of all its attempts, had ended.

        Args:
            log: The whole log; it may be missing.
        """
        try:
            size = log.stat().st_size
        except OSError:
            return log
        known = self._ends.get(log)
        if known is None or known[0] != size:
            known = self._ends[log] = (size, [found.start() for found in _EPOCH.finditer(log.read_bytes())])
        starts = known[1]
        if starts and epochs + 1 >= len(starts):
            return log
        end = starts[epochs + 1] if starts else 0
        return self._part(log, end)

    def _part(self, log: Path, end: int) -> Path:
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="tui-tuner-replay-")
        part = Path(self._folder.name) / f"{log.parent.name}.txt"
        if self._cut.get(log) != end:
            self._cut[log] = end
            with log.open("rb") as file:
                file.seek(max(0, end - _MAX_BYTES))
                part.write_bytes(file.read(min(end, _MAX_BYTES)) or _NO_TIMES.encode())
        return part

    def close(self) -> None:
        """Delete the files."""
        with contextlib.suppress(OSError):
            if self._folder is not None:
                self._folder.cleanup()
        self._folder = None
        self._cut.clear()
