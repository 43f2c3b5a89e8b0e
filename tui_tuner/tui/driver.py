"""A terminal that may go away: writing to it or reading from it then fails, and that must not end the process."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable
from typing import IO, Protocol, cast, runtime_checkable

from textual.app import App
from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver


@runtime_checkable
class TerminalUser(Protocol):
    """An app that wants to know when its terminal is gone."""

    def terminal_lost(self) -> None:
        """The terminal can neither be read nor written any more. Called from the driver's threads."""
        ...


class _Output:
    """The terminal's stream, which swallows what can no longer be written and says so once."""

    def __init__(self, stream: IO[str], lost: Callable[[], None]) -> None:
        self._stream = stream
        self._lost = lost
        self._gone = False

    def write(self, text: str) -> int:
        self._try(lambda: self._stream.write(text))
        return len(text)

    def flush(self) -> None:
        self._try(self._stream.flush)

    def fileno(self) -> int:
        return self._stream.fileno()

    def isatty(self) -> bool:
        return not self._gone and self._stream.isatty()

    def _try(self, call: Callable[[], object]) -> None:
        if self._gone:
            return
        try:
            call()
        except OSError:
            self._gone = True
            self._lost()


class HangupDriver(LinuxDriver):
    """Textual's driver for Linux and macOS, which outlives its terminal.

    The plain driver's output thread dies at the first write that fails, and then the app blocks for ever on its full
    queue; its input thread takes the whole app down. Here both tell the app that the terminal is gone.
    """

    def __init__(
        self,
        app: App[object],
        *,
        debug: bool = False,
        mouse: bool = True,
        size: tuple[int, int] | None = None,
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self._file = cast("IO[str]", _Output(sys.__stderr__ or sys.stderr, self._on_lost))  # type: ignore[assignment]

    def run_input_thread(self) -> None:
        try:
            super().run_input_thread()
        except OSError:
            self._on_lost()

    def _on_lost(self) -> None:
        if isinstance(self._app, TerminalUser):
            self._app.terminal_lost()


def driver_class(default: type[Driver]) -> type[Driver]:
    """The driver to use in place of Textual's choice."""
    return HangupDriver if default is LinuxDriver else default


def detach_from_terminal() -> None:
    """Point standard input, output and error at nothing, where they are a terminal.

    What is printed after the terminal has gone then goes nowhere instead of raising. Files and pipes are left alone.
    """
    for descriptor, flags in ((0, os.O_RDONLY), (1, os.O_WRONLY), (2, os.O_WRONLY)):
        try:
            # Not isatty(): it says no for a terminal that is gone.
            is_device = stat.S_ISCHR(os.fstat(descriptor).st_mode)
        except OSError:
            is_device = True  # closed: whatever is opened next must not take its place
        if is_device:
            null = os.open(os.devnull, flags)
            if null != descriptor:
                os.dup2(null, descriptor)
                os.close(null)
