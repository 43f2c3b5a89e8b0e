"""Which files are installed libraries, wherever they are: `PYTHONPATH` may name those of a cluster."""

from __future__ import annotations

import sys
from pathlib import Path

_FOLDERS = frozenset({"site-packages", "dist-packages"})
"""Where packages are installed; the second one is Debian's."""


def is_installed(file: str | Path) -> bool:
    """Whether a file lies in a folder that packages are installed into, of this Python or of another one."""
    return not _FOLDERS.isdisjoint(Path(file).parts)


def file_of(name: str) -> str | None:
    """The file of a loaded module; `None` if it has none.

    A module that its package has made up, and whose file does not exist (`torch.ops`), is where its package is.
    """
    file = getattr(sys.modules.get(name), "__file__", None)
    package = name.partition(".")[0]
    if isinstance(file, str) and package != name and not Path(file).is_file():
        return file_of(package)
    return file if isinstance(file, str) else None
