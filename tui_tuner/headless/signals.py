"""SIGINT, SIGTERM and SIGHUP for a process that runs a search: an orderly end, and never an accident."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterable
from types import FrameType
from typing import Any

from tui_tuner.engine.commands import Command, CommandKind

GRACE_S = 8.0
"""So long trials may take to save where they are after SIGTERM. Whoever sends it (Docker, SLURM, systemd) sends SIGKILL
ten seconds later or more."""

PATIENCE_S = 5.0
"""So long all has to end after it was to end at once, before a further signal ends this process itself."""

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

_Handler = Callable[[int, FrameType | None], Any] | int | signal.Handlers | None


class EndingSignals:
    """Turns signals into requests while it is entered.

    SIGINT: stop after the running trials. SIGTERM: the running trials save where they are, then all ends. A second
    signal of any kind: all ends at once. SIGHUP is ignored.

    Args:
        ask: Takes the requests; called in the signal's handler.
        signals: Which signals to take over, of `SIGNALS`.
        may_die: Whether a further signal, `PATIENCE_S` after all was to end at once, ends the process as if nobody had
            taken it over: a trial that hangs in this very process cannot be ended otherwise. The search can be resumed.
        clock: Seconds that only grow.

    Attributes:
        last: The last signal that asked for the end; `None` if none has.
    """

    def __init__(
        self,
        ask: Callable[[Command], None],
        signals: Iterable[signal.Signals] = SIGNALS,
        *,
        may_die: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ask = ask
        self._may_die = may_die
        self._clock = clock
        self._at_once_since: float | None = None
        self._signals = tuple(signals)
        self._before: dict[signal.Signals, _Handler] = {}
        self.last: int | None = None

    def __enter__(self) -> EndingSignals:
        if threading.current_thread() is threading.main_thread():  # elsewhere Python allows no handlers
            for number in self._signals:
                handler = signal.SIG_IGN if number == signal.SIGHUP else self.take
                self._before[number] = signal.signal(number, handler)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)

    def take(self, number: int, _: FrameType | None = None) -> None:
        """Ask for what a signal stands for."""
        if self._may_die and self._at_once_since is not None and self._clock() - self._at_once_since > PATIENCE_S:
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
            return
        is_first = self.last is None
        self.last = number
        kind, grace_s = CommandKind.STOP_NOW, 0.0
        if is_first and number == signal.SIGINT:
            kind = CommandKind.STOP
        elif is_first:
            grace_s = GRACE_S
        if not is_first and self._at_once_since is None:
            self._at_once_since = self._clock()
        arguments = {"grace_s": grace_s} if grace_s else {}
        self._ask(Command(kind, who=signal.Signals(number).name, arguments=arguments))
