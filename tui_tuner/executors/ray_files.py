"""Files that travel between the engine's machine and one that does not see the search directory."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tui_tuner.worker.atomic import replacing

_PART_BYTES = 64 * 2**20
"""Files travel in parts of this size."""


@dataclass(frozen=True)
class FilePart:
    """A part of a file. `path` is relative to the folder that the files came from."""

    path: str
    start: int
    content: bytes
    is_last: bool


Parcel = tuple[FilePart, ...]


def pack(root: Path, folders: Iterable[Path]) -> Iterator[FilePart]:
    """The files in `folders`, which lie under `root`, or are files there; what is missing or unreadable is left out."""
    for folder in folders:
        files = [folder] if folder.is_file() else sorted(path for path in folder.rglob("*") if path.is_file())
        for path in files:
            if not path.name.startswith(".new."):  # a file that was being written when its worker ended
                yield from _parts(path, path.relative_to(root).as_posix())


def unpack(root: Path, parts: Iterable[FilePart]) -> None:
    """Write the files under `root`, each as a whole.

    Raises:
        OSError: If a file cannot be written.
        ValueError: If a path leads out of `root`.
    """
    with contextlib.ExitStack() as drafts:
        draft: Path | None = None
        for part in parts:
            target = Path(os.path.normpath(root / part.path))
            if not target.is_relative_to(root):
                raise ValueError(f"the path {part.path!r} leads out of {root}")
            if part.start == 0:
                draft = drafts.enter_context(replacing(target))
            assert draft is not None
            with draft.open("wb" if part.start == 0 else "ab") as file:
                file.write(part.content)
            if part.is_last:
                drafts.close()
                draft = None


def _parts(path: Path, name: str) -> Iterator[FilePart]:
    try:
        file = path.open("rb")
    except OSError:
        return
    with file:
        start = 0
        content = file.read(_PART_BYTES)
        while True:
            following = file.read(_PART_BYTES)
            yield FilePart(name, start, content, is_last=not following)
            if not following:
                return
            start, content = start + len(content), following
