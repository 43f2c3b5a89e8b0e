"""Writes a search as a study of Optuna's, for its dashboard and its own plots."""

from __future__ import annotations

import math
import sqlite3
import warnings
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from tui_tuner.analysis.curves import mean_curve
from tui_tuner.analysis.pareto import objectives, values_of
from tui_tuner.engine.reader import SearchReader
from tui_tuner.engine.view import HyperParameterView, Scalar, SearchView, TrialState, TrialView
from tui_tuner.interop.optuna_extra import CONSTRAINTS, optuna
from tui_tuner.worker.atomic import replacing

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution
    from optuna.trial import FrozenTrial

_STATES = {
    TrialState.COMPLETED: "COMPLETE",
    TrialState.STOPPED: "PRUNED",
    TrialState.FAILED: "FAIL",
    TrialState.INVALID: "FAIL",
    TrialState.RUNNING: "RUNNING",
    TrialState.INTERRUPTED: "RUNNING",
}


def write_study(reader: SearchReader, folder: Path) -> Path:
    """Write the search as the one study in the SQLite storage `optuna.db`; one that is there is replaced.

    Raises:
        TunerError: If the extra is not there.
        OSError: If it cannot be written.
    """
    found = optuna()
    from sqlalchemy import event

    view = reader.poll()
    distributions = _distributions(view)
    path = folder / "optuna.db"
    with replacing(path) as new:
        new.unlink(missing_ok=True)
        storage = found.storages.RDBStorage(f"sqlite:///{new.absolute()}")
        event.listen(storage.engine, "connect", _hurry)
        storage.engine.dispose()  # to be connected anew
        study = found.create_study(
            storage=storage,
            study_name=view.name or "search",
            directions=["maximize" if each.direction == "max" else "minimize" for each in objectives(view)],
        )
        study.set_user_attr("tuner", view.tuner)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it is experimental
            study.set_metric_names([each.name for each in objectives(view)])
        study.add_trials([_trial(reader, view, trial, distributions) for trial in view.trials.values()])
        storage.engine.dispose()
    return path


def _hurry(connection: sqlite3.Connection, _: object) -> None:
    """Optuna commits several times for each trial; the file is waited for once, when it is whole."""
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("PRAGMA journal_mode = MEMORY")


def _trial(
    reader: SearchReader, view: SearchView, trial: TrialView, distributions: Mapping[str, BaseDistribution]
) -> FrozenTrial:
    found = optuna()
    params = {name: _plain(value, distributions[name]) for name, value in trial.tuned.items() if name in distributions}
    state = found.trial.TrialState[_STATES[trial.status]]
    is_single = not view.other_objectives
    values: list[float] | None = list(values_of(trial))
    if state not in (found.trial.TrialState.COMPLETE, found.trial.TrialState.PRUNED) or (
        state is found.trial.TrialState.PRUNED and not is_single  # which Optuna does not know
    ):
        values = None
    elif any(map(math.isnan, values_of(trial))):
        values = None
        if state is found.trial.TrialState.COMPLETE:
            state = found.trial.TrialState.FAIL
    is_over = state is not found.trial.TrialState.RUNNING
    started = trial.started if trial.started is not None else view.created or 0.0
    told = {"trial_id": trial.trial_id, "origin": trial.origin, "message": trial.message, "worker": trial.worker}
    frozen: FrozenTrial = found.trial.FrozenTrial(
        number=trial.number,
        trial_id=-1,
        state=state,
        value=None,
        values=values,
        datetime_start=datetime.fromtimestamp(started),
        datetime_complete=datetime.fromtimestamp(trial.ended or started) if is_over else None,
        params=params,
        distributions={name: distributions[name] for name in params},
        user_attrs={name: value for name, value in told.items() if value},
        # As Optuna's samplers store it, so that its best trial is not one that violates a constraint, either.
        system_attrs={} if trial.violation is None else {CONSTRAINTS: [trial.violation]},
        intermediate_values=dict(mean_curve(reader.epochs(trial.trial_id), view.objective.name)) if is_single else {},
    )
    return frozen


def _distributions(view: SearchView) -> dict[str, BaseDistribution]:
    """One of each hyperparameter, which all of its values are in: Optuna knows no conditions."""
    found = {}
    for name in dict.fromkeys(name for trial in view.trials.values() for name in trial.tuned):
        values = [trial.tuned[name] for trial in view.trials.values() if name in trial.tuned]
        found[name] = _distribution([hp for hp in view.space if hp.name == name], values)
    return found


def _distribution(defined: Sequence[HyperParameterView], values: Sequence[Scalar]) -> BaseDistribution:
    kinds = optuna().distributions
    ends = [end for hp in defined for end in (hp.min_value, hp.max_value) if end is not None]
    numbers = [value for value in values if isinstance(value, (int, float)) and not isinstance(value, bool)]
    if not ends or any(hp.values for hp in defined) or len(numbers) < len(values):
        choices = dict.fromkeys((type(value), value) for hp in defined for value in hp.values)
        choices |= dict.fromkeys((type(value), value) for value in values)
        made: BaseDistribution = kinds.CategoricalDistribution([value for _, value in choices])
        return made
    low, high = min(*ends, *numbers), max(*ends, *numbers)
    is_log = low > 0 and all(hp.sampling == "log" for hp in defined)
    steps = {hp.step for hp in defined}
    step = steps.pop() if len(steps) == 1 and not is_log else None
    if step is not None:
        if all(_is_whole((value - low) / step) for value in numbers):
            high = low + step * math.floor((high - low) / step + 1e-8)
        else:
            step = None  # values from before the space was changed, or set by hand
    if all(hp.kind == "Int" for hp in defined):
        made = kinds.IntDistribution(int(low), int(high), log=is_log, step=int(step or 1))
    else:
        made = kinds.FloatDistribution(float(low), float(high), log=is_log, step=step)
    return made


def _is_whole(number: float) -> bool:
    return abs(number - round(number)) < 1e-8


def _plain(value: Scalar, distribution: BaseDistribution) -> Scalar:
    """Whole numbers of a range of floats are floats there."""
    is_float = type(distribution).__name__ == "FloatDistribution"
    return float(value) if is_float and not isinstance(value, (str, bool)) else value
