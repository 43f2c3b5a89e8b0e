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
        try:
            stored = json.loads(self._file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return stored if isinstance(stored, dict) else {}

    def write(self, values: Mapping[str, Any]) -> None:
        """Keep these values, which JSON can say, in place of the last."""
        with contextlib.suppress(OSError):
            self._write(values)

    def _write(self, values: Mapping[str, Any]) -> None:
        folder = self._file.parent
        is_new = not self._file.exists()
        folder.mkdir(parents=True, exist_ok=True)
        descriptor, beside = tempfile.mkstemp(prefix=".", suffix=".new", dir=folder)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
                json.dump({"directory": self._root, **values}, file)
            Path(beside).replace(self._file)
        except OSError:
            Path(beside).unlink(missing_ok=True)
            raise
        if is_new:
            _forget_oldest(folder)


def _forget_oldest(folder: Path) -> None:
    files = sorted(folder.glob("*.json"), key=lambda file: file.stat().st_mtime)
    for file in files[: max(0, len(files) - KEPT)]:
        file.unlink(missing_ok=True)
