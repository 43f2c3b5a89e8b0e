"""Tells a disk without room from a trial's own faults: the trial is run again once there is room."""

from __future__ import annotations

import errno
import re

_ERRNOS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})

_SAID = re.compile(
    r"No space left on device|Disk quota exceeded|File too large"
    r"|\berrno = (?:28|27|122)\b"  # HDF5's way to say it
    r"|\A\d+ requested and \d+ written\Z"  # NumPy's
)

_LONGEST = 4000


def found_no_room(error: BaseException) -> bool:
    """Whether the disk was full, or a quota or a limit of file sizes was reached, when `error` was raised.

    Libraries wrap the system's error in their own and keep only its text: the text counts too.
    """
    waiting, seen = [error], set[int]()
    while waiting:
        each = waiting.pop()
        if id(each) in seen:
            continue
        seen.add(id(each))
        if isinstance(each, OSError) and each.errno in _ERRNOS:
            return True
        if isinstance(each, OSError | RuntimeError) or type(each).__module__.startswith("tensorflow."):
            text = str(each)
            if _SAID.search(text[:_LONGEST]) or _SAID.search(text[-_LONGEST:]):
                return True
        waiting += [linked for linked in (each.__cause__, each.__context__) if linked is not None]
    return False


def is_no_room(error: OSError) -> bool:
    """Whether the system itself says that there is no room."""
    return error.errno in _ERRNOS
