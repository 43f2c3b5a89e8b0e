"""A script's host process as the process that started it sees it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from tui_tuner.errors import TunerError
from tui_tuner.executors.import_path import import_path
from tui_tuner.interop.script_messages import ScriptMessage, decode

_LOOK_EVERY_S = 0.1
_NO_CHANNEL = "-"


@dataclass(frozen=True)
class Script:
    """A script and how it is to be run.

    Args:
        path: As it was typed.
        workers: `auto`, a number, or `none`: the worker processes that may run trials.

    Raises:
        TunerError: If there is no such file.
    """

    path: Path
    arguments: tuple[str, ...] = ()
    workers: str = "auto"

    def __post_init__(self) -> None:
        if not self.path.is_file():
            raise TunerError(f"{self.path}: there is no such file.", "Give the path of a Python script.")
        if self.workers not in ("auto", "none") and (not self.workers.isdecimal() or int(self.workers) < 1):
            raise TunerError(f"--workers: {self.workers!r} is no number of processes.", "Say 1, 2, ..., auto or none.")

    def command(self, channel: str = _NO_CHANNEL) -> list[str]:
        """The host's command line. `-P`: no file of the user's shadows a module that the host needs."""
        host = "tui_tuner.interop.host"
        return [sys.executable, "-P", "-m", host, channel, self.workers, str(self.path), *self.arguments]


def environment() -> dict[str, str]:
    """The host's environment: this process's, and the folder that this package was imported from."""
    return {**os.environ, **import_path()}


class ScriptProcess:
    """Runs a script beside this process. By default it has a session of its own: signals of the terminal do not reach
    it, and it goes on when this process ends.

    Args:
        output: Where the script prints.
        foreground: Keep the script in this process's session, and give it its standard input and standard error.

    Raises:
        TunerError: If it cannot be started.
    """

    def __init__(self, script: Script, output: IO[bytes] | int, *, foreground: bool = False) -> None:
        self.script = script
        self.started = time.time()
        self._rest = b""
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                self._process = subprocess.Popen(
                    script.command(str(theirs.fileno())),
                    stdin=None if foreground else subprocess.DEVNULL,
                    stdout=output,
                    stderr=None if foreground else subprocess.STDOUT,
                    pass_fds=(theirs.fileno(),),
                    start_new_session=not foreground,
                    env=environment(),
                )
            except OSError as error:
                ours.close()
                raise TunerError(f"{script.path}: the script could not be started ({error}).") from error
        ours.setblocking(False)
        self._channel = ours

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """As a shell has it: 128 + n if signal n ended it; `None` while it runs."""
        code = self._process.poll()
        return 128 - code if code is not None and code < 0 else code

    def messages(self) -> list[ScriptMessage]:
        """What the script's host has told since the last call."""
        while True:
            try:
                block = self._channel.recv(65536)
            except OSError:  # nothing more now
                break
            if not block:
                break
            self._rest += block
        *lines, self._rest = self._rest.split(b"\n")
        return [decode(line) for line in lines]

    def interrupt(self) -> None:
        """Raise `KeyboardInterrupt` in the script: its search stops in order, and so does the script, if it lets it."""
        self._process.send_signal(signal.SIGINT)

    def terminate(self) -> None:
        """Raise `SystemExit` in the script."""
        self._process.terminate()

    def kill(self) -> None:
        """End the script at once; its search is interrupted, and can be resumed."""
        self._process.kill()

    def wait(self, released: Callable[[], bool] = lambda: False) -> None:
        """Wait until the script has ended or `released()` is true."""
        while not released():
            try:
                self._process.wait(_LOOK_EVERY_S)
                return
            except subprocess.TimeoutExpired:
                continue

    def wait_for(self, seconds: float) -> None:
        """Wait until the script has ended.

        Raises:
            subprocess.TimeoutExpired: If it takes longer.
        """
        self._process.wait(seconds)
