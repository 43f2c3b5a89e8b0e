"""Holds a search while the disk takes nothing, and lets it go on by itself when there is room."""

from __future__ import annotations

import errno
import shutil
import sqlite3
import time
from collections.abc import Callable

from tui_tuner.engine.ballast import BALLAST_BYTES, Ballast
from tui_tuner.engine.work import Work
from tui_tuner.errors import TunerError
from tui_tuner.worker.jobs import Control

_RETRY_S = 1.0

_WAIT_FOR_SPACE_S = 300.0
"""After so long a trial that found no room is tried again though the disk has no more than before: it may have been
another disk."""

_NO_ROOM = {
    errno.ENOSPC: "disk full",
    errno.EDQUOT: "disk quota used up",
    errno.EFBIG: "limit of file sizes reached",
}


class Blockage:
    """The search loop asks it each turn.

    While it blocks, no trial is started and the running ones are held at the end of their epoch. What the engine has
    to write waits in the store, in memory; the room of the ballast is used to write that and to say what is wrong.
    Every second it is tried whether all can be written and the ballast made anew.

    Args:
        log: Writes a line into the engine's log, if that is possible.
        steady: Seconds that only grow.
    """

    def __init__(self, work: Work, log: Callable[[str], None], steady: Callable[[], float] = time.monotonic) -> None:
        self._work = work
        self._log = log
        self._steady = steady
        self._root = work.spec.directory.root
        self._ballast = Ballast(work.spec.directory.ballast)
        self._next_try = 0.0
        self._next_check = 0.0
        self._database = work.spec.directory.database
        self._file = self._database.stat()
        self._free_before: int | None = None
        """For a trial that found no room: how much there was then; more is needed."""
        self._give_it_a_try_at = 0.0

    def refuse_to_start(self) -> None:
        """Say at once if nothing can be written.

        Raises:
            TunerError: If what the engine has written until now is not on the disk.
        """
        trouble = self._work.store.trouble
        if trouble is not None:
            raise TunerError(
                f"the search cannot be written: {self._said(trouble).partition(';')[0]}.", "Mend that and try again."
            )

    def begin(self) -> None:
        """Keep room for what may come."""
        try:
            self._ballast.hold()
        except OSError as error:
            self._block(self._said(error))

    def look(self) -> None:
        """Block, or go on, as the disk has it. A search whose directory is gone has failed."""
        work = self._work
        if self._steady() >= self._next_check:
            self._next_check = self._steady() + _RETRY_S
            if self._is_gone():
                work.failure = work.failure or f"{self._root} was deleted or moved while the search ran"
        if not work.steering.blocked:
            if work.store.trouble is not None:
                self._block(self._said(work.store.trouble))
            elif work.shortage:
                self._block(f"{work.shortage}; goes on when there is more room")
                self._free_before = self._free()  # without the ballast
                self._give_it_a_try_at = self._steady() + _WAIT_FOR_SPACE_S
        elif self._steady() >= self._next_try:
            self._next_try = self._steady() + _RETRY_S
            self._hold()  # what a person has wished in between would let them go
            self._try_to_go_on()

    def _hold(self) -> None:
        """Hold the running trials at the end of their epoch, but for those that are told to end there."""
        work = self._work
        for trial_id in work.running:
            if work.running.wish(trial_id) is Control.RUN:
                work.executor.control(trial_id, Control.PAUSE)

    def end(self) -> None:
        """The search is over: nobody needs the ballast any more; its room may be what the last words take."""
        self._ballast.drop()
        if self._work.store.trouble is not None:
            self._work.store.retry()

    def _block(self, reason: str) -> None:
        work = self._work
        self._log(reason)
        self._next_try = self._steady() + _RETRY_S
        work.steering.blocked = reason
        self._hold()
        self._ballast.drop()
        with work.store.transaction():
            work.steering.say()
        if work.store.trouble is not None:
            work.store.retry()

    def _try_to_go_on(self) -> None:
        work = self._work
        if work.store.trouble is not None and not work.store.retry():
            return
        if self._lacks_space():
            return
        try:
            self._ballast.hold()
        except OSError as error:
            self._say_again(self._said(error))
            return
        self._free_before, work.shortage = None, ""
        work.steering.blocked = ""
        with work.store.transaction():
            work.steering.say()
        if work.store.trouble is not None:  # it was gone again at once
            self._block(self._said(work.store.trouble))
            return
        self._log("the search goes on")
        for trial_id in work.running:
            work.executor.control(trial_id, work.running.wish(trial_id))

    def _say_again(self, reason: str) -> None:
        work = self._work
        if work.shortage or _kind_of(reason) == _kind_of(work.steering.blocked):
            return
        work.steering.blocked = reason
        with work.store.transaction():
            work.steering.say()

    def _lacks_space(self) -> bool:
        if self._free_before is None or self._steady() >= self._give_it_a_try_at:
            return False
        return self._free() < self._free_before + BALLAST_BYTES

    def _is_gone(self) -> bool:
        """Whether `search.db` is no longer the file that is being written."""
        try:
            now = self._database.stat()
        except FileNotFoundError:
            return True
        except OSError:  # a server that does not answer proves nothing
            return False
        return (now.st_dev, now.st_ino) != (self._file.st_dev, self._file.st_ino)

    def _free(self) -> int:
        try:
            return shutil.disk_usage(self._root).free
        except OSError:
            return 0

    def _said(self, error: sqlite3.Error | OSError) -> str:
        """What is wrong, and when it goes on, for people."""
        what = _NO_ROOM.get(error.errno or 0) if isinstance(error, OSError) else None
        if isinstance(error, sqlite3.Error):
            code: int = error.sqlite_errorcode & 0xFF
            if code == sqlite3.SQLITE_FULL:
                what = _NO_ROOM[errno.ENOSPC]
            elif code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL):
                return f"another program holds {self._database} locked; goes on when it lets go"
            else:
                what = self._probed()
        if what is not None:
            return f"{what}: {_size(self._free())} are free in {self._root}; goes on when there is room"
        return f"{self._root} cannot be written ({error}); goes on when it can"

    def _probed(self) -> str | None:
        """SQLite calls much an I/O error: what the system says when a file is written."""
        try:
            self._ballast.drop()
            self._ballast.hold()
        except OSError as error:
            return _NO_ROOM.get(error.errno or 0)
        return None


def _kind_of(reason: str) -> str:
    """What is wrong, without the figures."""
    return reason.partition(":")[0]


def _size(count: int) -> str:
    return f"{count / 2**20:,.1f} MiB"
