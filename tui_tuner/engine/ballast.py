"""Room on the disk that is kept for the moment when there is none: to say so takes some."""

from __future__ import annotations

import os
from pathlib import Path

BALLAST_BYTES = 2**20


class Ballast:
    """A file of `BALLAST_BYTES` that is thrown away when the disk is full, and made anew when there is room again.

    What it holds cannot be compressed, so that it takes its room on every file system.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def hold(self) -> None:
        """Make the file if it is not there, whole.

        Raises:
            OSError: If there is no room for it, or it cannot be written; nothing is left of it then.
        """
        try:
            if self._path.stat().st_size == BALLAST_BYTES:
                return
        except FileNotFoundError:
            pass
        try:
            with self._path.open("wb") as file:
                file.write(os.urandom(BALLAST_BYTES))
                file.flush()
                os.fsync(file.fileno())  # some file systems find out only now
        except OSError:
            self.drop()
            raise

    def drop(self) -> None:
        """Delete the file, if it is there and can be."""
        try:
            # A file that was emptied gives its room back even where a directory cannot be changed.
            os.truncate(self._path, 0)
            self._path.unlink()
        except OSError:
            pass
