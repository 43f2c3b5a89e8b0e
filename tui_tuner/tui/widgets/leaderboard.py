"""The leaderboard: all trials, running ones on top, then the best; failed and NaN last."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from textual.message import Message

from tui_tuner.analysis.formatting import (
    NOTHING,
    format_count,
    format_duration,
    format_metric,
    format_spread,
    format_status,
    format_value,
)
from tui_tuner.analysis.progress import epochs_done, trial_fraction
from tui_tuner.analysis.ranking import has_rank, ranked
from tui_tuner.analysis.reruns import Repeated, repeated
from tui_tuner.analysis.text import clean
from tui_tuner.engine.view import HyperParameterView, SearchView, TrialState, TrialView
from tui_tuner.tui.look import ORIGIN_MARKS, TRIAL_LOOKS, bar, pane_title
from tui_tuner.tui.state import ScreenState
from tui_tuner.tui.widgets.cursor_table import CursorTable
from tui_tuner.tui.widgets.line_table import Cell, Column, text_cell

_BAR_WIDTH = 8
_COMPACT_BAR_WIDTH = 4
_VALUE_WIDTH = 18
_SCORES_WIDTH = 40
_MESSAGE_WIDTH = 80
_COMPACT_BELOW = 86
"""In a narrower table the status is only its symbol and the bars are short, so that values come into sight."""

_LEADING = (
    Column("rank", right=True, width=4, fixed=True),
    Column("trial", width=5, max_width=12, fixed=True),
)
_TRAILING = Column("duration", right=True, width=8)


class Leaderboard(CursorTable, can_focus=True):
    """Trials in rows; the cursor stays on its trial when the order changes."""

    @dataclass
    class Chosen(Message):
        """The user went to a trial."""

        trial_id: str

    @dataclass
    class Opened(Message):
        """The user wants to see all of a trial."""

        trial_id: str

    @dataclass
    class Marked(Message):
        """The user marks a trial, or takes its mark away."""

        trial_id: str

    def __init__(self) -> None:
        super().__init__("leaderboard")
        self._view: SearchView | None = None
        self._skipping: frozenset[str] = frozenset()
        self._searched: tuple[HyperParameterView, ...] = ()
        self._first_ranked = 0
        self._titled = -1
        self._compact = False
        self._repeated: Mapping[str, Repeated] = {}
        self._has_messages = False
        self._columns_made: list[Column] = []
        self._cells: dict[str, tuple[_Drawn, tuple[Cell, ...]]] = {}

    def on_mount(self) -> None:
        self.border_title = pane_title(1, "Leaderboard")

    def show(self, state: ScreenState) -> None:
        """Draw what is new in `state`."""
        view = state.view
        self._skipping = state.skipping
        if view is not self._view:
            self._view = view
            self._searched = tuple(parameter for parameter in view.space if parameter.kind != "Fixed")
            self._repeated = repeated(view)
            self._has_messages = any(trial.message for trial in view.trials.values())
            self._put_columns()
            trials = ranked(view)
            self._first_ranked = sum(trial.status is TrialState.RUNNING for trial in trials)
            keys = [trial.trial_id for trial in trials]
        else:
            keys = list(self.keys)
        self.set_empty_text(_why_empty(state))
        cursor = state.shown.trial_id if state.shown else None
        in_sight = self.row_in_sight(self.cursor_key)
        self.set_rows(keys)
        if cursor != self.cursor_key:
            self.move_cursor(cursor)
            self.scroll_to_cursor()
        elif in_sight:
            self.scroll_to_cursor()
        if len(keys) != self._titled:
            self._titled = len(keys)
            self.border_title = pane_title(1, "Leaderboard", format_count(len(keys), "trial") if keys else "")

    def on_resize(self) -> None:
        compact = self.size.width < _COMPACT_BELOW
        if compact != self._compact:
            self._compact = compact
            if self._view is not None:
                self._put_columns()

    @property
    def _bar_width(self) -> int:
        return _COMPACT_BAR_WIDTH if self._compact else _BAR_WIDTH

    @property
    def _repeats(self) -> bool:
        """Whether each trial is trained several times, so that its score is a mean."""
        return self._view is not None and self._view.executions_per_trial > 1

    def _put_columns(self) -> None:
        columns = self._make_columns()
        if columns != self._columns_made:
            self._columns_made = columns
            self._cells.clear()
            self.set_columns(columns)

    def _make_columns(self) -> list[Column]:
        objective = clean(self._view.objective.name) if self._view else ""
        all_runs = [Column("all runs", width=15, max_width=24)] if self._repeated else []
        return [
            *_LEADING,
            Column("", width=1, max_width=1) if self._compact else Column("status", width=11),
            Column(objective or "score", right=True, width=9, max_width=14),
            *([Column("spread", right=True, width=8)] if self._repeats else []),
            *([] if self._compact else all_runs),
            Column("epoch", width=self._bar_width + 6, max_width=self._bar_width + 12),
            *(_parameter_column(parameter) for parameter in self._searched),
            *(all_runs if self._compact else []),
            *([Column("each execution", width=14, max_width=_SCORES_WIDTH)] if self._repeats else []),
            _TRAILING,
            *([Column("message", width=8, max_width=_MESSAGE_WIDTH)] if self._has_messages else []),
        ]

    def row_cells(self, index: int, key: str) -> tuple[Cell, ...]:
        assert self._view is not None
        trial = self._view.trials[key]
        drawn = _Drawn(
            trial,
            rank=index - self._first_ranked + 1 if has_rank(trial) else None,
            best=key == self._view.best_trial_id,
            skipping=key in self._skipping,
            repeated=self._repeated.get(key),
        )
        known = self._cells.get(key)
        if known is not None and known[0].is_same(drawn):
            return known[1]
        cells = self._make_cells(drawn)
        self._cells[key] = (drawn, cells)
        return cells

    def _make_cells(self, drawn: _Drawn) -> tuple[Cell, ...]:
        trial, rank, best = drawn.trial, drawn.rank, drawn.best
        look = TRIAL_LOOKS[trial.status]
        running = trial.status is TrialState.RUNNING
        word = "skipping" if drawn.skipping else format_status(trial.status)
        muted = "" if running or trial.status is TrialState.COMPLETED else "dim"
        score_colour = "best" if best else "running" if running else muted
        mark = ORIGIN_MARKS.get(trial.origin)
        all_runs = [text_cell(format_repeated(drawn.repeated), "dim")] if self._repeated else []
        return (
            (("★ ", "best"), (str(rank), "best")) if best else text_cell(str(rank) if rank else "", "dim"),
            ((clean(trial.trial_id), "best" if best else muted), *([(f" {mark}", "dim")] if mark else [])),
            ((look.symbol, look.colour), ("" if self._compact else f" {word}", look.colour)),
            text_cell("" if trial.shown_score is None else format_metric(trial.shown_score), score_colour),
            *([text_cell("" if trial.spread is None else f"± {format_spread(trial.spread)}", "dim")] * self._repeats),
            *([] if self._compact else all_runs),
            _epoch_cell(trial, self._bar_width),
            *(_value_cell(trial, parameter.name, muted) for parameter in self._searched),
            *(all_runs if self._compact else []),
            *([text_cell("  ".join(map(format_metric, trial.execution_scores)), "dim")] * self._repeats),
            text_cell("" if trial.duration_s is None else format_duration(trial.duration_s, fine=True), "dim"),
            *([text_cell(clean(trial.message.strip().partition("\n")[0]), "dim")] if self._has_messages else []),
        )

    def cursor_moved(self, key: str) -> None:
        self.post_message(self.Chosen(key))


@dataclass(frozen=True)
class _Drawn:
    """What a row was made of."""

    trial: TrialView
    rank: int | None
    best: bool
    skipping: bool
    repeated: Repeated | None

    def is_same(self, other: _Drawn) -> bool:
        """Whether the row looks the same; a trial that has changed is another object."""
        return (
            self.trial is other.trial
            and (self.rank, self.best, self.skipping) == (other.rank, other.best, other.skipping)
            and self.repeated == other.repeated
        )


def format_repeated(together: Repeated | None) -> str:
    """`0.8123 ± 0.0041 (3)`: mean and spread of a trial and its re-runs, and of how many."""
    if together is None or together.mean is None:
        return ""
    spread = "" if together.spread is None else f" ± {format_spread(together.spread)}"
    return f"{format_metric(together.mean)}{spread} ({len(together.scores)})"


def _parameter_column(parameter: HyperParameterView) -> Column:
    numeric = parameter.kind in ("Int", "Float") or all(
        isinstance(value, int | float) and not isinstance(value, bool) for value in parameter.values
    )
    return Column(clean(parameter.name), right=numeric, width=4, max_width=_VALUE_WIDTH)


def _value_cell(trial: TrialView, name: str, colour: str) -> Cell:
    if name not in trial.hyperparameters:
        return text_cell(NOTHING, "track")
    return text_cell(format_value(trial.hyperparameters[name], _VALUE_WIDTH), colour)


def _epoch_cell(trial: TrialView, bar_width: int) -> Cell:
    if trial.status is TrialState.RUNNING:
        done, planned = epochs_done(trial)
        if planned is None:
            return text_cell(format_count(done, "epoch"), "running")
        finished, rest = bar(trial_fraction(trial) or 0.0, bar_width)
        return (finished, "running"), (rest, "track"), (f" {done}/{planned}", "running")
    return text_cell("" if trial.best_epoch is None else f"best {trial.best_epoch + 1}", "dim")


def _why_empty(state: ScreenState) -> str:
    view = state.view
    if not view.state.is_live:
        return "No trial was run."
    detail = clean(view.detail)
    busy = next((f"{clean(worker.activity)} in {clean(worker.name)}" for worker in view.workers if worker.activity), "")
    return f"Starting: {detail or busy or 'waiting for the first worker'} …"
