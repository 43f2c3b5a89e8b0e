"""The columns of the leaderboard: what each shows of a trial, and what the rows can be sorted by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tui_tuner.analysis.fields import Value
from tui_tuner.analysis.formatting import (
    NOTHING,
    format_count,
    format_duration,
    format_metric,
    format_objective,
    format_spread,
    format_status,
    format_value,
)
from tui_tuner.analysis.progress import epochs_done, trial_fraction
from tui_tuner.analysis.reruns import Repeated
from tui_tuner.analysis.text import clean
from tui_tuner.engine.view import HyperParameterView, Objective, TrialState, TrialView
from tui_tuner.tui.board import RANK, Board
from tui_tuner.tui.look import FRONT_MARK, INFEASIBLE_LOOK, ORIGIN_MARKS, TRIAL_LOOKS
from tui_tuner.tui.widgets.line_table import Cell, Column, text_cell

CURVE_WIDTH = 8
COMPACT_CURVE_WIDTH = 4
PARAMETER = "parameter:"
"""Ids of the hyperparameters' columns begin with it."""
OBJECTIVE = "objective:"
"""Ids of the columns of the objectives beside the score begin with it."""

_VALUE_WIDTH = 18
_SCORES_WIDTH = 40
_TEXT_WIDTH = 80


@dataclass(frozen=True)
class Drawn:
    """What a row is made of.

    Args:
        rank: Its place among the competing trials.
        front: Whether no other one beats it in all objectives, if there are several.
        colour: Of its mark; empty if it is not marked.
        curve: Its learning curve in a few characters.
    """

    trial: TrialView
    rank: int | None
    front: bool
    best: bool
    skipping: bool
    repeated: Repeated | None
    colour: str
    pinned: bool
    note: str
    curve: str

    def is_same(self, other: Drawn) -> bool:
        """Whether the row looks the same; a trial that has changed is another object."""
        return self.trial is other.trial and self._beside == other._beside

    @property
    def _beside(self) -> tuple[object, ...]:
        return (
            self.rank,
            self.front,
            self.best,
            self.skipping,
            self.repeated,
            self.colour,
            self.pinned,
            self.note,
            self.curve,
        )

    @property
    def muted(self) -> str:
        """The colour of what says little about a trial that did not complete."""
        return "" if self.trial.status in (TrialState.RUNNING, TrialState.COMPLETED) else "dim"


@dataclass(frozen=True)
class BoardColumn:
    """One column.

    Args:
        cell: What stands in it.
        value: What rows are sorted by in it; `None` where they cannot be, and for the leaderboard's own order.
        descending: Whether the largest value comes first unless the order is turned.
    """

    id: str
    column: Column
    cell: Callable[[Drawn], Cell]
    value: Callable[[TrialView], Value] | None = None
    descending: bool = False

    @property
    def name(self) -> str:
        """What it is called elsewhere than in the heading."""
        return " ".join(self.column.label.split()) or self.id

    @property
    def can_sort(self) -> bool:
        return self.value is not None or self.id == RANK

    @property
    def can_hide(self) -> bool:
        return not self.column.fixed


def board_columns(board: Board, *, compact: bool) -> list[BoardColumn]:
    """All columns of a search, in their order.

    Args:
        compact: There is little room: the status is only its symbol, and values come into sight sooner.
    """
    view = board.view
    together = [_all_runs(board)] if board.repeated else []
    averaged = view.executions_per_trial > 1
    return [
        BoardColumn(RANK, Column("rank", right=True, width=4, fixed=True), _rank),
        BoardColumn("trial", Column("trial", width=5, max_width=14, fixed=True), _trial, lambda trial: trial.number),
        _status(compact),
        BoardColumn(
            "score",
            Column(clean(view.objective.name) or "score", right=True, width=9, max_width=14),
            _score,
            lambda trial: trial.shown_score,
            view.objective.direction == "max",
        ),
        *([_SPREAD] if averaged else []),
        *(_objective(place, objective) for place, objective in enumerate(view.other_objectives)),
        *([] if compact else together),
        _curve(compact),
        *map(_parameter, board.searched),
        *(together if compact else []),
        *([_EXECUTIONS] if averaged else []),
        _DURATION,
        *([_note(board)] if view.notes else []),
        *([_MESSAGE] if board.has_messages else []),
    ]


def format_repeated(together: Repeated | None) -> str:
    """`0.8123 ± 0.0041 (3)`: mean and spread of a trial and its re-runs, and of how many."""
    if together is None or together.mean is None:
        return ""
    spread = "" if together.spread is None else f" ± {format_spread(together.spread)}"
    return f"{format_metric(together.mean)}{spread} ({len(together.scores)})"


def _rank(drawn: Drawn) -> Cell:
    if drawn.best:
        return ("★ ", "best"), (str(drawn.rank), "best")
    return text_cell("" if drawn.rank is None else str(drawn.rank), "dim")


def _trial(drawn: Drawn) -> Cell:
    """The id, in its colour where it is marked, and why it is run."""
    trial = drawn.trial
    parts = [(clean(trial.trial_id), drawn.colour or ("best" if drawn.best else drawn.muted))]
    if drawn.front:
        parts.insert(0, (f"{FRONT_MARK} ", "best"))
    if drawn.colour:
        parts.insert(0, ("▌", drawn.colour))
    if drawn.pinned:
        parts.append((" ↑", "best"))
    if trial.origin in ORIGIN_MARKS:
        parts.append((f" {ORIGIN_MARKS[trial.origin]}", "dim"))
    return tuple(parts)


