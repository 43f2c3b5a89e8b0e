"""The base of the screens that show a search: what a key has changed is drawn at once."""

from __future__ import annotations

from textual import events
from textual.screen import Screen

from tui_tuner.tui.leavable import since_key_s

_BY_A_KEY_S = 0.1
"""What changes so soon after a key, the key has changed."""


class ImmediateScreen(Screen[None]):
    """Does not wait for the next of Textual's sixty frames a second, which comes up to two frames after the last one:
    a key that is pressed while the search's news are drawn would show 30 ms later."""

    async def _on_idle(self, event: events.Idle) -> None:
        """Textual calls this before its own method, which finds nothing left to draw then."""
        if self.is_current and self._has_changed and since_key_s(self.app) < _BY_A_KEY_S:
            self._on_timer_update()

    @property
    def _has_changed(self) -> bool:
        return bool(self._dirty_widgets or self._layout_required or self._scroll_required or self._repaint_required)
