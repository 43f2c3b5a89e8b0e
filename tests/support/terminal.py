"""A real pseudo-terminal with a program in it and a screen that understands what the program draws."""

from __future__ import annotations

import copy
import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import pyte

DEADLINE_S = 60.0

_REACTION_S = 0.06
"""Nobody answers sooner what they see. The app takes keys that come faster one after the other for one piece."""

KEYS = {
    "enter": "\r",
    "escape": "\x1b",
    "tab": "\t",
    "space": " ",
    "up": "\x1b[A",
    "down": "\x1b[B",
    "ctrl+c": "\x03",
    "ctrl+p": "\x10",
    "ctrl+q": "\x11",
}

_ALTERNATE_SCREEN = 1049

_KEYBOARD_PROTOCOL = re.compile(rb"\x1b\[[<>=?][0-9;]*u")
"""Kitty's keyboard protocol, which pyte would print."""

_UNFINISHED = re.compile(rb"\x1b(\[[<>=?]?[0-9;]*)?\Z")


class Screen(pyte.Screen):  # type: ignore[misc]
    """A screen that knows the alternate one, on which full-screen programs draw: what was there before comes back."""

    def __init__(self, columns: int, rows: int) -> None:
        super().__init__(columns, rows)
        self._normal: tuple[Any, Any] | None = None

    @property
    def is_alternate(self) -> bool:
        """Whether a program has taken the screen."""
        return self._normal is not None

    def set_mode(self, *modes: int, **options: Any) -> None:
        super().set_mode(*modes, **options)
        if options.get("private") and _ALTERNATE_SCREEN in modes and self._normal is None:
            self._normal = (copy.deepcopy(self.buffer), copy.copy(self.cursor))
            self.erase_in_display(2)

    def reset_mode(self, *modes: int, **options: Any) -> None:
        super().reset_mode(*modes, **options)
        if options.get("private") and _ALTERNATE_SCREEN in modes and self._normal is not None:
            (self.buffer, cursor), self._normal = self._normal, None
            self.cursor.x, self.cursor.y, self.cursor.attrs = cursor.x, cursor.y, cursor.attrs


class Drawing:
    """Puts what a program writes on a screen, chunk by chunk."""

    def __init__(self, screen: Screen) -> None:
        self._stream = pyte.ByteStream(screen)
        self._rest = b""

    def feed(self, chunk: bytes) -> None:
        """Take in the next bytes."""
        data = self._rest + chunk
        unfinished = _UNFINISHED.search(data)
        self._rest = data[unfinished.start() :] if unfinished else b""
        self._stream.feed(_KEYBOARD_PROTOCOL.sub(b"", data[: len(data) - len(self._rest)]))


class Terminal:
    """Runs a program in a pseudo-terminal of its own session, as a terminal window does.

    Args:
        argv: The program and its arguments.
        size: Columns and rows.
        take: Gets what the program draws, in place of the screen, which stays empty; for whoever measures times.
    """

    def __init__(
        self,
        argv: Sequence[str],
        *,
        size: tuple[int, int] = (160, 45),
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        take: Callable[[bytes], object] | None = None,
    ) -> None:
        columns, rows = size
        self.screen = Screen(columns, rows)
        self._take = take or Drawing(self.screen).feed
        self.bytes_read = 0
        self.raw = bytearray()
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
        self._seen = float("-inf")

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
            self._take(chunk)
            timeout_s = 0.0
        return self.bytes_read - before

    def settle(self, quiet_s: float = 1.0, deadline_s: float = DEADLINE_S) -> None:
        """Read until the program has written nothing for `quiet_s`."""
        deadline = time.monotonic() + deadline_s
        while self.read(quiet_s):
            assert time.monotonic() < deadline, f"the program never stops drawing:\n{self.text}"

    @property
    def is_restored(self) -> bool:
        """Whether a shell could go on: the normal screen, a visible cursor, and typing that is echoed line by line."""
        flags = termios.tcgetattr(self._master)[3]
        typing = bool(flags & termios.ECHO) and bool(flags & termios.ICANON)
        return typing and not self.screen.is_alternate and not self.screen.cursor.hidden

    def until(self, wanted: str | Callable[[str], bool], deadline_s: float = DEADLINE_S) -> None:
        """Wait until the screen shows a text, or satisfies a condition; the rest of it may be drawn later."""
        shows = (lambda text: wanted in text) if isinstance(wanted, str) else wanted
        deadline = time.monotonic() + deadline_s
        while not shows(self.text):
            assert time.monotonic() < deadline, f"the screen never showed {wanted!r}:\n{self.text}"
            assert self.exit_code is None or self.read(0.0), f"the program ended ({self.exit_code}):\n{self.text}"
            self.read(0.02)
        self._seen = time.monotonic()

    def until_exit(self, deadline_s: float = DEADLINE_S) -> int:
        """Wait until the program has ended; returns how."""
        deadline = time.monotonic() + deadline_s
        while (code := self.exit_code) is None:
            assert time.monotonic() < deadline, f"the program never ended:\n{self.text}"
            self.read(0.02)
        self.read(0.0)
        return code

    def press(self, *keys: str) -> None:
        """Type: single characters, or the names in `KEYS`; not sooner than a person answers what was waited for."""
        while (left_s := self._seen + _REACTION_S - time.monotonic()) > 0:
            self.read(left_s)
        for key in keys:
            os.write(self._master, KEYS.get(key, key).encode())

    def send(self, data: bytes) -> None:
        """Send bytes, as the terminal itself does."""
        os.write(self._master, data)

    def send_signal(self, number: int) -> None:
        os.kill(self.pid, number)

    def hang_up(self) -> None:
        """Close the terminal's side, as a lost connection does."""
        if not self._hung_up:
            self._hung_up = True
            os.close(self._master)
