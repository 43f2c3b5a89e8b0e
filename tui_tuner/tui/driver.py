"""A terminal that may stall or go away, which must neither block nor end the process that draws on it."""

from __future__ import annotations

import os
import select
import stat
import sys
import time
from collections.abc import Callable, Iterable
from typing import IO, Protocol, cast, runtime_checkable

from textual._time import get_time
from textual._xterm_parser import XTermParser
from textual.app import App
from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

from tui_tuner.tui.terminal_input import TerminalInput

PATIENCE_S = 1.0
"""How long a terminal that takes nothing is waited for once the app is leaving."""

_LOOK_EVERY_S = 0.1
_READ_BYTES = 4096

_KEEP_TITLE, _RESTORE_TITLE = "\x1b[22;2t", "\x1b[23;2t"
"""The window's title, which a search on the screen changes, is as before afterwards."""


@runtime_checkable
class TerminalUser(Protocol):
    """An app that wants to know when its terminal is gone."""

    def terminal_lost(self) -> None:
        """The terminal can neither be read nor written any more. Called from the driver's threads."""
        ...


class TerminalOutput:
    """Writes to a terminal without getting stuck in it.

    Args:
        stream: The terminal, or a file or pipe, to which is written as usual.
        lost: Called once when writing fails.
    """

    def __init__(self, stream: IO[str], lost: Callable[[], None]) -> None:
        self._stream = stream
        self._lost = lost
        self._gone = False
        self._waited_s = 0.0
        self._stuck_since: float | None = None
        self.leaving = False
        stream.flush()
        try:
            # A description of our own: O_NONBLOCK on the one that the shell shares would hit the shell too.
            self._descriptor: int | None = os.open(
                os.ttyname(stream.fileno()), os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY
            )
        except OSError:
            self._descriptor = None

    def write(self, text: str) -> int:
        """Write, and wait for the terminal as long as it takes; but not much longer once the app is leaving."""
        if not self._gone:
            try:
                if self._descriptor is None:
                    self._stream.write(text)
                else:
                    self._write_all(self._descriptor, text.encode("utf-8", errors="replace"))
            except OSError:
                self.abandon()
                self._lost()
        return len(text)

    def flush(self) -> None:
        if self._descriptor is None and not self._gone:
            try:
                self._stream.flush()
            except OSError:
                self.abandon()
                self._lost()

    @property
    def waited_s(self) -> float:
        """Seconds in all in which the terminal took nothing of what there was to write."""
        since = self._stuck_since
        return self._waited_s + (0.0 if since is None else time.monotonic() - since)

    @property
    def is_stuck(self) -> bool:
        """Whether the terminal takes nothing now of what there is to write."""
        return self._stuck_since is not None

    def fileno(self) -> int:
        return self._stream.fileno()

    def isatty(self) -> bool:
        return self._stream.isatty()

    def abandon(self) -> None:
        """Write nothing any more."""
        self._gone = True

    def close(self) -> None:
        self._gone = True
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _write_all(self, descriptor: int, data: bytes) -> None:
        left = memoryview(data)
        while left and not self._gone:
            try:
                left = left[os.write(descriptor, left) :]
                self._flows()
            except BlockingIOError:
                now = time.monotonic()
                if self._stuck_since is None:
                    self._stuck_since = now
                if self.leaving and now - self._stuck_since > PATIENCE_S:
                    self.abandon()
                else:
                    self.wait(descriptor)

    def _flows(self) -> None:
        since = self._stuck_since
        if since is not None:
            self._waited_s += time.monotonic() - since
            self._stuck_since = None

    def wait(self, descriptor: int) -> bool:
        """Wait a little for the terminal to take something; whether it does."""
        return bool(select.select([], [descriptor], [], _LOOK_EVERY_S)[1])


class PatientDriver(LinuxDriver):
    """Textual's driver for Linux and macOS, which outlives its terminal.

    The plain driver's output thread dies at the first write that fails, and then the app blocks for ever on its full
    queue; with a terminal that takes nothing (a suspended connection) leaving blocks as well; and its input thread
    takes the whole app down, also at the first byte that is no UTF-8. Here the app is told that the terminal is gone,
    and a stuck one is given up on leaving.
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
        self._open_output()

    def _open_output(self) -> None:
        self.output = TerminalOutput(sys.__stderr__ or sys.stderr, self._on_lost)
        self._file = cast("IO[str]", self.output)  # type: ignore[assignment]

    def start_application_mode(self) -> None:
        self._began = get_time()
        super().start_application_mode()  # type: ignore[no-untyped-call]
        self.write(_KEEP_TITLE)

    def stop_application_mode(self) -> None:
        self.write(_RESTORE_TITLE)
        super().stop_application_mode()

    def resume_application_mode(self) -> None:
        """Take the terminal again after a suspension, for which it was closed."""
        self._open_output()
        super().resume_application_mode()

    def run_input_thread(self) -> None:
        try:
            self._read_terminal()
        except OSError:
            self._on_lost()

    def _read_terminal(self) -> None:
        """Hand on what comes from the terminal until the app ends, or the terminal: an app that gives up its terminal
        need not tell this thread, for which the process would wait."""
        parser = XTermParser(self._debug)
        terminal = TerminalInput()
        # What waits already was typed before anything was in sight, even if it is read after the first frame.
        pressed: float | None = self._began
        while not self.exit_event.is_set():
            if select.select([self.fileno], [], [], _LOOK_EVERY_S if pressed is None else 0.0)[0]:
                data = os.read(self.fileno, _READ_BYTES)
                if not data:  # there is no more, neither from a terminal that is gone nor from what never was one
                    return
                if text := terminal.read(data):
                    self._hand_on(parser.feed(text), pressed)
            self._hand_on(parser.tick(), pressed)
            pressed = None

    def _hand_on(self, messages: Iterable[Message], pressed: float | None) -> None:
        """Hand messages to the app; `pressed` is when their keys were pressed, `None` for now."""
        for message in messages:
            if pressed is not None:
                message.time = pressed
            self.process_message(message)

    @property
    def is_hung_up(self) -> bool:
        """Whether the terminal is gone. Reading from it may give nothing then, over and over, and no error."""
        return not os.isatty(self.fileno)

    def close(self) -> None:
        super().close()
        self.output.close()

    def _on_lost(self) -> None:
        if isinstance(self._app, TerminalUser):
            self._app.terminal_lost()


def driver_class(default: type[Driver]) -> type[Driver]:
    """The driver to use in place of Textual's choice."""
    return PatientDriver if default is LinuxDriver else default


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
