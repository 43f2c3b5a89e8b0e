"""Reads a study of Optuna as a search: what it ran can be looked at, exported and begun from. Writes nothing to it."""

from __future__ import annotations

import json
import math
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.engine.store import Store, TrialRow
from tui_tuner.engine.view import OPTUNA_STUDY, Objective, Scalar, TrialState
from tui_tuner.errors import TunerError, to_type
from tui_tuner.interop.optuna_extra import CONSTRAINTS, optuna
from tui_tuner.interop.project import Project, ProjectTrial, begin_search
from tui_tuner.space import HyperParameters

if TYPE_CHECKING:
    from optuna import Study
    from optuna.distributions import BaseDistribution
    from optuna.storages import BaseStorage
    from optuna.trial import FrozenTrial

_SQLITE_URL = "sqlite:///"
_SQLITE = b"SQLite format 3\0"
_STATES = {
    "COMPLETE": TrialState.COMPLETED,
    "PRUNED": TrialState.STOPPED,
    "FAIL": TrialState.FAILED,
    "RUNNING": TrialState.INTERRUPTED,
}
"""By Optuna's name; trials that only wait are left out."""


@contextmanager
def study_in(file: Path) -> Iterator[Path]:
    """The `search.db` of the one study in a file, for as long as the block runs.

    Args:
        file: A SQLite file or a journal of Optuna's.

    Raises:
        TunerError: If it is neither, holds several studies, or the extra is not there.
    """
    if file.name == SearchDirectory(file.parent).database.name:
        raise TunerError(f"{file}: is a part of a search.", f"Give its directory: {file.parent}")
    if file.suffix in (".yaml", ".yml", ".py"):
        raise TunerError(f"{file}: is no search.", f"To run it: {to_type('run', file)}")
    with tempfile.TemporaryDirectory(prefix="tui-tuner-") as folder:
        database = SearchDirectory(Path(folder)).database
        _write(database, open_study(str(file)))
        yield database


def import_study(source: str, study: str | None, to: Path | None) -> Path:
    """Make a search directory of a study.

    Args:
        source: Where it is: a file, or the URL of a storage.
        study: Its name; needed where there are several.
        to: The directory, which must not hold a search yet. Default: `searches/<name>`.

    Returns:
        The directory.

    Raises:
        TunerError: If it cannot be read, or the directory cannot be written.
    """
    found = open_study(source, study)
    name = "".join(char if char.isalnum() or char in "-_. " else "-" for char in found.study_name).lstrip(".")
    directory = SearchDirectory(to or Path("searches") / (name or "study"))
    if directory.exists():
        raise TunerError(f"{directory.root}: a search is there already.", "Give another directory with --to.")
    try:
        directory.root.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise TunerError(
            f"{directory.root}: could not be made ({error.strerror or error}).", "Give another one with --to."
        ) from error
    _write(directory.database, found)
    return directory.root


def open_study(source: str, name: str | None = None) -> Study:
    """A study of Optuna's.

    Raises:
        TunerError: If it cannot be read, there are several and no name tells which, or the extra is not there.
    """
    found = optuna()
    try:
        storage = _storage(source)
        names = found.study.get_all_study_names(storage)
        if name is None and len(names) == 1:
            name = names[0]
        if name in names:
            return found.load_study(study_name=name, storage=storage)
    except TunerError:
        raise
    except Exception as error:  # of Optuna, of SQLAlchemy, or of a database's own driver
        raise TunerError(f"{source}: cannot be read as a storage of Optuna ({error}).") from error
    known = ", ".join(sorted(names)) or "none"
    if name is None:
        hint = f"Say which: {to_type('import', source)} --study NAME, which makes a search directory."
        raise TunerError(f"{source}: holds {len(names)} studies: {known}.", hint if names else "")
    raise TunerError(f"{source}: has no study {name!r}.", f"It has: {known}.")


def read_study(study: Study) -> Project:
    """What a study has run. Of several objectives the first one is the score."""
    names = study.metric_names or ["value", *(f"value_{number}" for number in range(2, len(study.directions) + 1))]
    objectives = tuple(
        Objective(name, "min" if direction.name == "MINIMIZE" else "max")
        for name, direction in zip(names, study.directions, strict=True)
    )
    trials = [trial for trial in study.get_trials(deepcopy=False) if trial.state.name in _STATES]
    return Project(
        tuner=OPTUNA_STUDY,
        objectives=objectives[:1],
        other_objectives=objectives[1:],
        is_nameless=study.metric_names is None,
        max_trials=None,
        trials=tuple(_trial(number, trial, objectives) for number, trial in enumerate(trials)),
        space=_space(trials),
        oracle_state=None,
        problems=(),
    )


def _write(database: Path, study: Study) -> None:
    project = read_study(study)
    store = Store(database)
    try:
        with store.transaction():
            begin_search(store, project, study.study_name, "a study of Optuna's")
    finally:
        store.close()


