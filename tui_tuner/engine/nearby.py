"""Where a search is instead, for whoever named a folder that is none."""

from __future__ import annotations

import difflib
import itertools
import shlex
from collections.abc import Iterable
from pathlib import Path

_SHOWN = 5
_LOOKED_AT = 1000


def hint_at_searches(database: Path) -> str:
    """What to do about a `search.db` that is not there: the searches in its folder, around it, or of a name like it."""
    folder = database.parent
    if folder.is_file():
        return "This is a file: give the directory of a search."
    below = [each for each in _entries(folder) if _holds(each, database.name)]
    if below:
        more = f" and {len(below) - _SHOWN} more" if len(below) > _SHOWN else ""
        return f"It holds searches: {_listed(below[:_SHOWN])}{more}"
    around = folder.parent if folder.name else folder.absolute().parent  # `.` has no name
    if folder.is_dir() and _holds(around, database.name):
        return f"It is a part of the search {_listed([around])}."
    beside = {each.name: each for each in _entries(around) if _holds(each, database.name)}
    meant = difflib.get_close_matches(folder.name, beside, n=1)
    if meant:
        return f"Did you mean {_listed([beside[meant[0]]])}?"
    within = [each / folder.name for each in _entries(around) if _holds(each / folder.name, database.name)]
    if within:
        return f"Did you mean {_listed(within[:_SHOWN])}?"
    return "Check the directory's name."


def _holds(folder: Path, name: str) -> bool:
    try:
        return (folder / name).is_file()
    except OSError:
        return False


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(itertools.islice(folder.iterdir(), _LOOKED_AT))
    except OSError:
        return []


def _listed(folders: Iterable[Path]) -> str:
    return ", ".join(shlex.quote(str(folder)) for folder in folders)
