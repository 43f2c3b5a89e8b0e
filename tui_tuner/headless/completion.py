"""What the shell offers where a command takes a search, a config or a script: those that are there."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

_DEPTH = 3
_LOOKED_AT = 5000
"""A key press waits: no more entries than these are looked at."""

_OF_A_SEARCH = ("search.db", "oracle.json")
_CONFIGS = (".yaml", ".yml", ".py")


def complete_search(incomplete: str) -> list[str]:
    """Search directories that begin so, KerasTuner's too, at most three folders further down."""
    return list(_found(incomplete, lambda entry: entry.is_dir() and _is_search(entry.path)))


def complete_config(incomplete: str) -> list[str]:
    """Config files and scripts that begin so, at most three folders further down."""
    return list(_found(incomplete, lambda entry: entry.name.endswith(_CONFIGS) and entry.is_file()))


def _is_search(path: str) -> bool:
    return any(os.path.isfile(os.path.join(path, name)) for name in _OF_A_SEARCH)  # noqa: PTH113, PTH118 - as typed


def _found(incomplete: str, wanted: Callable[[os.DirEntry[str]], bool]) -> Iterator[str]:
    """Paths as the person began to type them; the nearest first, hidden ones only if asked for."""
    typed, _, begun = incomplete.rpartition("/")
    folder = f"{typed}/" if "/" in incomplete else ""
    left = _LOOKED_AT
    folders = [(folder, 1)]
    while folders:
        folder, depth = folders.pop(0)
        try:
            entries = sorted(os.scandir(os.path.expanduser(folder) or "."), key=lambda entry: entry.name)  # noqa: PTH111
        except OSError:
            continue
        for entry in entries:
            left -= 1
            if left < 0:
                return
            if depth == 1 and not entry.name.startswith(begun):
                continue
            if entry.name.startswith((".", "__")) and not (depth == 1 and begun):
                continue
            try:
                if wanted(entry):
                    yield folder + entry.name
                elif depth < _DEPTH and entry.is_dir():
                    folders.append((f"{folder}{entry.name}/", depth + 1))
            except OSError:
                continue
