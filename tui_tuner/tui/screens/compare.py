"""Marked trials side by side: their values and scores, and their curves over each other."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.widget import Widget

from tui_tuner.analysis.comparison import Kind, Line, compare, difference
from tui_tuner.analysis.fields import Value
from tui_tuner.analysis.formatting import (
    NOTHING,
    format_count,
    format_duration,
    format_metric,
    format_number,
    format_value,
)
from tui_tuner.analysis.ranking import has_rank
from tui_tuner.analysis.text import clean
from tui_tuner.engine.view import EpochView, Objective, SearchSource, TrialState, TrialView
from tui_tuner.tui.actions import Situation, bindings
from tui_tuner.tui.look import pane_title
from tui_tuner.tui.screens.over_search import OverSearch
from tui_tuner.tui.state import ScreenState
from tui_tuner.tui.trial_colours import assign
from tui_tuner.tui.widgets.cursor_table import CursorTable
from tui_tuner.tui.widgets.curves import CurvesPane
from tui_tuner.tui.widgets.line_table import Cell, Column, text_cell

_CURVES_FROM = 30
"""On a screen of so many lines there is room for the curves."""

_VALUE_WIDTH = 24


class CompareTable(CursorTable, can_focus=True):
    """A line for each thing, a column for each trial; with two trials one for their difference."""

    def __init__(self) -> None:
        super().__init__("compare")
        self._lines: dict[str, Line] = {}
        self._marked: Sequence[tuple[str, str]] = ()
        self._competing: Sequence[bool] = ()
        self._objective = Objective("", "min")
        self.differing_only = False

    def on_mount(self) -> None:
        self.border_title = pane_title(1, "Trials side by side")

    def show(
        self,
        marked: Sequence[tuple[str, str]],
        trials: Sequence[TrialView],
        lines: Sequence[Line],
        objective: Objective,
    ) -> None:
        """Draw what is new.

        Args:
            marked: Trial ids with their colours.
            trials: The same trials.
        """
        self._marked = marked
        self._competing = [has_rank(trial) or trial.status is TrialState.RUNNING for trial in trials]
        self._objective = objective
        shown = [line for line in lines if line.differs or not self.differing_only]
        self._lines = {f"{line.kind} {line.name}": line for line in shown}
        self.set_columns(
            [
                Column("", width=8, max_width=28, fixed=True),
                *(Column(clean(trial_id), right=True, width=8, max_width=_VALUE_WIDTH) for trial_id, _ in marked),
                *([Column("difference", right=True, width=10, max_width=28)] if len(marked) == 2 else []),
            ]
        )
        if self.cursor_key not in self._lines:
            self.cursor_key = next(iter(self._lines), None)
        self.set_rows([])  # values may have changed beside the keys
        self.set_rows(list(self._lines))
        same = len(lines) - len(shown)
        hidden = f"{format_count(same, 'line')} alike hidden" if same else ""
        self.border_title = pane_title(1, "Trials side by side", format_count(len(marked), "trial"), hidden)

    def row_cells(self, index: int, key: str) -> tuple[Cell, ...]:
        line = self._lines[key]
        muted = "" if line.differs else "dim"
        is_judged = line.kind is Kind.SCORE and line.differs
        best = _best(line.values, self._competing, self._objective) if is_judged else None
        cells = [text_cell(clean(line.name), muted)]
        for place, (value, (_, colour)) in enumerate(zip(line.values, self._marked, strict=True)):
            if value is None:
                cells.append(text_cell(NOTHING, "track"))
            else:
                star = (("★ ", "best"),) if place == best else ()
                cells.append((*star, (_text(line, value), colour if line.kind is Kind.SCORE else muted)))
        if len(line.values) == 2:
            cells.append(_difference(line))
        return tuple(cells)


class CompareScreen(OverSearch):
    """The marked trials; fewer than two are compared with what the screen was given.

    Args:
        source: Where epochs are read.
        guard: Runs what reads from the source, and takes care of its errors.
        trial_ids: What to compare as long as fewer than two trials are marked.
    """

    BINDINGS: ClassVar[list[BindingType]] = bindings("compare")
    AUTO_FOCUS = "#compare"
    scope = "compare"

    def __init__(
        self, source: SearchSource, guard: Callable[[Callable[[], None]], None], trial_ids: Sequence[str]
    ) -> None:
        super().__init__()
        self._source = source
        self._guard = guard
        self._given = trial_ids
        self._state: ScreenState | None = None
        self._epochs: dict[str, tuple[TrialView, tuple[EpochView, ...]]] = {}
        self._table = CompareTable()
        self._curves = CurvesPane(source)

    def body(self) -> Iterable[Widget]:
        yield self._table
        yield self._curves

    def on_resize(self, event: events.Resize) -> None:
        self._curves.display = event.size.height >= _CURVES_FROM
        if self._state is not None:
            self._keys.show(self.situation)

    @property
    def situation(self) -> Situation:
        return replace(super().situation, curves=self._curves.display)

    def show(self, state: ScreenState) -> None:
        self._state = state
        view = state.view
        marked = state.marked if len(state.marked) > 1 else assign(list(self._given), state.marked)
        present = [(trial_id, colour) for trial_id, colour in marked.items() if trial_id in view.trials]
        trials = [view.trials[trial_id] for trial_id, _ in present]
        if not trials:
            return
        self._guard(lambda: self._read(trials))
        epochs = {trial_id: own for trial_id, (_, own) in self._epochs.items()}
        self._table.show(present, trials, compare(view, trials, epochs), view.objective)
        if self._curves.display:
            self._guard(lambda: self._curves.show(replace(state, marked=dict(present), shown=trials[0])))

    def _read(self, trials: Sequence[TrialView]) -> None:
        for trial in trials:
            known = self._epochs.get(trial.trial_id)
            if known is None or known[0] is not trial:
                self._epochs[trial.trial_id] = trial, self._source.epochs(trial.trial_id)

    def action_differing_only(self) -> None:
        self._table.differing_only = not self._table.differing_only
        if self._state is not None:
            self.show(self._state)

    def action_compare_metric(self) -> None:
        self._curves.next_metric()

    def action_compare_log_scale(self) -> None:
        self._curves.toggle_log()


def _text(line: Line, value: Value) -> str:
    if line.kind is Kind.SECONDS and isinstance(value, float):
        return format_duration(value, fine=True)
    if line.kind in (Kind.SCORE, Kind.METRIC) and isinstance(value, int | float):
        return format_metric(value)
    return format_value(value, _VALUE_WIDTH)


def _difference(line: Line) -> Cell:
    """`+0.0213`, and of what is no result the factor too: `+32  2x`."""
    if not line.differs:
        return text_cell("", "dim")
    found = difference(*line.values)
    if found is None:
        return text_cell("differs", "warning")
    if line.kind is Kind.SECONDS:
        amount = format_duration(abs(found.absolute), fine=True)
    else:
        write = format_metric if line.kind in (Kind.SCORE, Kind.METRIC) else format_number
        amount = write(abs(found.absolute))
    sign = "-" if found.absolute < 0 else "+"
    factor = ""
    if found.ratio is not None and line.kind in (Kind.HYPERPARAMETER, Kind.SECONDS):
        factor = f"  {format_number(float(f'{found.ratio:.3g}'))}x"
    return text_cell(f"{sign}{amount}{factor}", "warning")


def _best(values: Sequence[Value], competing: Sequence[bool], objective: Objective) -> int | None:
    """Where the best number of a trial stands that can be the best: not of one that was stopped early, or that violates
    a constraint."""
    best: tuple[int, float] | None = None
    for place, (value, competes) in enumerate(zip(values, competing, strict=True)):
        is_number = isinstance(value, int | float) and not math.isnan(value)
        if competes and is_number and (best is None or objective.better(float(value or 0.0), best[1])):
            best = place, float(value or 0.0)
    return None if best is None else best[0]
