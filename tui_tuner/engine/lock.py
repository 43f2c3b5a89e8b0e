"""One engine a directory: an advisory lock that the operating system takes back when its holder dies."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import socket
import time
from pathlib import Path
from typing import IO

from tui_tuner.errors import DirectoryInUseError, TunerError, to_type
from tui_tuner.system.forks import let_go_in_forks

_PATIENCE_S = 1.0  # a viewer that looks whether the lock is held holds it for a moment itself


class EngineLock:
    """Held by the engine that runs the search in a directory.

    Args:
        path: The lock file; it is created, and stays: only the lock on it counts.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[str] | None = None
        let_go_in_forks(self, EngineLock.release)  # there: the process that was forked still holds it

    def acquire(self) -> None:
        """Take the lock.

        Raises:
            DirectoryInUseError: If another engine holds it.
            TunerError: If the file cannot be written.
        """
        try:
            file = self._path.open("a+", encoding="utf-8")
        except OSError as error:
            raise _not_writable(self._path.parent, error) from error
        deadline = time.monotonic() + _PATIENCE_S
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError as error:
                if time.monotonic() < deadline:
                    time.sleep(0.02)
                    continue
                file.seek(0)
                holder = file.read().strip()
                file.close()
                raise DirectoryInUseError(
                    f"{self._path.parent}: this search is being run by another engine ({_holder(holder)}).",
                    f"Watch and steer it with: {to_type('attach', self._path.parent)}",
                ) from error
        try:
            file.seek(0)
            file.truncate()
            json.dump({"pid": os.getpid(), "host": socket.gethostname()}, file)
            file.flush()
        except OSError as error:
            with contextlib.suppress(OSError):  # what is left to be written
                file.close()
            raise _not_writable(self._path.parent, error) from error
        self._file = file

    def release(self) -> None:
        """Give the lock back; does nothing if it is not held."""
        if self._file is not None:
            self._file.close()
            self._file = None


def is_held(path: Path) -> bool:
    """Whether an engine holds the lock now, in this process or another."""
    try:
        file = path.open("r", encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return False
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return True
        return False


def make_folder(folder: Path) -> None:
    """Make a search directory if it is not there.

    Raises:
        TunerError: If it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _not_writable(folder, error) from error


def _not_writable(folder: Path, error: OSError) -> TunerError:
    return TunerError(
        f"{folder}: the search cannot be written here ({error.strerror or error}).",
        "Mend that, or choose another folder: search.directory in the config, directory= in a script.",
    )


def _holder(text: str) -> str:
    try:
        holder = json.loads(text)
        return f"process {holder['pid']} on {holder['host']}"
    except (ValueError, KeyError, TypeError):
        return "holder unknown"
