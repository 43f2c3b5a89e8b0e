"""The trials of a search as tables of a given width."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from tui_tuner.analysis.formatting import (
    format_duration,
    format_metric,
    format_objective,
    format_status,
    format_value,
)
from tui_tuner.analysis.pareto import pareto_front
from tui_tuner.analysis.progress import epochs_done
from tui_tuner.analysis.ranking import ranked
from tui_tuner.analysis.text import clean
from tui_tuner.engine.view import SearchView, TrialState, TrialView

WIDE = 10_000
"""Columns enough for any table."""

_VALUE_WIDTH = 24
_NUMBER_WIDTH = 8


def trial_tables(view: SearchView, top: int, console: Console) -> list[Table]:
    """The `top` best trials with a column for each hyperparameter.

    Where that is wider than the console, the hyperparameters follow in a table of their own, a cell for each trial.
    """
    trials = ranked(view)
    more = len(trials) - top
    shown = trials[:top]
    names = list(dict.fromkeys(name for trial in shown for name in trial.tuned))
    front = {trial.trial_id for trial in pareto_front(view)}
    tables = [_trials(view, shown, front, names)]
    if console.measure(tables[0], options=console.options.update(max_width=WIDE)).maximum > console.width:
        tables = [_trials(view, shown, front, ()), _values(shown)]
    if more > 0:
        tables[-1].caption = f"and {more:,} more; --top shows more"
    return tables


def _trials(view: SearchView, trials: Sequence[TrialView], front: Collection[str], names: Sequence[str]) -> Table:
    table = Table()
    table.add_column("trial", justify="right", no_wrap=True)
    table.add_column("status", no_wrap=True)
    for objective in (view.objective, *view.other_objectives):
        table.add_column(Text(clean(objective.name)), justify="right", overflow="fold", min_width=_NUMBER_WIDTH)
    table.add_column("epochs", justify="right", no_wrap=True)
    for name in names:
        table.add_column(Text(clean(name)), justify="right")
    table.add_column("duration", justify="right", no_wrap=True)
    for trial in trials:
        table.add_row(
            Text(("◆ " if trial.trial_id in front else "") + clean(trial.trial_id)),
            Text(format_status(trial.status)),
            Text(format_metric(trial.shown_score)),
            *(
                Text(format_objective(objective.name, value))
                for objective, value in zip(view.other_objectives, _others(trial, view), strict=False)
            ),
            Text(_epochs(trial)),
            *(Text(_value(trial, name) if name in trial.hyperparameters else "") for name in names),
            Text(format_duration(trial.duration_s, fine=True)),
        )
    return table


def _values(trials: Sequence[TrialView]) -> Table:
    table = Table()
    table.add_column("trial", justify="right", no_wrap=True)
    table.add_column("hyperparameters", overflow="fold")
    for trial in trials:
        values = ", ".join(
            f"{clean(name)}={_value(trial, name)}" for name in trial.tuned if name in trial.hyperparameters
        )
        table.add_row(Text(clean(trial.trial_id)), Text(values))
    return table


def _value(trial: TrialView, name: str) -> str:
    return format_value(trial.hyperparameters[name], _VALUE_WIDTH)


def _others(trial: TrialView, view: SearchView) -> list[float | None]:
    """The values of the other objectives; `None` as long as they are not known."""
    return list(trial.other_scores) or [None] * len(view.other_objectives)


def _epochs(trial: TrialView) -> str:
    if trial.status is TrialState.RUNNING:
        done, planned = epochs_done(trial)
        return f"{done}/{planned}" if planned else str(done)
    return "" if trial.best_epoch is None else f"best {trial.best_epoch + 1}"
