"""The search directory of a script: what is there when the script starts."""

from __future__ import annotations

import shutil
from pathlib import Path

from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.engine.lock import EngineLock
from tui_tuner.engine.resume import restore_oracle
from tui_tuner.engine.store import Store
from tui_tuner.errors import TunerError
from tui_tuner.oracles import Oracle

_MARKS = ("search.db", "engine.lock", "oracle.json", "trial_*")
"""By one of these a folder is known for a search."""


def tuner_file(root: Path, tuner_id: str) -> Path:
    """KerasTuner's file by which it knows that there is something to reload."""
    return root / f"{tuner_id}.json"


def has_search(root: Path, tuner_id: str) -> bool:
    """Whether a search was begun in the folder, here or by KerasTuner."""
    return SearchDirectory(root).exists() or tuner_file(root, tuner_id).is_file()


def delete_search(root: Path) -> None:
    """Delete the folder if a search was begun in it; one that holds other things only is left alone.

    Raises:
        DirectoryInUseError: If an engine runs the search.
        TunerError: If it cannot be deleted.
    """
    if not any(next(root.glob(mark), None) for mark in _MARKS):
        return
    lock = EngineLock(SearchDirectory(root).lock)
    lock.acquire()
    try:
        shutil.rmtree(root)
    except OSError as error:
        raise TunerError(f"{root}: the old search could not be deleted ({error}).") from error
    finally:
        lock.release()


def reload_oracle(oracle: Oracle, root: Path) -> None:
    """Bring an oracle to where the last search in the folder left it.

    Raises:
        TunerError: If that search was for another objective.
        RuntimeError: If KerasTuner's files are those of another kind of search.
    """
    directory = SearchDirectory(root)
    if not directory.exists():
        oracle.reload()
        return
    store = Store(directory.database)
    try:
        meta, rows = store.meta(), store.trials()
    finally:
        store.close()
    stored, objective = meta.get("objective"), oracle.objective
    if stored is not None and (stored["name"], stored["direction"]) != (objective.name, objective.direction):
        raise TunerError(
            f"{root}: the search here is for the {stored['direction']} of {stored['name']}, and the tuner's objective "
            f"is the {objective.direction} of {objective.name}.",
            "Give the tuner another `project_name`, or pass `overwrite=True` to begin anew.",
        )
    restore_oracle(oracle, rows, meta.get("space"), meta.get("oracle_state"))
