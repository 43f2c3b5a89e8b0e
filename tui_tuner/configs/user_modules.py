"""The names under which users' files are imported, and how processes that a worker starts find them by these names."""

from __future__ import annotations

import hashlib
import importlib.util
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

_PREFIX = "_tui_tuner_user_"
_DIGITS = 12


def name_of(path: Path) -> str:
    """A name for a user's file that no other module has."""
    return f"{_PREFIX}{hashlib.sha256(str(path).encode()).hexdigest()[:_DIGITS]}_{path.stem}"


class UserModules(MetaPathFinder):
    """Finds a user's file by its name, in the folders of `sys.path`, where the one that imported it has put its folder.

    For the processes of `multiprocessing` that are not forked: they get `sys.path`, and import what they are handed.
    """

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """How to import the module; `None` if it is no user's file, or the file is not there."""
        if not fullname.startswith(_PREFIX):
            return None
        stem = fullname[len(_PREFIX) + _DIGITS + 1 :]
        files = (Path(folder) / f"{stem}.py" for folder in sys.path)
        found = next((file for file in files if name_of(file) == fullname), None)
        return None if found is None else importlib.util.spec_from_file_location(fullname, found)
