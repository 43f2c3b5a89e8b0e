"""A real pseudo-terminal with a program in it and a screen that understands what the program draws."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType

import pyte

DEADLINE_S = 60.0

KEYS = {"enter": "\r", "escape": "\x1b", "tab": "\t", "up": "\x1b[A", "down": "\x1b[B", "ctrl+p": "\x10"}


class Terminal:
    """Runs a program in a pseudo-terminal of its own session, as a terminal window does.

    Args:
        argv: The program and its arguments.
        size: Columns and rows.
    """

    def __init__(
        self,
        argv: Sequence[str],
        *,
        size: tuple[int, int] = (160, 45),
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
    ) -> None:
        columns, rows = size
        self.screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self.screen)
        self.bytes_read = 0
        self.raw = b""
        environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", **(env or {})}
        for name in ("NO_COLOR", "COLUMNS", "LINES", "TEXTUAL"):
            environment.pop(name, None)
        self.pid, self._master = pty.fork()
        if self.pid == 0:  # the program
            try:
                fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
                if cwd is not None:
                    os.chdir(cwd)
                os.execvpe(argv[0], list(argv), environment)
            finally:
                os._exit(127)
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self._exit_code: int | None = None
        self._hung_up = False

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            print(self.text, file=sys.stderr)
        if self.exit_code is None:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        self.hang_up()

    @property
    def text(self) -> str:
        """The screen as lines of text, without trailing spaces."""
        return "\n".join(line.rstrip() for line in self.screen.display)

    @property
    def exit_code(self) -> int | None:
        """How the program ended: its exit status, or minus the signal; `None` while it runs."""
        if self._exit_code is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self._exit_code = os.waitstatus_to_exitcode(status)
        return self._exit_code

    def read(self, timeout_s: float) -> int:
        """Take in what the program draws within `timeout_s` of now, up to the first pause; the number of bytes."""
        before = self.bytes_read
        while not self._hung_up and select.select([self._master], [], [], timeout_s)[0]:
            try:
                chunk = os.read(self._master, 65536)
            except OSError:  # the program's side is closed
                break
            if not chunk:
                break
            self.bytes_read += len(chunk)
            self.raw += chunk
            self._stream.feed(chunk)
            timeout_s = 0.0
        return self.bytes_read - before

    def until(self, wanted: str | Callable[[str], bool], deadline_s: float = DEADLINE_S) -> str:
        """Wait until the screen shows a text, or satisfies a condition; returns the screen."""
        shows = (lambda text: wanted in text) if isinstance(wanted, str) else wanted
        deadline = time.monotonic() + deadline_s
        while not shows(self.text):
            assert time.monotonic() < deadline, f"the screen never showed {wanted!r}:\n{self.text}"
            assert self.exit_code is None or self.read(0.0), f"the program ended ({self.exit_code}):\n{self.text}"
            self.read(0.02)
        return self.text

    def until_exit(self, deadline_s: float = DEADLINE_S) -> int:
        """Wait until the program has ended; returns how."""
        deadline = time.monotonic() + deadline_s
        while (code := self.exit_code) is None:
            assert time.monotonic() < deadline, f"the program never ended:\n{self.text}"
            self.read(0.02)
        self.read(0.0)
        return code

    def press(self, *keys: str) -> None:
        """Type: single characters, or the names in `KEYS`."""
        for key in keys:
            os.write(self._master, KEYS.get(key, key).encode())

    def send_signal(self, number: int) -> None:
        os.kill(self.pid, number)

    def hang_up(self) -> None:
        """Close the terminal's side, as a lost connection does."""
        if not self._hung_up:
            self._hung_up = True
            os.close(self._master)