def _status(compact: bool) -> BoardColumn:
    def cell(drawn: Drawn) -> Cell:
        look, word = TRIAL_LOOKS[drawn.trial.status], format_status(drawn.trial.status)
        if drawn.skipping:
            word = "skipping"
        elif drawn.trial.status is TrialState.COMPLETED and not drawn.trial.is_feasible:
            look, word = INFEASIBLE_LOOK, "violating"
        return (look.symbol, look.colour), ("" if compact else f" {word}", look.colour)

    column = Column("", width=1, max_width=1) if compact else Column("status", width=11)
    return BoardColumn("status", column, cell, lambda trial: format_status(trial.status))


def _score(drawn: Drawn) -> Cell:
    trial = drawn.trial
    running = trial.status is TrialState.RUNNING
    colour = "best" if drawn.best else "running" if running else drawn.muted
    return text_cell("" if trial.shown_score is None else format_metric(trial.shown_score), colour)


def _objective(place: int, objective: Objective) -> BoardColumn:
    """One of the objectives that stand beside the score."""

    def value(trial: TrialView) -> float | None:
        return trial.other_scores[place] if place < len(trial.other_scores) else None

    def cell(drawn: Drawn) -> Cell:
        found = value(drawn.trial)
        return text_cell("" if found is None else format_objective(objective.name, found), drawn.muted)

    column = Column(clean(objective.name), right=True, width=9, max_width=_VALUE_WIDTH)
    return BoardColumn(OBJECTIVE + objective.name, column, cell, value, objective.direction == "max")


def _spread_cell(drawn: Drawn) -> Cell:
    spread = drawn.trial.spread
    return text_cell("" if spread is None else f"± {format_spread(spread)}", "dim")


def _all_runs(board: Board) -> BoardColumn:
    def mean(trial: TrialView) -> Value:
        together = board.repeated.get(trial.trial_id)
        return None if together is None else together.mean

    return BoardColumn(
        "all runs",
        Column("all runs", width=15, max_width=24),
        lambda drawn: text_cell(format_repeated(drawn.repeated), "dim"),
        mean,
        board.view.objective.direction == "max",
    )


def _curve(compact: bool) -> BoardColumn:
    """The learning curve as far as it is, and where in it the trial is, or was best."""
    width = COMPACT_CURVE_WIDTH if compact else CURVE_WIDTH

    def cell(drawn: Drawn) -> Cell:
        trial = drawn.trial
        if trial.status is TrialState.RUNNING:
            done, planned = epochs_done(trial)
            if planned is None:
                return (f"{drawn.curve:<{width}}", "running"), (f" {format_count(done, 'epoch')}", "running")
            return (
                (drawn.curve, "running"),
                ("━" * (width - len(drawn.curve)), "track"),
                (f" {done}/{planned}", "running"),
            )
        best = "" if trial.best_epoch is None else f" best {trial.best_epoch + 1}"
        return (f"{drawn.curve:<{width}}", "best" if drawn.best else "dim"), (best, "dim")

    label = "epoch" if compact else f"{'curve':<{width}} epoch"
    return BoardColumn("epoch", Column(label, width=width + 6, max_width=width + 12), cell, _epoch)


def curve_cells(trial: TrialView, *, compact: bool) -> int:
    """How wide a trial's curve is drawn: a running one takes only the share of the room that it has trained."""
    width = COMPACT_CURVE_WIDTH if compact else CURVE_WIDTH
    fraction = trial_fraction(trial) if trial.status is TrialState.RUNNING else None
    return width if fraction is None else min(width, max(1, round(fraction * width)))


def _epoch(trial: TrialView) -> Value:
    if trial.status is TrialState.RUNNING:
        return epochs_done(trial)[0]
    return trial.best_epoch


def _parameter(parameter: HyperParameterView) -> BoardColumn:
    name = parameter.name
    numeric = parameter.kind in ("Int", "Float") or all(
        isinstance(value, int | float) and not isinstance(value, bool) for value in parameter.values
    )

    def cell(drawn: Drawn) -> Cell:
        if name not in drawn.trial.hyperparameters:
            return text_cell(NOTHING, "track")
        return text_cell(format_value(drawn.trial.hyperparameters[name], _VALUE_WIDTH), drawn.muted)

    column = Column(clean(name), right=numeric, width=4, max_width=_VALUE_WIDTH)
    return BoardColumn(PARAMETER + name, column, cell, lambda trial: trial.hyperparameters.get(name))


def _note(board: Board) -> BoardColumn:
    return BoardColumn(
        "note",
        Column("note", width=8, max_width=_TEXT_WIDTH),
        lambda drawn: text_cell(clean(drawn.note), "warning"),
        lambda trial: board.view.notes.get(trial.trial_id),
    )


_SPREAD = BoardColumn("spread", Column("spread", right=True, width=8), _spread_cell, lambda trial: trial.spread)
_EXECUTIONS = BoardColumn(
    "each execution",
    Column("each execution", width=14, max_width=_SCORES_WIDTH),
    lambda drawn: text_cell("  ".join(map(format_metric, drawn.trial.execution_scores)), "dim"),
)
_DURATION = BoardColumn(
    "duration",
    Column("duration", right=True, width=8),
    lambda drawn: text_cell(
        "" if drawn.trial.duration_s is None else format_duration(drawn.trial.duration_s, fine=True), "dim"
    ),
    lambda trial: trial.duration_s,
)
_MESSAGE = BoardColumn(
    "message",
    Column("message", width=8, max_width=_TEXT_WIDTH),
    lambda drawn: text_cell(clean(drawn.trial.message.strip().partition("\n")[0]), "dim"),
    lambda trial: trial.message or None,
)
