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
        before, self._shown = self._shown, content
        takes_other_place = self._takes_other_place(before, content)
        self.update(content, layout=takes_other_place)
        if takes_other_place:
            # Textual keeps the size of what it has laid out since it was last asked to lay out, such as the old text's.
            self._layout_updates += 1
        return True

    def _takes_other_place(self, before: Content, after: Content) -> bool:
        """Whether the widget's size changes: only then the whole screen is laid out again."""
        styles = self.styles
        if not styles.is_auto_width and not styles.is_auto_height:
            return False
        rules, width = styles.get_rules(), self.size.width
        if styles.is_auto_width and before.get_optimal_width(rules, width) != after.get_optimal_width(rules, width):
            return True
        if not styles.is_auto_height:
            return False
        return not width or before.get_height(rules, width) != after.get_height(rules, width)

    @property
    def shown(self) -> Content:
        """What is shown now."""
        return self._shown
