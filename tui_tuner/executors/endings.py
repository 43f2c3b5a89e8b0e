"""How a worker process ended, in words that a person can act on."""

from __future__ import annotations

import os
import re
import signal
from dataclasses import dataclass
from pathlib import Path

from tui_tuner.executors.memory import machine_memory_bytes
from tui_tuner.executors.template import UNKNOWN_CODE
from tui_tuner.worker.messages import LINE_CLOSED

_TAIL_LINES = 5
_TAIL_BYTES = 2**16
"""Where native code gives up, a dump of all threads follows what it said."""

_OUT_OF_MEMORY = re.compile(
    r"bad_alloc|out of memory|ran out of memory|cannot allocate memory|\bMemoryError\b|OOM when allocating"
    r"|RESOURCE_?EXHAUSTED",
    re.IGNORECASE,
)
"""What C++, the system, Python and the backends print when they get no more memory."""

_LAST_WORDS = re.compile(r"^F\d{4,8} [\d:.]+\s+\d+ .*?\] (?P<said>.+)$|^terminate called (?P<why>.+)$")
"""What native code prints before it aborts: the line of a failed check, or of an exception that nobody caught."""

_LINE_LIMIT = 200


@dataclass(frozen=True)
class Ending:
    """What is known of the end of a worker.

    Args:
        worker: Its name.
        returncode: As `subprocess` has it; `None` if the process could not be ended.
        was_ready: Whether it had started up.
        kernel_killed: Whether the kernel has ended a process for want of memory meanwhile.
        log: The file that it wrote to at its end.
        log_start: Where in `log` its own part begins, in bytes.
        fault: Why it was ended: what of its reports could not be read, or nothing.
    """

    worker: str
    returncode: int | None
    was_ready: bool
    kernel_killed: bool
    log: Path
    log_start: int = 0
    fault: str = ""

    def in_words(self) -> str:
        """How the worker ended; with the end of its log if it never became ready."""
        text = self._how()
        if self.was_ready:
            return text
        tail = "\n".join(self._tail()[-_TAIL_LINES:])
        return f"{text} before it was ready" + (f"; its log ends with:\n{tail}" if tail else "")

    def _how(self) -> str:
        if self.fault:
            return f"{self.worker} sent a report that could not be read ({self.fault}) and was ended"
        if self.returncode is None:
            return f"{self.worker} does not answer and could not be ended"
        if self.returncode == UNKNOWN_CODE:
            return f"{self.worker} ended; how is not known, because the process that it was forked from is gone"
        if self.returncode == LINE_CLOSED:
            return f"the trial's code closed the socket by which {self.worker} reports (with os.closerange, say)"
        if self.returncode == -signal.SIGKILL and self.kernel_killed:
            there = machine_memory_bytes() / 2**30
            return (
                f"{self.worker} ran out of memory: the kernel ended it (signal 9, SIGKILL); all processes here have "
                f"{there:.1f} GiB together"
            )
        if self.returncode < 0:
            text = f"{self.worker} was killed by signal {_signal_in_words(-self.returncode)}"
        else:
            text = f"{self.worker} ended with exit code {self.returncode}"
        lines = self._tail()
        hint = next((line for line in reversed(lines) if _OUT_OF_MEMORY.search(line)), None)
        if hint is not None:
            return f"{text}; it ran out of memory, as its log says: {hint.strip()[:_LINE_LIMIT]}"
        words = next((found for line in reversed(lines) if (found := _LAST_WORDS.match(line)) is not None), None)
        return text if words is None else f"{text}; its log says: {(words['said'] or words['why'])[:_LINE_LIMIT]}"

    def _tail(self) -> list[str]:
        """The last lines that the worker has written, without empty ones."""
        try:
            with self.log.open("rb") as log:
                log.seek(max(self.log_start, log.seek(0, os.SEEK_END) - _TAIL_BYTES))
                lines = log.read().decode("utf-8", "replace").splitlines()
        except OSError:
            return []
        return [line for line in lines if line.strip()]


def _signal_in_words(number: int) -> str:
    try:
        name = signal.Signals(number).name
    except ValueError:
        return str(number)
    reasons = {
        "SIGKILL": "; the kernel does this when memory runs out",
        "SIGSEGV": "; native code crashed, the log may say where",
        "SIGABRT": "; native code gave up, the log may say why",
    }
    return f"{number} ({name}){reasons.get(name, '')}"
