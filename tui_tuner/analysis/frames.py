"""A search as two pandas tables: its trials, and their epochs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from tui_tuner.analysis.pareto import pareto_front
from tui_tuner.engine.reader import SearchReader
from tui_tuner.engine.view import TrialView

if TYPE_CHECKING:
    import pandas as pd

HYPERPARAMETER = "hp."
METRIC = "metric."
"""What the columns of hyperparameters and metrics begin with, so that they never meet others of the same name."""


class Frames(NamedTuple):
    """A search as tables.

    Attributes:
        trials: A row a trial, in the order of creation: `trial_id, number, status, score, best_epoch, started, ended,
            duration_s, worker, message, attempt, origin, rerun_of, reason, predicted_mean, predicted_deviation,
            violation`, a column `hp.<name>` for each hyperparameter (empty where it is inactive), and `metric.<name>`
            for each metric at the trial's best epoch. Of a search for several objectives also `on_pareto_front`.
        epochs: A row a finished epoch, by trial, execution and epoch: `trial_id, execution, epoch, time, duration_s`
            and `metric.<name>`.

    Epochs and executions count from 0; times are UTC; durations are seconds.
    """

    trials: pd.DataFrame
    epochs: pd.DataFrame


def frames_of(reader: SearchReader) -> Frames:
    """The search now."""
    import pandas as pd

    view = reader.poll()
    epochs = [row for trial in view.trials.values() for row in _epochs(reader, trial)]
    metrics = reader.trial_metrics()
    names = list(dict.fromkeys(name for trial in view.trials.values() for name in trial.hyperparameters))
    front = {trial.trial_id for trial in pareto_front(view)}
    trials = [_trial(trial, names, metrics.get(trial.trial_id, {})) for trial in view.trials.values()]
    measured = list(dict.fromkeys(key for row in (*trials, *epochs) for key in row if key.startswith(METRIC)))
    trial_table = pd.DataFrame(trials, columns=[*_TRIAL_COLUMNS, *(HYPERPARAMETER + name for name in names), *measured])
    if view.other_objectives:
        trial_table["on_pareto_front"] = [trial_id in front for trial_id in trial_table["trial_id"]]
    epoch_table = pd.DataFrame(epochs, columns=[*_EPOCH_COLUMNS, *measured])
    for table, column in ((trial_table, "started"), (trial_table, "ended"), (epoch_table, "time")):
        table[column] = pd.to_datetime(table[column].astype("float64"), unit="s", utc=True)
    for column in ("best_epoch", "number", "attempt"):
        trial_table[column] = trial_table[column].astype("Int64")
    for name in names:  # where some trials have no value, whole numbers would become floats
        values = [trial.hyperparameters.get(name) for trial in view.trials.values()]
        if None in values and {type(value) for value in values if value is not None} == {int}:
            trial_table[HYPERPARAMETER + name] = pd.Series(values, dtype="Int64")
    return Frames(trial_table, epoch_table)


_EPOCH_COLUMNS = ("trial_id", "execution", "epoch", "time", "duration_s")
_TRIAL_COLUMNS = (
    *("trial_id", "number", "status", "score", "best_epoch", "started", "ended", "duration_s"),
    *("worker", "message", "attempt", "origin", "rerun_of"),
    *("reason", "predicted_mean", "predicted_deviation", "violation"),
)


def _trial(trial: TrialView, names: Sequence[str], metrics: Mapping[str, float]) -> dict[str, Any]:
    own = {name: getattr(trial, name) for name in _TRIAL_COLUMNS}
    own["status"] = trial.status.value
    own |= {HYPERPARAMETER + name: trial.hyperparameters.get(name) for name in names}
    return own | {METRIC + name: value for name, value in metrics.items()}


def _epochs(reader: SearchReader, trial: TrialView) -> list[dict[str, Any]]:
    return [
        {
            "trial_id": trial.trial_id,
            "execution": epoch.execution,
            "epoch": epoch.epoch,
            "time": epoch.time,
            "duration_s": epoch.duration_s,
            **{METRIC + name: value for name, value in epoch.metrics.items()},
        }
        for epoch in reader.epochs(trial.trial_id)
    ]
