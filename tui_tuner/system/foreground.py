"""Lets a program give the shell its prompt back while the very same process goes on.

The shell waits for the process that it started. So that process forks at once and only keeps the place: it waits for
its child, in which the whole program runs. When the child detaches, the keeper ends and the shell's prompt returns.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import sys
import termios
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

_LEAVE_SCREEN = b"\x1b[?1049l\x1b[?25h\x1b[?1000l\x1b[?1003l\x1b[?1006l\x1b[?2004l\x1b[0m"
"""Leaves the alternate screen, shows the cursor, ends mouse reports and bracketed paste."""


class Foreground:
    """The program's side of a kept place; made by `keep_foreground`.

    Args:
        detached: Write end of the pipe on which the keeper waits for word.
        keeper: Read end of a pipe that closes when the keeper dies.
        gift: Read end of the pipe for what the keeper works out meanwhile.
    """

    def __init__(self, detached: int, keeper: int, gift: int) -> None:
        self._detached = detached
        self._keeper = keeper
        self._gift = gift
        self._is_detached = False
        self._modes = _terminal_modes()
        threading.Thread(target=self._watch, name="foreground-keeper", daemon=True).start()

    def gift(self) -> Any:
        """Wait for what the keeper works out meanwhile, and return it. Call it once.

        A process that was forked early and is not needed ends here.
        """
        with os.fdopen(self._gift, "rb") as file:
            parcel = file.read()
        if not parcel:
            os._exit(0)
        return pickle.loads(parcel)  # our own process wrote it

    def detach(self, log: Path) -> None:
        """Leave the terminal and give the shell its prompt back; what is printed from now on goes to `log`."""
        self._is_detached = True
        let_go_of_terminal(log)
        os.setsid()
        os.write(self._detached, b"detached")

    def _watch(self) -> None:
        os.read(self._keeper, 1)
        if not self._is_detached:
            # The keeper was killed (-9): whoever did it means this program. Its search stays resumable.
            _give_terminal_back(self._modes)
            os._exit(128 + signal.SIGKILL)


def _terminal_modes() -> list[Any] | None:
    """How the terminal treats what is typed, before anybody changes it; `None` if there is none."""
    try:
        return termios.tcgetattr(2)
    except termios.error:
        return None


def _give_terminal_back(modes: list[Any] | None) -> None:
    """Leave the terminal as a shell expects it, for when nothing else can run any more."""
    with contextlib.suppress(OSError, termios.error):
        if modes is None:
            return
        os.write(2, _LEAVE_SCREEN)
        if os.tcgetpgrp(2) == os.getpgrp():  # else a shell has taken it already, and sets it as it likes
            termios.tcsetattr(2, termios.TCSANOW, modes)


def let_go_of_terminal(log: Path) -> None:
    """Point standard input, output and errors away from the terminal, which may be gone."""
    null = os.open(os.devnull, os.O_RDONLY)
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(null, 0)
    os.dup2(out, 1)
    os.dup2(out, 2)
    os.close(null)
    os.close(out)


@dataclass(frozen=True)
class _Kept:
    """The keeper's side: the program's process, and its ends of the pipes."""

    child: int
    word: int
    gift: int
    life: int


_early: _Kept | None = None


def fork_early() -> Foreground | None:
    """Fork before it is known that a place must be kept, so that the program can load what it will need.

    The next `keep_foreground` with work for meanwhile keeps the place for this child, which gets the result from
    `Foreground.gift` and runs the program. `drop_early_child` ends a child that nobody needed. Call it while there is
    one thread only.

    Returns:
        In the child its side of the place; `None` in the process that the shell knows.
    """
    global _early
    forked = _fork()
    if isinstance(forked, Foreground):
        return forked
    _early = forked
    return None


def drop_early_child() -> None:
    """End the process that was forked early, if it was not needed."""
    global _early
    kept, _early = _early, None
    if kept is not None:
        os.kill(kept.child, signal.SIGKILL)
        os.waitpid(kept.child, 0)
        for end in (kept.word, kept.gift, kept.life):
            os.close(end)


def keep_foreground(meanwhile: Callable[[], object] | None = None) -> Foreground:
    """Fork: the caller goes on as the child, and the process that the shell knows waits for it.

    Call it while there is one thread only.

    Args:
        meanwhile: Work that the keeper does while the child imports what it needs; the child gets what it returns from
            `Foreground.gift`. If it raises, the child is ended, and the exception leaves this function in the keeper.
            With a child that was forked early this function does not return.
    """
    global _early
    if meanwhile is None:
        drop_early_child()
    kept, _early = _early, None
    if kept is None:
        forked = _fork()
        if isinstance(forked, Foreground):
            return forked
        kept = forked
    if meanwhile is not None:
        _give(meanwhile, kept.child, kept.gift)
    os.close(kept.gift)
    return _keep(kept.child, kept.word)


def _fork() -> Foreground | _Kept:
    word_read, word_write = os.pipe()
    life_read, life_write = os.pipe()
    gift_read, gift_write = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child:
        for end in (word_write, life_read, gift_read):
            os.close(end)
        return _Kept(child, word_read, gift_write, life_write)
    for end in (word_read, life_write, gift_write):
        os.close(end)
    return Foreground(word_write, life_read, gift_read)


def _give(meanwhile: Callable[[], object], child: int, gift: int) -> None:
    try:
        parcel = pickle.dumps(meanwhile())
    except BaseException:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        raise
    with contextlib.suppress(BrokenPipeError), os.fdopen(gift, "wb", closefd=False) as file:
        file.write(parcel)


def _keep(child: int, word: int) -> NoReturn:
    ended: list[int] = []

    def forward(number: int) -> Callable[..., None]:
        return lambda *_: os.kill(child, number)

    def child_changed(*_: object) -> None:
        pid, status = os.waitpid(child, os.WNOHANG | os.WUNTRACED)
        if pid and os.WIFSTOPPED(status):
            # The shell has to notice, or nobody gets a prompt; its `fg` wakes the child as well.
            os.kill(os.getpid(), signal.SIGSTOP)
        elif pid:
            ended.append(status)

    # The terminal sends these to the child as well, which decides what they mean.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, forward(signal.SIGTERM))
    signal.signal(signal.SIGCHLD, child_changed)
    child_changed()  # what happened before
    while True:
        try:
            if os.read(word, 8):
                os._exit(0)
            break  # the child ended
        except InterruptedError:
            continue
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    status = ended[0] if ended else os.waitpid(child, 0)[1]
    if os.WIFSIGNALED(status):
        os._exit(128 + os.WTERMSIG(status))
    os._exit(os.WEXITSTATUS(status))
