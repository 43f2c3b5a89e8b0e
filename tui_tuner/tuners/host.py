"""Who runs the script in which a tuner searches: by default nobody in particular, `tui-tuner run` if it does."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from tui_tuner.executors.workers import WorkerCount


class Host(Protocol):
    """What a search wants of the process that it runs in."""

    @property
    def workers(self) -> WorkerCount | None:
        """How many worker processes may run trials, if nobody could tell the difference; `None` for none at all."""
        ...

    @property
    def peculiarity(self) -> str:
        """What a worker process would lack that this process has, such as `the script has seeded Python's random
        numbers`; empty if there is nothing."""
        ...

    @property
    def preparations(self) -> tuple[Callable[[], None], ...]:
        """What a worker process has to call before it can run trials of the script."""
        ...

    def search_began(self, root: Path, *, overwrite: bool) -> None:
        """`search.db` is there, and the search is about to run.

        Args:
            overwrite: Whether the script, if it were run again, would delete this search.
        """
        ...

    def search_ended(self, root: Path) -> None:
        """The search has ended, in whatever state, or was left by an exception."""
        ...

    def search_shared(self, root: Path, *, is_chief: bool) -> None:
        """A search of several processes is about to run, of which this one is the chief or a worker."""
        ...

    def trial_output(self, log: Path) -> AbstractContextManager[None]:
        """Lets what is printed until the block ends go to the trial's log."""
        ...


class _Nobody:
    """The script runs by itself."""

    workers: WorkerCount | None = None
    peculiarity = ""
    preparations: tuple[Callable[[], None], ...] = ()

    def search_began(self, root: Path, *, overwrite: bool) -> None:
        pass

    def search_ended(self, root: Path) -> None:
        pass

    def search_shared(self, root: Path, *, is_chief: bool) -> None:
        pass

    def trial_output(self, log: Path) -> AbstractContextManager[None]:
        return contextlib.nullcontext()


_host: Host = _Nobody()


def set_host(host: Host | None) -> None:
    """Say who runs the scripts of this process; `None` for nobody in particular."""
    global _host
    _host = _Nobody() if host is None else host


def current_host() -> Host:
    """Who runs the scripts of this process."""
    return _host
