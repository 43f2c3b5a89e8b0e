"""The search space: one hyperparameter a line, with the best value so far and what it is limited to."""

from __future__ import annotations

from tui_tuner.analysis.formatting import NOTHING, format_count, format_number, format_value
from tui_tuner.analysis.text import clean
from tui_tuner.engine.view import HyperParameterView, LimitView
from tui_tuner.tui.look import pane_title
from tui_tuner.tui.state import ScreenState
from tui_tuner.tui.widgets.cursor_table import CursorTable
from tui_tuner.tui.widgets.line_table import Cell, Column, text_cell

_ONE_VALUE = 20
_NAME = Column("name", width=4, max_width=28, fixed=True)
_BEST = Column("best", right=True, width=6, max_width=18)
_KIND = Column("kind", width=4)
_RANGE = Column("range or values", width=6, max_width=60)
_LIMIT = Column("only", width=6, max_width=40)
_CONDITION = Column("only if", width=7, max_width=80)


class SpacePane(CursorTable, can_focus=True):
    """The search space. Conditions have a column where there are any, and so have limits."""

    def __init__(self) -> None:
        super().__init__("space")
        self._rows: dict[str, tuple[Cell, ...]] = {}
        self._space: tuple[HyperParameterView, ...] = ()

    def on_mount(self) -> None:
        self.border_title = pane_title(3, "Search space")

    def show(self, state: ScreenState) -> None:
        """Draw what is new in `state`."""
        view = state.view
        self._space = space = view.space
        best = view.best.hyperparameters if view.best else {}
        has_condition = any(parameter.conditions for parameter in space)
        self._rows = {}
        for parameter in space:
            value = best.get(parameter.name)
            cells = [
                text_cell(clean(parameter.name)),
                text_cell(NOTHING, "track") if value is None else text_cell(format_value(value), "best"),
                text_cell(clean(parameter.kind), "dim"),
                text_cell(format_range(parameter)),
            ]
            if view.limits:
                limit = view.limits.get(parameter.name)
                cells.insert(3, text_cell("" if limit is None else format_limit(limit), "warning"))
            if has_condition:
                cells.append(text_cell(_conditions(parameter), "dim"))
            # The same name may stand under different conditions: the number keeps the rows apart.
            self._rows[f"{len(self._rows)}"] = tuple(cells)
        limit_column = [_LIMIT] if view.limits else []
        self.set_columns([_NAME, _BEST, _KIND, *limit_column, _RANGE, *([_CONDITION] if has_condition else [])])
        self.set_empty_text("Found when the model is built for the first time.")
        if self.cursor_key not in self._rows:
            self.cursor_key = next(iter(self._rows), None)
        self.set_rows(list(self._rows))
        subtitle = format_count(len(space), "hyperparameter") if space else ""
        if subtitle != (self.border_subtitle or ""):
            self.border_subtitle = subtitle

    @property
    def selected(self) -> str | None:
        """The name of the hyperparameter that the cursor is on, if there is one."""
        return None if self.cursor_key is None else self._space[int(self.cursor_key)].name

    def row_cells(self, index: int, key: str) -> tuple[Cell, ...]:
        return self._rows[key]


def format_range(parameter: HyperParameterView) -> str:
    """`8 … 64, step 8, linear`, or the values of a choice."""
    if parameter.min_value is None or parameter.max_value is None:
        return ", ".join(format_value(value, _ONE_VALUE) for value in parameter.values)
    parts = [f"{format_number(parameter.min_value)} … {format_number(parameter.max_value)}"]
    if parameter.step is not None:
        parts.append(f"{'factor' if parameter.sampling == 'log' else 'step'} {format_number(parameter.step)}")
    if parameter.sampling:
        parts.append(clean(parameter.sampling).replace("_", " "))
    return ", ".join(parts)


def format_limit(limit: LimitView) -> str:
    """`16 … 32`, or the values that remain."""
    if limit.values is not None:
        return ", ".join(format_value(value, _ONE_VALUE) for value in limit.values)
    if limit.min_value is None:
        return f"up to {format_number(limit.max_value)}"
    if limit.max_value is None:
        return f"from {format_number(limit.min_value)}"
    return f"{format_number(limit.min_value)} … {format_number(limit.max_value)}"


def _conditions(parameter: HyperParameterView) -> str:
    return " and ".join(
        f"{clean(parent)} is {' or '.join(format_value(value, _ONE_VALUE) for value in values)}"
        for parent, values in parameter.conditions
    )
