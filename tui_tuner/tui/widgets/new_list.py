"""The list of what can be started."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual.message import Message

from tui_tuner.analysis.text import clean
from tui_tuner.headless.offers import Offer
from tui_tuner.tui.widgets.cursor_table import CursorTable
from tui_tuner.tui.widgets.line_table import Cell, Column, text_cell

_COLUMNS = (
    Column("config", width=16, max_width=40, fixed=True),
    Column("", width=8, max_width=8),
    Column("what it is", width=20, max_width=300),
)


class NewList(CursorTable):
    """Configs, each a line."""

    @dataclass
    class Moved(Message):
        """The cursor is on another one."""

    def __init__(self) -> None:
        super().__init__("new")
        self._offers: dict[str, Offer] = {}
        self.set_columns(_COLUMNS)

    def show(self, offers: Sequence[Offer]) -> None:
        """Draw these, in their order."""
        self._offers = {str(offer.path): offer for offer in offers}
        if self.cursor_key not in self._offers:
            self.move_cursor(next(iter(self._offers), None))
        self.set_rows(list(self._offers))

    @property
    def selected(self) -> Offer | None:
        """What the cursor is on."""
        return self._offers.get(self.cursor_key or "")

    def cursor_moved(self, key: str) -> None:
        self.post_message(self.Moved())

    def row_cells(self, index: int, key: str) -> tuple[Cell, ...]:
        offer = self._offers[key]
        kind = text_cell(offer.kind.value, "best" if offer.kind.value == "demo" else "dim")
        return (text_cell(clean(offer.name)), kind, text_cell(clean(offer.about), "dim"))
