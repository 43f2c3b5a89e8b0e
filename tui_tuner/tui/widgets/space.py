"""The search space: one hyperparameter a line, with what the search has learnt of it."""

from __future__ import annotations

from textual.content import Content
from textual.worker import Worker

from tui_tuner.analysis.edges import Edge
from tui_tuner.analysis.formatting import NOTHING, format_count, format_number, format_share, format_value
from tui_tuner.analysis.strips import Learnt, Strip
from tui_tuner.analysis.text import clean, truncate
from tui_tuner.engine.view import HyperParameterView, LimitView
from tui_tuner.tui.look import pane_title, style
from tui_tuner.tui.state import ScreenState
from tui_tuner.tui.widgets.cursor_table import CursorTable
from tui_tuner.tui.widgets.learning import Learning
from tui_tuner.tui.widgets.line_table import Cell, Column, Part, text_cell

_ONE_VALUE = 20
_NAME = Column("name", width=4, max_width=28, fixed=True)
_BEST = Column("best", right=True, width=6, max_width=18)
_MATTERS = Column("matters", right=True, width=7)
_ADVICE = Column("advice", width=6, max_width=40)
_KIND = Column("kind", width=4)
_RANGE = Column("range or values", width=6, max_width=60)
_LIMIT = Column("only", width=6, max_width=40)
_CONDITION = Column("only if", width=7, max_width=80)
_NARROW_STRIP, _WIDE_STRIP = 12, 32
_STRIP_SHARE = 4
"""A strip has the n-th part of the pane's width."""

_HEIGHTS = "▂▃▄▅▆▇█"
_FLOOR = "▁"
_MARK = "◆"
_SUBTITLE_WIDTH = 40


class SpacePane(CursorTable, can_focus=True):
    """The search space. A column is there only while it has something to say."""

    def __init__(self) -> None:
        super().__init__("space")
        self._rows: dict[str, tuple[Cell, ...]] = {}
        self._space: tuple[HyperParameterView, ...] = ()
        self._learning = Learning(self, self._draw)
        self._state: ScreenState | None = None
        self._subtitled = Content("")

    def on_mount(self) -> None:
        self.border_title = pane_title(3, "Search space")

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        self._learning.worker_changed(event)

    def on_resize(self) -> None:
        self._draw()

    def show(self, state: ScreenState) -> None:
        """Draw what is new in `state`."""
        self._state = state
        self._draw()

    def _draw(self) -> None:
        if self._state is None:
            return
        view = self._state.view
        self._space = space = view.space
        width = max(_NARROW_STRIP, min(_WIDE_STRIP, self.size.width // _STRIP_SHARE))
        known = self._learning.update(view, width)
        best = view.best.hyperparameters if view.best else {}
        columns = [_NAME, _BEST, Column("tried, best", width=width, max_width=width)]
        columns += [_LIMIT] * bool(view.limits) + [_MATTERS] * bool(known.shares)
        columns += [_RANGE] + [_ADVICE] * bool(known.edges) + [_KIND]
        columns += [_CONDITION] * any(parameter.conditions for parameter in space)
        self._rows = {}
        for parameter in space:
            name = parameter.name
            value, limit, strip = best.get(name), view.limits.get(name), known.strips.get(name)
            cells = {
                _NAME: text_cell(clean(name)),
                _BEST: text_cell(NOTHING, "track") if value is None else text_cell(format_value(value), "best"),
                columns[2]: () if strip is None else draw_strip(strip, width),
                _MATTERS: text_cell("" if name not in known.shares else format_share(known.shares[name])),
                _ADVICE: text_cell("" if name not in known.edges else format_advice(known.edges[name]), "warning"),
                _LIMIT: text_cell("" if limit is None else format_limit(limit), "warning"),
                _RANGE: text_cell(format_range(parameter)),
                _KIND: text_cell(clean(parameter.kind), "dim"),
                _CONDITION: text_cell(_conditions(parameter), "dim"),
            }
            # The same name may stand under different conditions: the number keeps the rows apart.
            self._rows[f"{len(self._rows)}"] = tuple(cells[column] for column in columns)
        self.set_columns(columns)
        self.set_empty_text("Found when the model is built for the first time.")
        if self.cursor_key not in self._rows:
            self.cursor_key = next(iter(self._rows), None)
        self.set_rows(list(self._rows))
        self._put_subtitle(known)

    def _put_subtitle(self, known: Learnt) -> None:
        subtitle = Content(format_count(len(self._space), "hyperparameter") if self._space else "")
        if known.edges:
            names = ", ".join(clean(name) for name in known.edges)
            subtitle = Content.styled(truncate(f"widen {names}", _SUBTITLE_WIDTH), style("warning"))
        if not subtitle.is_same(self._subtitled):
            self._subtitled = subtitle
            self.border_subtitle = subtitle

    @property
    def selected(self) -> str | None:
        """The name of the hyperparameter that the cursor is on, if there is one."""
        return None if self.cursor_key is None else self._space[int(self.cursor_key)].name

    def row_cells(self, index: int, key: str) -> tuple[Cell, ...]:
        return self._rows[key]


def draw_strip(strip: Strip, width: int) -> Cell:
    """How often each part of the range was tried as heights, those where the best tenth is found in their colour, and
    the best trial as a mark. Neighbouring values have a gap between them where there is room for one."""
    count = len(strip.samples)
    columns = min(count, width)
    room = max(1, width // max(1, count))
    gap = 1 if room > 2 else 0
    most = max(strip.samples, default=0)
    hot = strip.hot
    parts: list[Part] = []
    for column in range(columns):
        # Of values that are more than there is room for, a column shows several.
        cells = range(column * count // columns, (column + 1) * count // columns)
        tried = max(strip.samples[cell] for cell in cells)
        colour = "best" if any(hot[cell] for cell in cells) else "dim" if tried else "track"
        char = _HEIGHTS[-(-tried * len(_HEIGHTS) // most) - 1] if tried else _FLOOR
        text = char * (room - gap)
        if strip.best is not None and strip.best in cells:
            middle = (len(text) - 1) // 2
            parts += [(text[:middle], colour), (_MARK, "best"), (text[middle + 1 :], colour)]
        else:
            parts.append((text, colour))
        parts.append((" " * gap, ""))
    return tuple(part for part in parts if part[0])


def format_advice(edge: Edge) -> str:
    """`widen up to 0.03`: what to do about a range that ends where the best values are."""
    way = "up" if edge.side == "upper" else "down"
    return f"{'lift the limit' if edge.is_limit else 'widen'} {way} to {format_number(edge.beyond)}"


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
