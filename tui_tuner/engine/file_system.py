"""On what kind of file system a folder lies: SQLite's write-ahead log needs memory that all its readers share."""

from __future__ import annotations

import re
from pathlib import Path

MOUNTS = Path("/proc/self/mounts")
"""Where Linux tells what is mounted; other systems have no such file, and their folders are taken for local."""

_NETWORKED = frozenset(
    {
        "9p",
        "afs",
        "beegfs",
        "ceph",
        "cifs",
        "davfs",
        "gfs2",
        "glusterfs",
        "gpfs",
        "lustre",
        "ncpfs",
        "nfs",
        "nfs4",
        "ocfs2",
        "orangefs",
        "panfs",
        "pvfs2",
        "smb2",
        "smb3",
        "smbfs",
        "sshfs",
    }
)

_NETWORKED_IN_USER_SPACE = re.compile(r"fuse\.(?!(?:ntfs|ntfs-3g|exfat|ext[234]|mergerfs|overlayfs|fuse-overlayfs)\Z)")
"""What is mounted through FUSE is most often on another machine (sshfs, s3fs, gcsfuse, rclone, ...)."""


def is_networked(path: Path, mounts: Path | None = None) -> bool:
    """Whether a path lies, or would lie, on a file system that several machines may share.

    Args:
        path: It need not be there.
        mounts: A table in the form of `fstab`, in place of the system's own.
    """
    kind = file_system_of(path, mounts)
    return kind in _NETWORKED or _NETWORKED_IN_USER_SPACE.match(kind) is not None


def file_system_of(path: Path, mounts: Path | None = None) -> str:
    """The kind of file system that a path lies on, such as `ext4`; empty where that cannot be found out.

    Args:
        path: It need not be there.
        mounts: As for `is_networked`.
    """
    try:
        lines = (mounts or MOUNTS).read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return ""
    here = path.resolve()
    found, depth = "", -1
    for line in lines:
        fields = line.split()
        if len(fields) < 3 or fields[2] == "autofs":  # which only waits to be mounted over
            continue
        point = Path(_unescaped(fields[1]))
        if len(point.parts) >= depth and here.is_relative_to(point):  # of two mounts on one point the later one hides
            found, depth = fields[2], len(point.parts)
    return found


def _unescaped(text: str) -> str:
    """The table writes spaces and the like as octal numbers: `\\040`."""
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), text)
