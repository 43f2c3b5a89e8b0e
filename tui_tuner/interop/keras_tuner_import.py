"""Brings what KerasTuner wrote into `search.db`, where all else finds it; KerasTuner's files stay as they are."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.engine.events import Warned
from tui_tuner.engine.lock import EngineLock, is_held
from tui_tuner.engine.schema import connect
from tui_tuner.engine.store import Store, TrialRow
from tui_tuner.engine.view import Objective
from tui_tuner.errors import TunerError
from tui_tuner.interop.keras_tuner_project import is_project, read_project
from tui_tuner.interop.project import ENDED, Project, begin_search, is_unread, leave_search, note_best, write_trial
from tui_tuner.oracles.memory import WRITTEN_BY

_POSSIBLE_OBJECTIVES = "keras_tuner_objectives"
"""Key of `meta`: the objectives, as `[name, direction]`, that an imported search can have been for; empty if nothing
tells, null once a script has told."""


@dataclass(frozen=True)
class Found:
    """The `search.db` of a directory.

    Args:
        database: The file; it may be missing if there is no search.
        problems: One line for each file of KerasTuner that could not be used.
    """

    database: Path
    problems: tuple[str, ...] = ()


@contextmanager
def search_in(root: Path, objective: Objective | None = None) -> Iterator[Found]:
    """The search in a directory, with all that KerasTuner wrote there, for as long as the block runs.

    Where nothing can be written, because the directory is read-only, that is in a temporary `search.db`; so is the one
    study in a file of Optuna's.

    Args:
        root: The directory, or the file.
        objective: See `bring_in`.

    Raises:
        TunerError: If `search.db` cannot be used.
    """
    if root.is_file():
        from tui_tuner.interop.optuna_import import study_in

        with study_in(root) as database:
            yield Found(database)
        return
    directory = SearchDirectory(root)
    found = Found(directory.database)
    try:
        found = Found(directory.database, bring_in(directory, objective))
    except (OSError, TunerError):
        if not directory.exists():
            with _temporary(root, objective) as found:
                yield found
            return
    if directory.exists() and not os.access(root, os.W_OK) and not _opens(directory.database):
        with _temporary(root, objective) as found:
            yield found
        return
    yield found


def refresh(root: Path, found: Found) -> None:
    """Bring in what KerasTuner has written since.

    Args:
        found: What `search_in` yielded.

    Raises:
        TunerError: If `search.db` cannot be written now.
        OSError: If the directory cannot be written any more.
    """
    directory = SearchDirectory(root)
    if found.database == directory.database:
        bring_in(directory)
    else:
        _update(found.database, root, None)


@contextmanager
def _temporary(root: Path, objective: Objective | None) -> Iterator[Found]:
    """A copy of the directory's `search.db`, if it has one, with what KerasTuner wrote."""
    original = SearchDirectory(root).database
    with tempfile.TemporaryDirectory(prefix="tui-tuner-") as folder:
        database = Path(folder) / original.name
        for ending in ("", "-wal"):  # the second holds what is not yet in the first
            if (part := original.with_name(original.name + ending)).is_file():
                shutil.copyfile(part, database.with_name(part.name))
        yield Found(database, _update(database, root, objective) if is_project(root) else ())


def _opens(database: Path) -> bool:
    """Whether SQLite gets by with reading: beside a database that nobody has open it wants to write."""
    try:
        connect(database).close()
    except TunerError:
        return False
    return True


def bring_in(directory: SearchDirectory, objective: Objective | None = None) -> tuple[str, ...]:
    """Bring `search.db` up to what KerasTuner wrote in the directory; it is made if it is not there.

    Does nothing if KerasTuner wrote nothing there, or if an engine runs the search.

    Args:
        objective: The objective, from a script that knows; it takes the place of one that was guessed, if it can be
            what the search was for.

    Returns:
        One line for each file that could not be used.

    Raises:
        DirectoryInUseError: If an engine is about to run the search.
        TunerError: If `search.db` cannot be written.
        OSError: If the directory cannot be written.
    """
    root = directory.root
    if not is_project(root) or (directory.exists() and _is_ours(root)) or is_held(directory.lock):
        return ()
    lock = EngineLock(directory.lock)
    lock.acquire()
    try:
        return _update(directory.database, root, objective)
    finally:
        lock.release()


