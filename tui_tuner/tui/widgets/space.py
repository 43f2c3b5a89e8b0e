"""The search space: one hyperparameter a line, with the best value so far."""

from __future__ import annotations

from tui_tuner.analysis.formatting import NOTHING, format_count, format_number, format_value
from tui_tuner.analysis.text import clean
from tui_tuner.engine.view import HyperParameterView
from tui_tuner.tui.state import ScreenState
from tui_tuner.tui.widgets.line_table import Cell, Column, LineTable, text_cell

_ONE_VALUE = 20
_NAME = Column("name", width=4, max_width=28, fixed=True)
_BEST = Column("best", right=True, width=6, max_width=18)
_KIND = Column("kind", width=4)
_RANGE = Column("range or values", width=6, max_width=60)
_STEP = Column("step", right=True, width=4)
_SAMPLING = Column("sampling", width=8)
_CONDITION = Column("only if", width=7, max_width=80)


class SpacePane(LineTable, can_focus=True):
    """The search space. Columns that would be empty are left out."""

    def __init__(self) -> None:
        super().__init__("space")
        self._rows: dict[str, tuple[Cell, ...]] = {}

    def on_mount(self) -> None:
        self.border_title = "[b]3[/b] Search space"

    def show(self, state: ScreenState) -> None:
        """Draw what is new in `state`."""
        view = state.view
        space = view.space
        best = view.best.hyperparameters if view.best else {}
        has_step = any(parameter.step is not None for parameter in space)
        has_sampling = any(parameter.sampling for parameter in space)
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
            if has_step:
                cells.append(text_cell(_step(parameter), "dim"))
            if has_sampling:
                cells.append(text_cell(clean(parameter.sampling or ""), "dim"))
            if has_condition:
                cells.append(text_cell(_conditions(parameter), "dim"))
            # The same name may stand under different conditions: the number keeps the rows apart.
            self._rows[f"{len(self._rows)}"] = tuple(cells)
        wanted = [(_STEP, has_step), (_SAMPLING, has_sampling), (_CONDITION, has_condition)]
        self.set_columns([_NAME, _BEST, _KIND, _RANGE, *(column for column, present in wanted if present)])
        self.set_empty_text("Found when the model is built for the first time.")
        self.set_rows(list(self._rows))
        subtitle = format_count(len(space), "hyperparameter") if space else ""
        if subtitle != (self.border_subtitle or ""):
            self.border_subtitle = subtitle

    def row_cells(self, index: int, key: str) -> tuple[Cell, ...]:
        return self._rows[key]


def format_range(parameter: HyperParameterView) -> str:
    """`8 … 64`, or the values of a choice."""
    if parameter.min_value is not None and parameter.max_value is not None:
        return f"{format_number(parameter.min_value)} … {format_number(parameter.max_value)}"
    return ", ".join(format_value(value, _ONE_VALUE) for value in parameter.values)


def _step(parameter: HyperParameterView) -> str:
    if parameter.step is None:
        return ""
    times = "times " if parameter.sampling == "log" else ""
    return times + format_number(parameter.step)


def _conditions(parameter: HyperParameterView) -> str:
    return " and ".join(
        f"{clean(parent)} is {' or '.join(format_value(value, _ONE_VALUE) for value in values)}"
        for parent, values in parameter.conditions
    )
