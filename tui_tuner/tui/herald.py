"""Tells a person who looks at another window: a title with the progress, and a notification where it matters.

Both are written to the terminal, which hands them on over SSH: `OSC 2` for the title, `OSC 9` for a notification, and
the bell, which multiplexers pass on as a mark at the window.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable

from tui_tuner.analysis.headlines import headlines, title
from tui_tuner.engine.view import SearchView

BELL = "\a"
_SELDOM_S = 15.0
"""New bests and failures are told no more often than that; the end always is."""

_NO_TITLE = ("", "dumb", "linux")
"""Terminals without a title that would show what is meant for it."""


class Herald:
    """Of one search.

    Args:
        write: Takes what goes to the terminal, beside what is drawn.
        looking: Whether the person is known to look at this terminal just now; then nothing is told.
        quiet: Whether nothing shall be told at all; the title says nothing aloud and stays.
        clock: Seconds that only grow.

    Attributes:
        quiet: As given; may be changed at any time.
    """

    def __init__(
        self,
        write: Callable[[str], None],
        *,
        looking: Callable[[], bool] = lambda: False,
        quiet: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._write = write
        self._looking = looking
        self.quiet = quiet
        self._clock = clock
        self._view: SearchView | None = None
        self._title = ""
        self._told = -_SELDOM_S
        self._waiting: list[str] = []
        self._has_title = os.environ.get("TERM", "") not in _NO_TITLE

    def observe(self, view: SearchView, now: float, word: str) -> None:
        """A new snapshot.

        Args:
            now: Seconds since the epoch.
            word: The state in a word, as it is shown.
        """
        self._put_title(title(view, now, word))
        before, self._view = self._view, view
        if before is None or self.quiet:
            return
        self._waiting += headlines(before, view)
        if self._looking():
            self._waiting.clear()
        if self._waiting and (not view.state.is_live or self._clock() - self._told >= _SELDOM_S):
            self._tell(self._waiting[-1])

    def _tell(self, text: str) -> None:
        self._told = self._clock()
        self._waiting.clear()
        # Begins with a word: terminals take a number there for the progress of a taskbar.
        self._write(f"\x1b]9;tui-tuner: {text}\x1b\\{BELL}")

    def _put_title(self, text: str) -> None:
        if text != self._title and self._has_title:
            self._title = text
            self._write(f"\x1b]2;{text}\x1b\\")
