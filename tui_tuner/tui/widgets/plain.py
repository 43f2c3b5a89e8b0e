"""A piece of text that is repainted only when it differs."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static


class Plain(Static):
    """Static content that compares before it repaints. Takes `Content`, so nothing is ever read as markup."""

    def __init__(self, widget_id: str | None = None) -> None:
        super().__init__("", id=widget_id, markup=False)
        self._shown = Content("")

    def put(self, content: Content) -> bool:
        """Show `content`; whether that changed anything."""
        if content.is_same(self._shown):
            return False
        self._shown = content
        # A changed number of lines needs a new layout, a changed line does not.
        self.update(content, layout=self.styles.is_auto_height or self.styles.is_auto_width)
        return True

    @property
    def shown(self) -> Content:
        """What is shown now."""
        return self._shown
