"""A table that draws only the rows in sight and repaints only those that changed, however many there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui_tuner.analysis.text import truncate
from tui_tuner.tui.trial_colours import COLOURS

Part = tuple[str, str]
"""Clean text, and the name of its colour: `""`, `dim`, `running`, `completed`, `failed`, `warning`, `best`, `track`,
or that of a marked trial."""

Cell = tuple[Part, ...]
"""What stands in one column of one row."""

_GAP = 2
_SMALLEST = 6
"""Fewer cells of a text are not worth showing."""

_MORE = "\u203a"
_COLOURS = ("dim", "running", "completed", "failed", "warning", "best", "track", *COLOURS)


@dataclass(frozen=True)
class Column:
    """One column.

    Args:
        label: Heading; clean text.
        right: Whether it is aligned to the right.
        width: Cells it has at least. It grows with what it shows, up to `max_width`.
        fixed: Whether it stays in sight when the table is scrolled sideways; fixed columns come first.
    """

    label: str
    right: bool = False
    width: int = 0
    max_width: int = 24
    fixed: bool = False


def text_cell(text: str, colour: str = "") -> Cell:
    """A cell of one colour."""
    return ((text, colour),)


class LineTable(ScrollView):
    """Base of tables. A subclass says what stands in a row by `row_cells`, which is asked only for rows in sight.

    The first line is the heading and stays in place; a mark at its end says that there is more to the right.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "table--heading",
        "table--cursor",
        *(f"table--{colour}" for colour in _COLOURS),
    }

    def __init__(self, widget_id: str) -> None:
        super().__init__(id=widget_id)
        self._columns: tuple[Column, ...] = ()
        self._widths: list[int] = []
        self._keys: Sequence[str] = ()
        self._drawn: dict[int, tuple[str, tuple[Cell, ...]]] = {}
        self._empty_text = ""
        self.cursor_key: str | None = None

    def row_cells(self, index: int, key: str) -> tuple[Cell, ...]:
        """The cells of one row, in the order of the columns."""
        raise NotImplementedError

    @property
    def keys(self) -> Sequence[str]:
        """Keys of all rows in their order."""
        return self._keys

    def lines_of(self, keys: Sequence[str]) -> Sequence[str]:
        """Those of these rows that have a line on the screen."""
        top = self.scroll_offset.y
        return keys[top : top + max(0, self.size.height - 1)]

    @property
    def visible_rows(self) -> int:
        """How many rows fit below the heading."""
        return max(1, self.scrollable_content_region.height - 1)

    def set_empty_text(self, text: str) -> None:
        """What to say while there are no rows."""
        if text != self._empty_text:
            self._empty_text = text
            if not self._keys:
                self.refresh()

    def set_columns(self, columns: Sequence[Column]) -> None:
        """Set the columns; nothing happens if they are the same."""
        if tuple(columns) == self._columns:
            return
        self._columns = tuple(columns)
        self._widths = [min(column.max_width, max(column.width, cell_len(column.label))) for column in self._columns]
        self._drawn.clear()
        self._fit()
        self.refresh()

    def set_rows(self, keys: Sequence[str]) -> None:
        """Set the rows and repaint those lines in sight that look different now."""
        was_empty = not self._keys
        resized = len(keys) != len(self._keys)
        self._keys = keys
        if resized:
            self._fit()
        if was_empty and keys:
            self.refresh()
        top = self.scroll_offset.y
        for index in range(top, top + self.size.height - 1):
            key = keys[index] if index < len(keys) else None
            drawn = self._drawn.get(index)
            if key is None:
                if drawn is not None:
                    del self._drawn[index]
                    self.refresh_lines(index + 1)
            elif drawn is None or drawn != (key, self.row_cells(index, key)):
                self.refresh_lines(index + 1)

    def repaint_row(self, key: str | None) -> None:
        """Repaint one row, if it is in sight."""
        for index, (drawn_key, _) in self._drawn.items():
            if drawn_key == key:
                self.refresh_lines(index + 1)

    def _fit(self) -> None:
        width = sum(self._widths) + _GAP * max(0, len(self._widths) - 1)
        size = Size(width, len(self._keys) + 1)
        if size != self.virtual_size:
            self.virtual_size = size

    def _grow(self, cells: tuple[Cell, ...]) -> bool:
        """Make columns as wide as these cells need; whether any had to grow."""
        grown = False
        for index, (cell, column) in enumerate(zip(cells, self._columns, strict=True)):
            need = min(column.max_width, sum(cell_len(text) for text, _ in cell))
            if need > self._widths[index]:
                self._widths[index] = need
                grown = True
        return grown

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._drawn.clear()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        if round(old_value) != round(new_value):
            self._drawn.clear()

    def render_line(self, y: int) -> Strip:
        """One line of the visible part."""
        width = self.scrollable_content_region.width
        base = self.rich_style
        if not self._keys:
            dim = base + self.get_component_rich_style("table--dim", partial=True)
            lines = wrap(self._empty_text, max(1, width))
            text = truncate(lines[y], width) if y < len(lines) else ""
            return Strip([Segment(text, dim)]).adjust_cell_length(width, base)
        if y == 0:
            heading = base + self.get_component_rich_style("table--heading", partial=True)
            labels = tuple(text_cell(column.label) for column in self._columns)
            more = _MORE if self.scroll_offset.x < self.max_scroll_x else ""
            line = self._line(labels, heading, width - len(more))
            return Strip.join([line, Strip([Segment(more, heading)])])
        index = self.scroll_offset.y + y - 1
        if index >= len(self._keys):
            self._drawn.pop(index, None)
            return Strip.blank(width, base)
        key = self._keys[index]
        cells = self.row_cells(index, key)
        if self._grow(cells):
            self.call_later(self._grown)
        self._drawn[index] = (key, cells)
        if key == self.cursor_key:
            base = base + self.get_component_rich_style("table--cursor", partial=True)
        return self._line(cells, base, width)

    def _grown(self) -> None:
        self._fit()
        self.refresh()

    def _line(self, cells: tuple[Cell, ...], base: Style, width: int) -> Strip:
        """Cells as a strip: the fixed columns, then the others from where the table is scrolled to.

        Of a text that fits only in part the beginning is shown; a number is left out then: half of it would be wrong.
        """
        fixed: list[Segment] = []
        moving: list[Segment] = []
        left = self.scroll_offset.x
        room = max(0, width - self._fixed_width())
        start = 0
        for cell, column, column_width in zip(cells, self._columns, self._widths, strict=False):
            segments = fixed if column.fixed else moving
            shown = cell
            cells_left = column_width
            if not column.fixed:
                cells_left = min(column_width, left + room - start)
                if start < left or cells_left < (column_width if column.right else min(column_width, _SMALLEST)):
                    shown = ()
                start += column_width + _GAP
            drawn = self._cell(shown, column, max(0, cells_left), base)
            segments += [*drawn, Segment(" " * (column_width - max(0, cells_left) + _GAP), base)]
        tail = Strip(moving).crop(left, left + room)
        return Strip.join([Strip(fixed), tail]).adjust_cell_length(width, base)

    def _fixed_width(self) -> int:
        columns = zip(self._columns, self._widths, strict=True)
        return sum(width + _GAP for column, width in columns if column.fixed)

    def _column_starts(self) -> list[int]:
        """Where the columns that are not fixed begin, beside the fixed ones."""
        starts = [0]
        for column, width in zip(self._columns, self._widths, strict=True):
            if not column.fixed:
                starts.append(starts[-1] + width + _GAP)
        return starts[:-1]

    def column_at(self, x: int) -> int | None:
        """Which column is drawn at a cell of the line; `None` between them."""
        start = -self.scroll_offset.x + self._fixed_width()
        fixed = 0
        for index, (column, width) in enumerate(zip(self._columns, self._widths, strict=True)):
            begin = fixed if column.fixed else start
            if begin <= x < begin + width and (column.fixed or x >= self._fixed_width()):
                return index
            if column.fixed:
                fixed += width + _GAP
            else:
                start += width + _GAP
        return None

    def action_scroll_right(self) -> None:
        """Go on by a column."""
        following = [start for start in self._column_starts() if start > self.scroll_offset.x]
        if following:
            self.scroll_to(x=following[0], animate=False, force=True)

    def action_scroll_left(self) -> None:
        """Go back by a column."""
        before = [start for start in self._column_starts() if start < self.scroll_offset.x]
        if before:
            self.scroll_to(x=before[-1], animate=False, force=True)

    def _cell(self, cell: Cell, column: Column, width: int, base: Style) -> list[Segment]:
        segments: list[Segment] = []
        left = width
        for text, colour in cell:
            shown = truncate(text, left)
            if shown:
                style = base + self.get_component_rich_style(f"table--{colour}", partial=True) if colour else base
                segments.append(Segment(shown, style))
                left -= cell_len(shown)
        pad = Segment(" " * left, base)
        return [pad, *segments] if column.right else [*segments, pad]
