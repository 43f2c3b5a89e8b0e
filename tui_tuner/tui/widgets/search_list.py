"""The list of searches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from textual.content import Content
from textual.message import Message

from tui_tuner.analysis.formatting import format_age, format_count, format_metric, format_state
from tui_tuner.analysis.sparkline import sparkline
from tui_tuner.analysis.text import clean
from tui_tuner.engine.brief import SearchBrief
from tui_tuner.system.user_state import home_folder
from tui_tuner.tui.look import SEARCH_LOOKS
from tui_tuner.tui.widgets.cursor_table import CursorTable
from tui_tuner.tui.widgets.line_table import Cell, Column, text_cell

_COURSE_WIDTH = 14
_MARK = "◆"

_COLUMNS = (
    Column("", width=1, fixed=True),
    Column("search", width=10, max_width=30, fixed=True),
    Column("state", width=13, max_width=14),
    Column("best", right=True, width=8, max_width=10),
    Column("trials", right=True, width=8, max_width=16),
    Column("changed", right=True, width=9, max_width=12),
    Column("course", width=_COURSE_WIDTH, max_width=_COURSE_WIDTH),
    Column("objective", width=9, max_width=20),
    Column("folder", width=10, max_width=200),
)


class SearchList(CursorTable):
    """Searches, each a line. Its keys are the directories."""

    @dataclass
    class Moved(Message):
        """The cursor is on another search."""

    def __init__(self, here: Path) -> None:
        super().__init__("searches")
        self._here = here
        self._briefs: Mapping[str, SearchBrief] = {}
        self._now = 0.0
        self.marked: tuple[str, ...] = ()
        self.set_columns(_COLUMNS)

    def show(self, briefs: Sequence[SearchBrief], now: float) -> None:
        """Draw these searches, in their order.

        Args:
            now: Seconds since the epoch.
        """
        self._briefs = {str(brief.root): brief for brief in briefs}
        self._now = now
        self.marked = tuple(key for key in self.marked if key in self._briefs)
        keys = list(self._briefs)
        if self.cursor_key not in self._briefs:
            before = self.keys
            place = next((place for place, key in enumerate(before) if key == self.cursor_key), 0)
            self.move_cursor(keys[min(place, len(keys) - 1)] if keys else None)
        self.set_rows(keys)

    @property
    def selected(self) -> SearchBrief | None:
        """What the cursor is on."""
        return self._briefs.get(self.cursor_key or "")

    @property
    def chosen(self) -> tuple[SearchBrief, ...]:
        """The marked searches, in the order of their marks."""
        return tuple(self._briefs[key] for key in self.marked)

    def toggle_mark(self) -> None:
        """Mark the search under the cursor, or take its mark away."""
        key = self.cursor_key
        if key in self._briefs and key is not None:
            rest = tuple(marked for marked in self.marked if marked != key)
            self.marked = rest if key in self.marked else (*rest, key)
            self.repaint_row(key)

    def move_cursor(self, key: str | None) -> None:
        super().move_cursor(key)
        brief = self.selected
        self.border_subtitle = Content("" if brief is None else short_path(brief.root, self._here))

    def cursor_moved(self, key: str) -> None:
        self.post_message(self.Moved())

    def row_cells(self, index: int, key: str) -> tuple[Cell, ...]:
        brief = self._briefs[key]
        mark = text_cell(_MARK if key in self.marked else "", "best")
        folder = text_cell(short_path(brief.root, self._here), "dim")
        if brief.problem:
            name = text_cell(clean(brief.root.name))
            return (
                mark,
                name,
                text_cell("✗ unreadable", "failed"),
                *([()] * 5),
                text_cell(clean(brief.problem), "dim"),
            )
        look = SEARCH_LOOKS[brief.state]
        total = f" of {brief.max_trials:,}" if brief.max_trials is not None else ""
        return (
            mark,
            text_cell(clean(brief.name) or clean(brief.root.name)),
            text_cell(f"{look.symbol} {format_state(brief.state)}", look.colour),
            text_cell(format_metric(brief.best_score), "best" if brief.best_score is not None else "dim"),
            text_cell(f"{format_count(brief.ended)}{total}"),
            text_cell(format_age(None if brief.changed is None else max(0.0, self._now - brief.changed)), "dim"),
            text_cell(sparkline(brief.course, _COURSE_WIDTH), "completed"),
            text_cell(clean(brief.objective.name), "dim"),
            folder,
        )


def short_path(path: Path, here: Path) -> str:
    """A path as a person there would write it; clean text."""
    for base, prefix in ((here, ""), (home_folder(), "~/")):
        if path.is_relative_to(base):
            below = str(path.relative_to(base))
            return clean(f"{prefix}{below}" if below != "." else str(path))
    return clean(str(path))
