"""Paths as people write them in a config."""

from __future__ import annotations

from pathlib import Path


def absolute_path(path: Path, folder: Path) -> Path:
    """`path` made absolute, starting at `folder`, with `~` and links resolved as far as that is possible."""
    try:
        return (folder / path.expanduser()).resolve()
    except (OSError, RuntimeError, ValueError):  # no such user, a loop of links, a NUL: opening it says what is wrong
        return folder / path