def _is_ours(root: Path) -> bool:
    """Whether the last to save the search was this package; then `search.db` has all of it, and more."""
    try:
        with (root / "oracle.json").open("rb") as file:
            return file.read(64).startswith(f'{{"{WRITTEN_BY}": "tui-tuner"'.encode())
    except OSError:
        return False


def _update(database: Path, root: Path, objective: Objective | None) -> tuple[str, ...]:
    project = read_project(root)
    store = Store(database)
    try:
        rows = {row.trial_id: row for row in store.trials()}
        with store.transaction():
            if rows or "objective" in store.meta():
                _merge(store, project, rows)
            else:
                _begin(store, project, root.absolute().name)
                rows = {trial.row.trial_id: trial.row for trial in project.trials}
            if objective is not None:
                _settle_objective(store, rows, objective)
    finally:
        store.close()
    return project.problems


def _begin(store: Store, project: Project, name: str) -> None:
    """Write a search that was not there."""
    store.set_meta(**{_POSSIBLE_OBJECTIVES: [[each.name, each.direction] for each in project.objectives]})
    if not project.objectives:
        store.event(Warned("KerasTuner's files do not tell the objective: the scores are taken as minimised"))
    begin_search(store, project, name, "as its script left it, which can go on with it")


def _settle_objective(store: Store, rows: Mapping[str, TrialRow], objective: Objective) -> None:
    """Take the objective that a script names for the one that was guessed, if it can be that."""
    possible = store.meta().get(_POSSIBLE_OBJECTIVES)
    if possible is None or (possible and [objective.name, objective.direction] not in possible):
        return
    store.set_meta(objective={"name": objective.name, "direction": objective.direction}, **{_POSSIBLE_OBJECTIVES: None})
    note_best(store, list(rows.values()), objective)


def _merge(store: Store, project: Project, rows: dict[str, TrialRow]) -> None:
    """Add what KerasTuner has run since the search was recorded here."""
    changed = {}
    for trial in project.trials:
        row = _merged(rows.get(trial.row.trial_id), trial.row, len(rows))
        if row is not None:
            changed[row.trial_id] = trial
            rows[row.trial_id] = row
    if not changed:
        return
    leave_search(store, project, f"its script went on with it: {_trials(list(changed))}")
    for trial_id, trial in changed.items():
        write_trial(store, rows[trial_id], trial)
    if project.space is not None:
        store.set_meta(space=project.space)
    if project.oracle_state is not None:
        store.set_meta(oracle_state=project.oracle_state)
    meta = store.meta()
    if meta.get("max_trials") is not None and len(rows) > meta["max_trials"]:
        store.set_meta(max_trials=None)  # a later script wanted more; only it knows how many
    objective = meta["objective"]
    note_best(store, list(rows.values()), Objective(objective["name"], objective["direction"]))


def _merged(before: TrialRow | None, now: TrialRow, count: int) -> TrialRow | None:
    """What becomes of a trial; `None` if it stays what it is."""
    if before is None:
        return replace(now, number=count)
    if is_unread(before):
        return None if is_unread(now) else replace(now, number=before.number)
    if before.status in ENDED or now.status not in ENDED or is_unread(now):
        return None
    return replace(now, number=before.number, attempt=before.attempt + 1, runs=before.runs + 1)


def _trials(trial_ids: Sequence[str]) -> str:
    return f"trial{'s' * (len(trial_ids) > 1)} {', '.join(trial_ids[:5])}{', ...' * (len(trial_ids) > 5)}"
