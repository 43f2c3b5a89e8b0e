"""A table with a cursor on one of its rows."""

from __future__ import annotations

from textual import events

from tui_tuner.tui.widgets.line_table import LineTable


class CursorTable(LineTable):
    """Keys and clicks move the cursor; `cursor_moved` says what that means."""

    def cursor_moved(self, key: str) -> None:
        """Hook: the user went to a row."""

    def row_in_sight(self, key: str | None) -> bool:
        """Whether a row is drawn now."""
        return any(drawn_key == key for drawn_key, _ in self._drawn.values())

    def move_cursor(self, key: str | None) -> None:
        """Put the cursor on a row, or on none."""
        before, self.cursor_key = self.cursor_key, key
        self.repaint_row(before)
        self.repaint_row(key)

    def heading_clicked(self, column: int) -> None:
        """Hook: the user clicked a column's heading."""

    def go_to(self, key: str) -> None:
        """Put the cursor on a row, as if the user had gone there."""
        index = self._index(key)
        if index is not None:
            self._go(index)

    def _index(self, key: str | None) -> int | None:
        return next((index for index, other in enumerate(self.keys) if other == key), None)

    def scroll_to_cursor(self) -> None:
        """Bring the cursor's row into sight."""
        index = self._index(self.cursor_key)
        if index is None or not self.size.height:
            return
        top = self.scroll_offset.y
        if index < top:
            self.scroll_to(y=index, animate=False, force=True)
        elif index >= top + self.visible_rows:
            self.scroll_to(y=index - self.visible_rows + 1, animate=False, force=True)

    def _go(self, index: int) -> None:
        if not self.keys:
            return
        key = self.keys[max(0, min(len(self.keys) - 1, index))]
        self.move_cursor(key)
        self.scroll_to_cursor()
        self.cursor_moved(key)

    def _go_by(self, rows: int) -> None:
        self._go((self._index(self.cursor_key) or 0) + rows)

    def action_scroll_up(self) -> None:
        self._go_by(-1)

    def action_scroll_down(self) -> None:
        self._go_by(1)

    def action_page_up(self) -> None:
        self._go_by(-self.visible_rows)

    def action_page_down(self) -> None:
        self._go_by(self.visible_rows)

    def action_scroll_home(self) -> None:
        self._go(0)

    def action_scroll_end(self) -> None:
        self._go(len(self.keys) - 1)

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        if offset is not None and offset.y == 0:
            column = self.column_at(offset.x)
            if column is not None:
                self.heading_clicked(column)
        elif offset is not None:
            index = self.scroll_offset.y + offset.y - 1
            if index < len(self.keys):
                self._go(index)
