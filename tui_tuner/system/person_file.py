"""Small files about one search that are kept for the person at this machine.

Nothing depends on them: where nothing can be read or written, nothing is remembered.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tui_tuner.system.user_state import user_state_folder

KEPT = 500
"""So many searches are remembered; what was not written for the longest time is forgotten."""


class PersonFile:
    """One search's file of one kind.

    Args:
        root: The search directory.
        kind: Name of the folder of such files.
    """

    def __init__(self, root: Path, kind: str) -> None:
        # The name says nothing; the directory is in the file for people who look.
        self._root = str(Path(os.path.abspath(root)))  # noqa: PTH100 - links are not followed: they may not resolve
        name = hashlib.sha256(os.fsencode(self._root)).hexdigest()[:32]
        self._file = user_state_folder() / kind / f"{name}.json"

    def read(self) -> dict[str, Any]:
        """What was written last; empty if nothing was, or nobody knows."""
        return read_json(self._file)

    def write(self, values: Mapping[str, Any]) -> None:
        """Keep these values, which JSON can say, in place of the last."""
        with contextlib.suppress(OSError):
            is_new = not self._file.exists()
            write_json(self._file, {"directory": self._root, **values})
            if is_new:
                _forget_oldest(self._file.parent)

    def delete(self) -> None:
        """Forget what was kept."""
        with contextlib.suppress(OSError):
            self._file.unlink()


def read_json(file: Path) -> dict[str, Any]:
    """What is in a file of this kind; empty if nothing is, or nobody knows."""
    try:
        stored = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stored if isinstance(stored, dict) else {}


def write_json(file: Path, values: Mapping[str, Any]) -> None:
    """Put values in place of what is in a file, wholly or not at all.

    Raises:
        OSError: If that cannot be done.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor, beside = tempfile.mkstemp(prefix=".", suffix=".new", dir=file.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as opened:
            json.dump(values, opened)
        Path(beside).replace(file)
    except OSError:
        Path(beside).unlink(missing_ok=True)
        raise


def files_of(kind: str) -> list[Path]:
    """The files of a kind, what was written last first."""
    return _latest_first(user_state_folder() / kind)


def _forget_oldest(folder: Path) -> None:
    for file in _latest_first(folder)[KEPT:]:
        file.unlink(missing_ok=True)


def _latest_first(folder: Path) -> list[Path]:
    found = []
    for file in folder.glob("*.json"):
        with contextlib.suppress(OSError):  # another program may have forgotten it just now
            found.append((file.stat().st_mtime, file))
    return [file for _, file in sorted(found, reverse=True)]
