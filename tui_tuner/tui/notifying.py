"""An app that also tells of its search a person who looks at another window."""

from __future__ import annotations

from textual.app import SystemCommand

from tui_tuner.tui.herald import Herald
from tui_tuner.tui.leavable import LeavableApp


class NotifyingApp(LeavableApp):
    """Has a herald, which the palette makes silent, now and for searches to come.

    Args:
        quiet: Send no notifications to the terminal.
    """

    def __init__(self, *, quiet: bool) -> None:
        super().__init__()
        self.herald = self._herald(quiet or self._preferences.quiet)

    def new_herald(self) -> Herald:
        """For another search, in place of the last one's."""
        self.herald = self._herald(self.herald.quiet)
        return self.herald

    def _herald(self, quiet: bool) -> Herald:
        return Herald(self.tell_terminal, looking=self.is_looked_at, quiet=quiet)

    def notifications_command(self) -> SystemCommand:
        """For the palette."""
        return SystemCommand(
            "Notifications" if self.herald.quiet else "No notifications",
            "Of a new best trial, a failure and the end, through the terminal; kept for other searches",
            self.action_change_notifications,
        )

    def action_change_notifications(self) -> None:
        """Send notifications to the terminal, or none, now and for searches to come."""
        self.herald.quiet = not self.herald.quiet
        self._preferences.choose_quiet(self.herald.quiet)
        self.notify("No notifications are sent any more." if self.herald.quiet else "Notifications are sent again.")
