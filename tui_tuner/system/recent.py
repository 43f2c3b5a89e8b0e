"""The searches that the person at this machine has opened, the latest first."""

from __future__ import annotations

from pathlib import Path

from tui_tuner.system.person_file import PersonFile, files_of, read_json

_KIND = "searches"


def remember(root: Path) -> None:
    """Somebody runs, resumes or watches the search in a directory."""
    PersonFile(root, _KIND).write({})


def remembered() -> list[Path]:
    """Their directories, which may be gone by now."""
    stored = [read_json(file).get("directory") for file in files_of(_KIND)]
    return [Path(directory) for directory in stored if isinstance(directory, str)]


def forget(root: Path) -> None:
    """The search is gone."""
    PersonFile(root, _KIND).delete()
