"""The folder of a local Ray, which is deleted at the next start if its process was killed."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from pathlib import Path
from typing import IO

SHORT_PATH = Path("/tmp")
"""Where a local Ray keeps its sockets and logs while it runs: names of sockets have at most 100 characters or so."""

_PREFIX = "ttr-"
_OWNER = "owner"
"""A file on which the process has a lock that uses the folder. The operating system takes it back when that dies."""


class RayFolder:
    """A new folder, for as long as this process lives; those of processes that have died are deleted before.

    Args:
        where: The folder that it is made in.
    """

    def __init__(self, where: Path) -> None:
        _delete_abandoned(where)
        self.path = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=where))
        unowned = self.path / f"{_OWNER}.new"
        self._owner: IO[str] = unowned.open("w", encoding="utf-8")
        fcntl.flock(self._owner, fcntl.LOCK_EX)
        unowned.rename(self.path / _OWNER)  # nobody finds it without its lock

    def delete(self) -> None:
        """Delete it."""
        shutil.rmtree(self.path, ignore_errors=True)
        self._owner.close()


def _delete_abandoned(where: Path) -> None:
    for owner in where.glob(f"{_PREFIX}*/{_OWNER}"):
        with contextlib.suppress(OSError):  # another user's, or locked: its process lives
            if owner.parent.lstat().st_uid != os.getuid():
                continue
            with owner.open("r+", encoding="utf-8") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                for path in set(owner.parent.iterdir()) - {owner}:
                    if path.is_symlink():  # Ray's, to its latest session
                        path.unlink()
                    else:
                        shutil.rmtree(path)
                # Last: where something is still being written, the next start tries again.
                shutil.rmtree(owner.parent)
