"""The search directory of a script: what is there when the script starts."""

from __future__ import annotations

import glob
import warnings
from pathlib import Path

from tui_tuner.engine.deletion import delete_parts
from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.engine.resume import restore_oracle
from tui_tuner.engine.store import Store
from tui_tuner.engine.view import Objective as EngineObjective
from tui_tuner.errors import TunerError
from tui_tuner.interop.keras_tuner_import import bring_in, search_in
from tui_tuner.interop.keras_tuner_project import is_project
from tui_tuner.oracles import HyperbandOracle, Oracle
from tui_tuner.oracles.stages import stage_of

_MARKS = ("search.db", "engine.lock", "oracle.json", "trial_*")
"""By one of these a folder is known for a search."""


def tuner_file(root: Path, tuner_id: str) -> Path:
    """KerasTuner's file by which it knows that there is something to reload."""
    return root / f"{tuner_id}.json"


def has_search(root: Path, tuner_id: str) -> bool:
    """Whether a search was begun in the folder, here or by KerasTuner."""
    return SearchDirectory(root).exists() or tuner_file(root, tuner_id).is_file() or is_project(root)


def delete_search(root: Path, tuner_id: str) -> None:
    """Delete the search that was begun in the folder, here or by KerasTuner, if there is one, and nothing else.

    Raises:
        DirectoryInUseError: If an engine runs the search.
        TunerError: If it cannot be deleted.
    """
    if any(next(root.glob(mark), None) for mark in _MARKS):
        delete_parts(SearchDirectory(root), also=[tuner_file(root, glob.escape(tuner_id)).name])


def reload_oracle(oracle: Oracle, root: Path) -> None:
    """Bring an oracle to where the last search in the folder left it, be it of this package or of KerasTuner.

    Files of KerasTuner that are cut off or missing are named in a warning.

    Raises:
        TunerError: If that search was for another objective, or of another kind.
    """
    with search_in(root, EngineObjective(oracle.objective.name, oracle.objective.direction)) as found:
        if found.problems:
            warnings.warn(f"{root}: left out: {'; '.join(found.problems)}", stacklevel=2)
        if found.database.is_file():
            _restore(oracle, found.database, root)


def record_trials(directory: SearchDirectory, oracle: Oracle) -> None:
    """Make `search.db` of the trials that an oracle has, if it has any and the directory has no search yet.

    Raises:
        DirectoryInUseError: If an engine is about to begin a search there.
        TunerError: If `search.db` cannot be made.
    """
    if oracle.trials and not directory.exists():
        oracle.find_stale_files()
        oracle.save()
        bring_in(directory, EngineObjective(oracle.objective.name, oracle.objective.direction))


def _restore(oracle: Oracle, database: Path, root: Path) -> None:
    store = Store(database)
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
    if isinstance(oracle, HyperbandOracle) and rows and not any(stage_of(row.hyperparameters) for row in rows):
        raise TunerError(
            f"{root}: the search here is none of Hyperband, whose brackets it lacks.",
            "Go on with the tuner that began it, give this one another `project_name`, or pass `overwrite=True`.",
        )
    restore_oracle(oracle, rows, meta.get("space"), meta.get("oracle_state"))