def _storage(source: str) -> BaseStorage:
    """Opens a storage for reading: a file is not changed."""
    storages = optuna().storages
    if source.startswith(_SQLITE_URL) and "?" not in source:
        source = source.removeprefix(_SQLITE_URL)  # SQLite makes a file that is not there
    if "://" in source:
        return storages.get_storage(source)
    path = Path(source).absolute()
    if path.is_dir():
        needless = f"The directory of a search is shown as it is: {to_type('attach', source)}"
        raise TunerError(f"{source}: is a directory, and a storage of Optuna is a file or a URL.", needless)
    try:
        with path.open("rb") as file:
            head = file.read(len(_SQLITE))
            line = b"" if head == _SQLITE else head + file.readline()
    except OSError as error:
        raise TunerError(f"{source}: cannot be read ({error.strerror or error}).") from error
    if head == _SQLITE:
        if not _has_studies(path):
            raise TunerError(f"{source}: is a SQLite file, and no storage of Optuna: it has no table of studies.")
        return storages.RDBStorage(f"sqlite:///{path.as_uri()}?mode=ro&uri=true", skip_table_creation=True)
    if not _is_journal(line):
        raise TunerError(f"{source}: is no storage of Optuna, neither a SQLite file nor a journal.")
    return storages.JournalStorage(storages.journal.JournalFileBackend(str(path)))


def _has_studies(path: Path) -> bool:
    connection = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
    try:
        found = connection.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'studies'")
        return found.fetchone() is not None
    finally:
        connection.close()


def _is_journal(line: bytes) -> bool:
    try:
        entry = json.loads(line)
    except ValueError:
        return False
    return isinstance(entry, dict) and "op_code" in entry


def _trial(number: int, trial: FrozenTrial, objectives: Sequence[Objective]) -> ProjectTrial:
    objective = objectives[0]
    started, ended = (each.timestamp() if each else None for each in (trial.datetime_start, trial.datetime_complete))
    curve = {step: value for step, value in sorted(trial.intermediate_values.items()) if step >= 0}
    value = trial.values[0] if trial.values else None
    if value is None and trial.state.name == "PRUNED" and curve:
        value = curve[max(curve)]  # what Optuna's own samplers learn from
    score = None if value is None or math.isnan(value) else value
    row = TrialRow(
        trial_id=str(trial.number),
        number=number,
        status=_STATES[trial.state.name],
        hyperparameters={name: _plain(value, trial.distributions[name]) for name, value in trial.params.items()},
        score=score,
        best_epoch=next((step for step, shown in curve.items() if shown == score), None),
        started=started,
        ended=ended,
        duration_s=None if started is None or ended is None else ended - started,
        message=str(trial.system_attrs.get("fail_reason", "")),
        runs=1,
        metrics={each.name: value for each, value in zip(objectives, trial.values or (), strict=False)},
        other_scores=tuple(trial.values[1:]) if trial.values else (),
        violation=_violation(trial),
    )
    epochs = tuple((step, {objective.name: shown}) for step, shown in curve.items())
    return ProjectTrial(row, epochs, ended or started or 0.0)


def _violation(trial: FrozenTrial) -> float | None:
    """By how much a trial violates Optuna's constraints, summed; `None` if it has none."""
    attributes = trial.system_attrs
    each = [value for name, value in attributes.items() if name.startswith(f"{CONSTRAINTS}:")]
    values = [*attributes.get(CONSTRAINTS, ()), *each]
    return sum(max(0.0, value) for value in values) if values else None


def _space(trials: Iterable[FrozenTrial]) -> Mapping[str, Any] | None:
    """The hull of what was suggested; on what a parameter depends, Optuna does not store."""
    suggested: dict[str, list[BaseDistribution]] = {}
    for trial in trials:
        for name, distribution in trial.distributions.items():
            known = suggested.setdefault(name, [])
            if distribution not in known:
                known.append(distribution)
    space = HyperParameters()
    for name, distributions in suggested.items():
        _define(space, name, distributions)
    return space.get_config() if space.space else None


def _define(space: HyperParameters, name: str, distributions: Sequence[BaseDistribution]) -> None:
    first = distributions[0]
    if hasattr(first, "choices"):
        values = list(dict.fromkeys(_plain(value, one) for one in distributions for value in _choices(one)))
        if set(map(type, values)) == {bool} and len(values) == 2:
            space.Boolean(name, default=bool(values[0]))
        else:
            space.Choice(name, values)
        return
    low = min(one.low for one in distributions if hasattr(one, "low"))
    high = max(one.high for one in distributions if hasattr(one, "high"))
    is_log = bool(getattr(first, "log", False))
    step = getattr(first, "step", None) if len(distributions) == 1 and not is_log else None
    if low == high:
        space.Fixed(name, low)
    elif isinstance(low, int):
        space.Int(name, low, high, step=step or (None if is_log else 1), sampling="log" if is_log else "linear")
    else:
        space.Float(name, low, high, step=step, sampling="log" if is_log else "linear")


def _choices(distribution: BaseDistribution) -> Sequence[Any]:
    return getattr(distribution, "choices", ())


def _plain(value: Any, distribution: BaseDistribution) -> Scalar:
    """A value as a search space can hold it: choices of several types, or of none that it knows, become text."""
    choices = _choices(distribution)
    if choices and (len(set(map(type, choices))) > 1 or not isinstance(choices[0], Scalar)):
        return str(value)
    plain: Scalar = value
    return plain
