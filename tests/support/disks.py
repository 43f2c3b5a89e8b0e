"""Disks that are full and folders that cannot be written, for real."""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

_BLOCK = 4096
_PR_CAPBSET_DROP = 24
_CAP_DAC_OVERRIDE = 1


class SmallDisk:
    """A file system of its own in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._filler = folder / "filler"

    def fill(self, leave: int = 0) -> None:
        """Fill it up.

        Args:
            leave: So many bytes stay free, rounded to blocks.
        """
        free = shutil.disk_usage(self.folder).free - leave
        with self._filler.open("ab", buffering=0) as filler, contextlib.suppress(OSError):
            while leave == 0 or free >= _BLOCK:
                free -= filler.write(b"x" * _BLOCK)

    def make_room(self) -> None:
        self._filler.unlink()


@contextmanager
def small_disk(folder: Path, size: int) -> Iterator[SmallDisk]:
    """Mount a disk of `size` bytes on the folder, which is made.

    Raises:
        subprocess.CalledProcessError: If that is not allowed here.
    """
    folder.mkdir(parents=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tui-tuner-test", str(folder)]
    subprocess.run(mount, check=True, capture_output=True)
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True, capture_output=True)


def can_mount() -> bool:
    """Whether this machine lets tests have disks of their own."""
    try:
        with tempfile.TemporaryDirectory() as name, small_disk(Path(name) / "disk", 2**20):
            return True
    except (OSError, subprocess.CalledProcessError):
        return False


def without_root_rights() -> Callable[[], None]:
    """What a child process calls before it becomes the program: the rights of folders count for root too then."""
    libc = ctypes.CDLL(None)

    def drop() -> None:
        if os.geteuid() == 0:
            libc.prctl(_PR_CAPBSET_DROP, _CAP_DAC_OVERRIDE, 0, 0, 0)

    return drop
