"""What the benchmarks share: running programs, medians and tables."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]
"""The checkout that is measured."""

TUI_TUNER = (sys.executable, "-m", "tui_tuner.cli")


@dataclass(frozen=True)
class Cost:
    """What a program took, its child processes included, in seconds."""

    wall_s: float
    cpu_s: float


def environment() -> dict[str, str]:
    """The environment in which programs of this checkout find it, and nothing else of the shell's path.

    Bytecode is kept as for everybody, even where the shell forbids it: installed packages come with theirs.
    """
    usual = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**usual, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")]), "TF_CPP_MIN_LOG_LEVEL": "2"}


def run(argv: Sequence[str], output: Path) -> Cost:
    """Run a program to its end.

    Args:
        output: File for all that it prints.

    Raises:
        RuntimeError: If it fails; with the end of what it printed.
    """
    before, started = children_cpu_s(), time.perf_counter()
    with output.open("wb") as file:
        done = subprocess.run(
            argv, stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT, env=environment(), check=False
        )
    cost = Cost(time.perf_counter() - started, children_cpu_s() - before)
    if done.returncode:
        raise RuntimeError(f"{' '.join(argv)} ended with {done.returncode}:\n{output.read_text()[-2000:]}")
    return cost


def children_cpu_s() -> float:
    """CPU seconds of all child processes that have been waited for, and of theirs."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def process_cpu_s(pid: int) -> float:
    """CPU seconds of a running process, without its children, to the microsecond (Linux)."""
    return time.clock_gettime((~pid << 3) | 2)  # what clock_getcpuclockid(3) makes of a process id


def child_of(pid: int) -> int:
    """The only child process of a process."""
    (child,) = psutil.Process(pid).children()
    return int(child.pid)


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, -int(-share * len(ordered) // 1) - 1))]


def table(title: str, rows: Sequence[Mapping[str, str]]) -> None:
    """Print rows of the same keys as a table."""
    names = list(rows[0])
    widths = [max(len(name), *(len(row[name]) for row in rows)) for name in names]
    print(f"\n{title}")
    print("  ".join(f"{name:<{width}}" for name, width in zip(names, widths, strict=True)).rstrip())
    for row in rows:
        print("  ".join(f"{row[name]:<{width}}" for name, width in zip(names, widths, strict=True)).rstrip())


def progress(text: str) -> None:
    """Say on standard error how far the measurement is; standard output carries the tables."""
    print(text, file=sys.stderr, flush=True)


def goal(value: float, limit: float) -> str:
    """Whether a figure keeps its goal."""
    return "yes" if value <= limit else "NO"
