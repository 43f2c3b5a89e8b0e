"""`tui-tuner attach` and `status` on a search of many finished trials: the start, and each trial that finishes."""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from benchmarks.large_search import LargeSearch
from benchmarks.measure import TUI_TUNER, child_of, environment, goal, median, process_cpu_s, progress, run, table
from support.terminal import Terminal

from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.engine.lock import EngineLock

START_LIMIT_S = 2.0
REFRESH_LIMIT_S = 0.050
DEADLINE_S = 60.0
SETTLE_S = 3.0
BETWEEN_S = 0.7
"""Longer than the app's poll, so that each finished trial is a refresh of its own."""

BEST_ROW = "★".encode()
"""Stands in the leaderboard's row of the best trial."""


def attach_s(root: Path) -> float:
    """Seconds from the start of `attach` until the leaderboard is drawn."""
    with _attached(root) as terminal:
        return _until_drawn(terminal)


def refresh_cpu_s(root: Path, search: LargeSearch, refreshes: int) -> tuple[float, float]:
    """CPU seconds of the app's process for each trial that finishes, and for a second in which nothing happens."""
    with _attached(root) as terminal:
        _until_drawn(terminal)
        app = child_of(terminal.pid)
        _let_pass(terminal, SETTLE_S)
        idle_s = process_cpu_s(app)
        _let_pass(terminal, SETTLE_S)
        idle_s = (process_cpu_s(app) - idle_s) / SETTLE_S
        costs = []
        for _ in range(refreshes):
            before = process_cpu_s(app)
            search.add_trial()
            _let_pass(terminal, BETWEEN_S)
            costs.append(process_cpu_s(app) - before - idle_s * BETWEEN_S)
    return median(costs), idle_s


def _attached(root: Path) -> Terminal:
    return Terminal([*TUI_TUNER, "attach", str(root)], env=environment(), take=lambda _: None)


def _until_drawn(terminal: Terminal) -> float:
    started = time.perf_counter()
    while BEST_ROW not in terminal.raw:
        terminal.read(0.5)
        if terminal.exit_code is not None or time.perf_counter() - started > DEADLINE_S:
            raise RuntimeError(f"the leaderboard was never drawn (exit code {terminal.exit_code})")
    return time.perf_counter() - started


def _let_pass(terminal: Terminal, seconds: float) -> None:
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        terminal.read(left)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, nargs="+", default=[100, 10_000])
    parser.add_argument("--epochs", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--refreshes", type=int, default=15)
    options = parser.parse_args()
    starts, refreshes, statuses = [], [], []
    for trials in options.trials:
        with tempfile.TemporaryDirectory() as scratch:
            root = Path(scratch) / "large"
            search = LargeSearch(root, epochs=options.epochs)
            progress(f"writing {trials:,} trials of {options.epochs} epochs")
            search.write(trials)
            times = [attach_s(root) for _ in range(options.rounds + 1)][1:]  # the first one fills the caches
            out = Path(scratch) / "out.txt"
            table_s = [run([*TUI_TUNER, "status", str(root)], out).wall_s for _ in range(options.rounds)]
            json_s = [run([*TUI_TUNER, "status", str(root), "--json"], out).wall_s for _ in range(options.rounds)]
            lock = EngineLock(SearchDirectory(root).lock)
            lock.acquire()
            search.go_on(2 * trials)
            cost_s, idle_s = refresh_cpu_s(root, search, options.refreshes)
            lock.release()
            search.close()
        name = f"{trials:,}"
        starts.append(
            {
                "trials": name,
                "attach shows the leaderboard": f"{median(times):.2f} s",
                "range": f"{min(times):.2f} to {max(times):.2f} s",
                "goal": f"{START_LIMIT_S} s",
                "kept": goal(median(times), START_LIMIT_S),
            }
        )
        statuses.append(
            {"trials": name, "status": f"{median(table_s):.2f} s", "status --json": f"{median(json_s):.2f} s"}
        )
        refreshes.append(
            {
                "trials": name,
                "CPU of the app": f"{cost_s * 1000:.0f} ms",
                "goal": f"{REFRESH_LIMIT_S * 1000:.0f} ms",
                "kept": goal(cost_s, REFRESH_LIMIT_S),
                "idle": f"{idle_s * 1000:.0f} ms a second",
            }
        )
    table(f"From the start of the process, medians of {options.rounds}", starts)
    table("Printing the state, medians", statuses)
    table(f"A trial finishes while attached, median of {options.refreshes}", refreshes)


if __name__ == "__main__":
    main()
