"""A runner that a script has made, in a file for its worker processes."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from tui_tuner.worker.atomic import replacing
from tui_tuner.worker.protocol import JobRunner

PREFIX = "pickle:"
"""`Task.model` is this and the file's path."""


@dataclass(frozen=True)
class HandedOver:
    """What a worker needs to become the script's deputy.

    Args:
        path: The script's `sys.path`.
        preparations: Functions of this package to call first.
        runner: The runner, pickled; it may need what the preparations do.
    """

    path: tuple[str, ...]
    preparations: tuple[Callable[[], None], ...]
    runner: bytes


def write(handed: HandedOver, file: Path) -> None:
    """Write it.

    Raises:
        OSError: If it cannot be written.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    with replacing(file) as draft:
        draft.write_bytes(pickle.dumps(handed))


def open_runner(file: Path) -> JobRunner:
    """Become the script's deputy. The file comes from this search's own scratch folder, as the code of the search does.

    Raises:
        Exception: Whatever unpickling raises.
    """
    handed = pickle.loads(file.read_bytes())
    assert isinstance(handed, HandedOver)
    sys.path[:] = handed.path
    for prepare in handed.preparations:
        prepare()
    return cast("JobRunner", pickle.loads(handed.runner))
