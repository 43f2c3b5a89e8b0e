"""All that people have asked of a search, and what the engine said to it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import ClassVar

from textual.binding import BindingType
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from tui_tuner.analysis.formatting import format_count
from tui_tuner.analysis.interventions import asked
from tui_tuner.analysis.text import clean
from tui_tuner.engine.view import Intervention, SearchSource
from tui_tuner.tui.actions import bindings
from tui_tuner.tui.look import style
from tui_tuner.tui.screens.over_search import OverSearch
from tui_tuner.tui.state import ScreenState
from tui_tuner.tui.widgets.cursor_table import CursorTable
from tui_tuner.tui.widgets.line_table import Cell, Column, text_cell
from tui_tuner.tui.widgets.plain import Plain

_COLUMNS = (
    Column("when", width=15, max_width=15, fixed=True),
    Column("", width=1, max_width=1),
    Column("what was asked", width=16, max_width=60),
    Column("what was said", width=16, max_width=80),
    Column("who", width=8, max_width=60),
)


class InterventionTable(CursorTable):
    """One line for each, the latest first."""

    @dataclass
    class Moved(Message):
        """The cursor is on another one."""

    def __init__(self) -> None:
        super().__init__("interventions")
        self._rows: dict[str, Intervention] = {}
        self.set_columns(_COLUMNS)
        self.set_empty_text("Nobody has asked anything of this search.")

    def show(self, interventions: tuple[Intervention, ...]) -> None:
        """Draw these; the cursor stays on what it is on, and on the latest where it was on that."""
        on_latest = self.cursor_key is None or self.cursor_key == next(iter(self._rows), None)
        rows = {str(number): each for number, each in enumerate(interventions)}
        self._rows = dict(reversed(rows.items()))
        if on_latest or self.cursor_key not in self._rows:
            self.move_cursor(next(iter(self._rows), None))
        self.set_rows(list(self._rows))

    @property
    def selected(self) -> Intervention | None:
        """What the cursor is on."""
        return self._rows.get(self.cursor_key or "")

    def cursor_moved(self, key: str) -> None:
        self.post_message(self.Moved())

    def row_cells(self, index: int, key: str) -> tuple[Cell, ...]:
        each = self._rows[key]
        when = time.strftime("%b %d %H:%M:%S", time.localtime(each.time))
        mark = text_cell("✓", "completed") if each.ok else text_cell("✗", "failed")
        said = text_cell(clean(each.answer), "" if each.ok else "failed")
        return (text_cell(when, "dim"), mark, text_cell(asked(each)), said, text_cell(clean(each.who), "dim"))


class InterventionsScreen(OverSearch):
    """The log, and below it the whole of the line that the cursor is on.

    Args:
        source: Where it is read.
        guard: Runs what reads from the source, and takes care of its errors.
    """

    BINDINGS: ClassVar[list[BindingType]] = bindings("interventions")
    AUTO_FOCUS = "#interventions"
    scope = "interventions"

    def __init__(self, source: SearchSource, guard: Callable[[Callable[[], None]], None]) -> None:
        super().__init__()
        self._source = source
        self._guard = guard
        self.table = InterventionTable()
        self.whole = Plain("intervention")

    def body(self) -> Iterable[Widget]:
        yield self.table
        yield self.whole

    def on_mount(self) -> None:
        self.table.border_title = Content("What people have asked of the search")

    def show(self, state: ScreenState) -> None:
        self._guard(self._read)

    def _read(self) -> None:
        interventions = self._source.interventions()
        self.table.show(interventions)
        self.table.border_subtitle = Content(format_count(len(interventions), "request"))
        self._show_whole()

    def on_intervention_table_moved(self) -> None:
        self._show_whole()

    def _show_whole(self) -> None:
        each = self.table.selected
        if each is None:
            self.whole.put(Content(""))
            return
        said = clean(each.answer) or "nothing was said to it"
        parts = [(asked(each), "bold"), ("\n", ""), (said, "" if each.ok else style("failed"))]
        who = clean(each.who)
        self.whole.put(Content.assemble(*parts, *([(f"\n{who}", style("dim"))] if who else [])))
