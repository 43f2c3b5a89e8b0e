"""A search that another tool ran: what is read of it, and how that is written into a `search.db`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tui_tuner.engine.earlier_trials import NAMELESS
from tui_tuner.engine.events import TrialCreated, TrialEnded, Warned
from tui_tuner.engine.store import Store, TrialRow
from tui_tuner.engine.view import Objective, SearchState, TrialState, active_until
from tui_tuner.worker.reports import EpochEnded

ENDED = (TrialState.COMPLETED, TrialState.FAILED, TrialState.STOPPED)

UNTOLD = Objective("score", "min")
"""The objective of a search that does not tell it."""


@dataclass(frozen=True)
class ProjectTrial:
    """A trial of the project.

    Args:
        row: The trial as `search.db` holds it.
        epochs: The metrics that are there, by epoch.
        written: When they were written, as far as that is known.
    """

    row: TrialRow
    epochs: tuple[tuple[int, Mapping[str, float]], ...] = ()
    written: float = 0.0


@dataclass(frozen=True)
class Project:
    """A search as another tool left it.

    Args:
        tuner: Class name of the tuner, as far as that can be told; or of the tool.
        objectives: What the objective can have been, the likeliest first; empty if nothing tells it.
        max_trials: How many trials the search has, where that can be told.
        space: The search space (`HyperParameters.get_config()`), or `None`.
        oracle_state: As `Oracle.own_state()`; `None` if there is none.
        problems: One line for each part that could not be used.
        other_objectives: What was optimised beside the objective.
        is_nameless: Whether only the objective's direction is known.
    """

    tuner: str
    objectives: tuple[Objective, ...]
    max_trials: int | None
    trials: tuple[ProjectTrial, ...]
    space: Mapping[str, Any] | None
    oracle_state: Mapping[str, Any] | None
    problems: tuple[str, ...]
    other_objectives: tuple[Objective, ...] = ()
    is_nameless: bool = False


def is_unread(row: TrialRow) -> bool:
    """Whether a trial only stands for a file that could not be read."""
    return row.status is TrialState.FAILED and row.runs == 0


def begin_search(store: Store, project: Project, name: str, detail: str) -> None:
    """Write a search that was not there.

    Args:
        detail: Who left it, in a few words.
    """
    likely = next(iter(project.objectives), UNTOLD)
    store.set_meta(
        name=name,
        tuner=project.tuner,
        objective={"name": likely.name, "direction": likely.direction},
        other_objectives=[{"name": each.name, "direction": each.direction} for each in project.other_objectives],
        max_trials=project.max_trials,
        executions_per_trial=1,
        oracle_state=project.oracle_state or {},
        **({} if project.space is None else {"space": project.space}),
        **({NAMELESS: True} if project.is_nameless else {}),
    )
    leave_search(store, project, detail)
    for trial in project.trials:
        write_trial(store, trial.row, trial)
    note_best(store, [trial.row for trial in project.trials], likely)


def write_trial(store: Store, row: TrialRow, trial: ProjectTrial) -> None:
    """Write a trial, as `row` now is, with its epochs."""
    store.event(TrialCreated(), row.trial_id)
    for epoch, metrics in trial.epochs:
        store.epoch(EpochEnded("", row.trial_id, row.attempt, 0, epoch, metrics, trial.written, 0.0))
    if row.status in ENDED:
        store.event(TrialEnded(row.status.value, row.score, row.message), row.trial_id)
    store.trial(row)


def leave_search(store: Store, project: Project, detail: str) -> None:
    """Leave the search as one that nobody runs; to be called before anything else is written."""
    meta = store.meta()
    # There is a run that began only where the last engine died without a word.
    active_s = active_until(meta.get("active_s", 0.0), meta.get("run_started"), store.last_write() or 0.0)
    count = len(project.problems)
    if count:
        detail += f"; {count} file{'s' * (count > 1)} could not be used: {project.problems[0]}{', ...' * (count > 1)}"
    store.set_meta(state=SearchState.STOPPED.value, detail=detail, active_s=active_s, run_started=None, workers=[])
    for problem in project.problems:
        store.event(Warned(f"left out: {problem}"))


def note_best(store: Store, rows: Sequence[TrialRow], objective: Objective) -> None:
    """Say which trial is the best."""
    scores = {
        row.trial_id: row.score
        for row in rows
        if row.status is TrialState.COMPLETED and row.score is not None and not row.violation
    }
    if scores:
        pick = min if objective.direction == "min" else max
        store.set_meta(best_trial_id=pick(scores, key=scores.__getitem__))
