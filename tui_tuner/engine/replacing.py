"""Replaces a search by a new one: the old one is kept until the data and the model of the new one were seen to work."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tui_tuner.engine.deletion import delete_part, delete_search, parts_of
from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.engine.lock import EngineLock
from tui_tuner.engine.schema import connect
from tui_tuner.errors import TunerError

KEPT = "the search that it was to replace is kept, and goes on with search.overwrite: false"
"""What the end of a search says as long as the old one is there."""


def set_aside(directory: SearchDirectory) -> None:
    """Make room for a new search. What is there becomes `directory.replaced`; a search that was to replace that, and
    has no trial, is deleted instead.

    Raises:
        DirectoryInUseError: If an engine runs the search.
        TunerError: If something could not be moved or deleted.
    """
    with _held(directory):
        if _has_nothing(directory):
            _each_part(directory, delete_part)
            return
        if directory.replaced.exists():
            delete_search(directory.replaced)  # its engine could not
        directory.replaced.root.mkdir(exist_ok=True)
        _each_part(directory, lambda path: path.replace(directory.replaced.root / path.name))


def put_back(directory: SearchDirectory) -> None:
    """Put the replaced search back, if there is one and the search that was to replace it has no trial.

    Raises:
        DirectoryInUseError: If an engine runs the search.
        TunerError: If something could not be moved or deleted.
    """
    if not _has_nothing(directory):
        return
    with _held(directory):
        if directory.exists():  # otherwise this was begun before, and what is there belongs to the old search
            _each_part(directory, delete_part)
        _each_part(directory.replaced, lambda path: path.replace(directory.root / path.name))
        delete_part(directory.replaced.root)


def forget_replaced(directory: SearchDirectory) -> None:
    """Delete the replaced search, if there is one.

    Raises:
        TunerError: If it could not be deleted.
    """
    if directory.replaced.exists():
        delete_search(directory.replaced)


def _has_nothing(directory: SearchDirectory) -> bool:
    """Whether a search is to replace another one, and has no trial yet."""
    if not directory.replaced.exists() or not directory.exists():
        return directory.replaced.exists()
    connection = connect(directory.database)
    try:
        return connection.execute("SELECT 1 FROM trials LIMIT 1").fetchone() is None
    finally:
        connection.close()


def _each_part(directory: SearchDirectory, do: Callable[[Path], object]) -> None:
    for path in parts_of(directory):
        if path not in (directory.lock, directory.replaced.root):
            do(path)


@contextmanager
def _held(directory: SearchDirectory) -> Iterator[None]:
    lock = EngineLock(directory.lock)
    lock.acquire()
    try:
        yield
    except OSError as error:
        raise TunerError(f"{directory.root}: the search that is there could not be put aside ({error}).") from error
    finally:
        lock.release()
