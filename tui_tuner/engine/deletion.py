"""Deletes a search, and nothing that is not part of it."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Sequence
from pathlib import Path

from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.engine.lock import EngineLock
from tui_tuner.errors import TunerError

_PARTS = (
    *("search.db", "search.db-wal", "search.db-shm", "search.db-journal", "engine.lock", "engine.log", "ballast"),
    *("scratch", "workers", "best", "final", ".final.new", "tb_logs", "oracle.json", "tuner[0-9]*.json", "trial_*"),
    "replaced",
)
"""What lies in a search directory, as patterns."""


def delete_search(directory: SearchDirectory) -> tuple[str, ...]:
    """Delete the search in a directory; the directory itself too, unless something else lies in it.

    Returns:
        The names of what was left there.

    Raises:
        DirectoryInUseError: If an engine runs the search.
        TunerError: If there is none, or something could not be deleted.
    """
    if not directory.exists():
        raise TunerError(f"{directory.root}: no search here (search.db is missing).")
    return delete_parts(directory)


def delete_parts(directory: SearchDirectory, also: Sequence[str] = ()) -> tuple[str, ...]:
    """As `delete_search`, also where there is no `search.db`, as in a directory that KerasTuner wrote.

    Args:
        also: More parts, as patterns.
    """
    root = directory.root
    lock = EngineLock(directory.lock)
    lock.acquire()
    try:
        for path in parts_of(directory, also):
            delete_part(path)
        left = tuple(sorted(path.name for path in root.iterdir()))
    except OSError as error:
        raise TunerError(f"{root}: the search could not be deleted ({error}).") from error
    finally:
        lock.release()
    if not left:
        with contextlib.suppress(OSError):
            root.rmdir()
    return left


def parts_of(directory: SearchDirectory, also: Sequence[str] = ()) -> tuple[Path, ...]:
    """What of a search lies in its directory. `search.db` is the last: as long as it is there, it can be tried again.

    Args:
        also: More parts, as patterns.
    """
    parts = {path for pattern in (*_PARTS, *also) for path in directory.root.glob(pattern)} - {directory.database}
    return *sorted(parts), directory.database


def delete_part(path: Path) -> None:
    """Delete a file, or a folder with all in it."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
