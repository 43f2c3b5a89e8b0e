"""SIGHUP and SIGTERM for an app: neither the search nor the terminal may suffer from them."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

_Handler = Callable[[int, FrameType | None], Any] | int | signal.Handlers | None


class Signals:
    """Calls functions in the app's loop when a signal arrives, from `install()` until `restore()`.

    Plain handlers and not the loop's own: these run even while the loop is blocked by a terminal that takes nothing.

    Args:
        at_once: Called in the handler itself, before the function is handed to the loop.
        actions: What to do for each signal.
    """

    def __init__(self, at_once: Callable[[], None], actions: dict[signal.Signals, Callable[[], None]]) -> None:
        self._at_once = at_once
        self._actions = actions
        self._before: dict[signal.Signals, _Handler] = {}

    def install(self, loop: asyncio.AbstractEventLoop) -> None:
        """Take the signals over. Outside the main thread, where Python allows no handlers, nothing happens."""
        if threading.current_thread() is not threading.main_thread():
            return

        def handle(number: int, _: FrameType | None) -> None:
            self._at_once()
            loop.call_soon_threadsafe(self._actions[signal.Signals(number)])

        for number in self._actions:
            self._before[number] = signal.signal(number, handle)

    def restore(self) -> None:
        """Give the signals back to whom they belonged."""
        for number, handler in self._before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
        self._before.clear()

    def ignore(self, number: signal.Signals) -> None:
        """Ignore a signal from now on, also after `restore()`."""
        if number in self._before:
            self._before[number] = signal.SIG_IGN
            signal.signal(number, signal.SIG_IGN)
