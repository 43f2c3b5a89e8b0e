"""How soon a key shows while two workers train, and what is written to the terminal while nothing changes.

What the app draws is recorded with its times while it runs, and read by a terminal emulator afterwards, so that the
measurement does not take the processor from the app. A key's latency ends with the first piece of output after which
the screen shows what that key is for.
"""

from __future__ import annotations

import argparse
import itertools
import os
import random
import signal
import sqlite3
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyte
from benchmarks.measure import TUI_TUNER, environment, goal, median, percentile, progress, table
from benchmarks.titanic_search import is_over, worker_pids, write_config
from support.terminal import Terminal

LIMIT_S = 0.050
SIZE = (160, 45)
DEADLINE_S = 180.0
QUIET_S = 6.0
NEVER_S = 1.0
"""A key that shows nothing for so long counts as this late."""

SHIFT_TAB = "\x1b[Z"

Probe = Callable[[pyte.Screen], object]


def cursor(screen: pyte.Screen) -> object:
    """Where the leaderboard's cursor is: the background of each line."""
    return tuple(screen.buffer[line][10].bg for line in range(screen.lines))


def curves_title(screen: pyte.Screen) -> object:
    """Which trial, metric and scale the curves show."""
    return next((line.partition("Curves")[2] for line in screen.display if "Curves" in line), "")


def state(screen: pyte.Screen) -> object:
    """The state in the header, without the clock."""
    return screen.display[0][:60]


def focus(screen: pyte.Screen) -> object:
    """The colours of the panes' corners."""
    return tuple(
        cell.fg for line in range(screen.lines) for cell in screen.buffer[line].values() if cell.data in "╭╮╰╯"
    )


def row_of_cursor(screen: pyte.Screen) -> tuple[int, int]:
    """In which row of the leaderboard the cursor is, and how many rows are in sight."""
    top = next((line for line in range(screen.lines) if "Leaderboard" in screen.display[line]), 0) + 2
    rows = list(
        itertools.takewhile(
            lambda line: screen.display[line][0] != "╰" and screen.display[line][1:12].strip(), range(top, screen.lines)
        )
    )
    grounds = [screen.buffer[line][10].bg for line in rows]
    usual = max(set(grounds), key=grounds.count, default="")
    return next((row for row, ground in enumerate(grounds) if ground != usual), -1), len(rows)


def must_show(key: str, screen: pyte.Screen) -> bool:
    """Whether a key that is pressed now has anything to change: not at the ends of what is in sight, nor before any
    metric."""
    row, rows = row_of_cursor(screen)
    match key:
        case "up":
            return row > 0
        case "down":
            return 0 <= row < rows - 1
        case "m":
            return any(name in str(curves_title(screen)) for name in ("loss", "accuracy"))
        case _:
            return True


PROBES: dict[str, Probe] = {
    "down": cursor,
    "up": cursor,
    "m": curves_title,
    "l": curves_title,
    "tab": focus,
    SHIFT_TAB: focus,
    " ": state,
}
NAMES = {
    "down": "cursor",
    "up": "cursor",
    "m": "metric",
    "l": "log scale",
    "tab": "tab",
    SHIFT_TAB: "tab",
    " ": "pause",
}
ROUND = ("down", "m", "down", "l", "tab", "tab", SHIFT_TAB, SHIFT_TAB, "up", "m", "l", "down", " ", " ", "up", "up")
"""Keys in an order that ends where it began."""


@dataclass(frozen=True)
class Press:
    key: str
    time_s: float


class Recorder:
    """Keeps what is drawn, with its times."""

    def __init__(self) -> None:
        self.chunks: list[tuple[float, bytes]] = []

    def take(self, chunk: bytes) -> None:
        self.chunks.append((time.perf_counter(), chunk))

    def bytes_since(self, index: int) -> int:
        return sum(len(chunk) for _, chunk in self.chunks[index:])


def latencies(chunks: list[tuple[float, bytes]], presses: list[Press]) -> list[tuple[str, float]]:
    """Each key that must show with its latency in seconds, by drawing the recorded output again."""
    screen = pyte.Screen(*SIZE)
    stream = pyte.ByteStream(screen)
    found = []
    position = 0
    for press, following in itertools.zip_longest(presses, presses[1:]):
        while position < len(chunks) and chunks[position][0] <= press.time_s:
            stream.feed(chunks[position][1])
            position += 1
        probe = PROBES[press.key]
        before, latency, counts = probe(screen), NEVER_S, must_show(press.key, screen)
        end = following.time_s if following is not None else float("inf")
        while position < len(chunks) and chunks[position][0] <= end:
            at, chunk = chunks[position]
            stream.feed(chunk)
            position += 1
            if latency == NEVER_S and probe(screen) != before:
                latency = at - press.time_s
        if counts:
            found.append((press.key, latency))
    return found


def read_for(terminal: Terminal, seconds: float) -> None:
    end = time.perf_counter() + seconds
    while (left := end - time.perf_counter()) > 0:
        terminal.read(left)


def until_training(terminal: Terminal, root: Path, ended: int) -> None:
    """Wait until `ended` trials are over and two are training."""
    deadline = time.monotonic() + DEADLINE_S
    query = (
        "SELECT count(ended) >= ? AND (SELECT count(DISTINCT trial_id) FROM epochs JOIN trials USING (trial_id)"
        " WHERE status = 'RUNNING') = 2 FROM trials"
    )
    while True:
        read_for(terminal, 0.3)
        try:
            connection = sqlite3.connect(f"file:{root / 'search.db'}?mode=ro", uri=True)
            if connection.execute(query, (ended,)).fetchone()[0]:
                return
        except sqlite3.OperationalError:  # not there yet
            pass
        if terminal.exit_code is not None or time.monotonic() > deadline:
            raise RuntimeError(f"the search did not get under way (exit code {terminal.exit_code})")


def press_keys(terminal: Terminal, rounds: int) -> list[Press]:
    """Press keys at random moments, a round after the other."""
    chance = random.Random(0)
    presses = []
    for key in ROUND * rounds:
        presses.append(Press(key, time.perf_counter()))
        terminal.press(key)
        read_for(terminal, chance.uniform(0.3, 0.8) if key != " " else NEVER_S + 0.5)
        if terminal.exit_code is not None:
            raise RuntimeError(f"the app ended while keys were pressed (exit code {terminal.exit_code})")
    return presses


def quiet_bytes(terminal: Terminal, recorder: Recorder, root: Path) -> dict[str, float]:
    """Bytes a second while the search is paused, and while it runs without an epoch: its workers are held."""
    terminal.press(" ")
    read_for(terminal, QUIET_S)
    start = len(recorder.chunks)
    read_for(terminal, QUIET_S)
    paused = recorder.bytes_since(start) / QUIET_S
    terminal.press(" ")
    read_for(terminal, 2.0)
    pids = worker_pids(root)
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        read_for(terminal, 2.0)
        start = len(recorder.chunks)
        read_for(terminal, QUIET_S)
        running = recorder.bytes_since(start) / QUIET_S
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
    return {"paused": paused, "running, no epoch": running}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=12, help=f"of {len(ROUND)} keys each")
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        config = write_config(Path(scratch), trials=87, workers=options.workers, epochs=200)
        root = Path(scratch) / "titanic"
        recorder = Recorder()
        with Terminal([*TUI_TUNER, "run", str(config)], size=SIZE, env=environment(), take=recorder.take) as terminal:
            until_training(terminal, root, ended=4)
            progress("training; pressing keys")
            terminal.press("down")  # a trial is chosen, so that the curves change by keys only
            read_for(terminal, 1.0)
            begun = len(recorder.chunks), time.perf_counter()
            presses = press_keys(terminal, options.rounds)
            written, lasted = recorder.bytes_since(begun[0]), time.perf_counter() - begun[1]
            chunks = list(recorder.chunks)
            progress("keys pressed; waiting for quiet")
            quiet = quiet_bytes(terminal, recorder, root)
            if is_over(root):
                raise RuntimeError("the search ended before all was measured: press fewer keys")
    measured = latencies(chunks, presses)
    groups: dict[str, list[float]] = {"all keys": [latency for _, latency in measured]}
    for key, latency in measured:
        groups.setdefault(NAMES[key], []).append(latency)
    table(
        f"From a key to its effect on the screen while {options.workers} workers train",
        [
            {
                "keys": name,
                "presses": str(len(values)),
                "median": f"{median(values) * 1000:.0f} ms",
                "95th percentile": f"{percentile(values, 0.95) * 1000:.0f} ms",
                "longest": f"{max(values) * 1000:.0f} ms",
                "kept": goal(percentile(values, 0.95), LIMIT_S) if name == "all keys" else "",
            }
            for name, values in groups.items()
        ],
    )
    progress(f"{len(presses) - len(measured)} of {len(presses)} presses had nothing to change, and do not count")
    table(
        "Written to the terminal",
        [{"while": "keys and training", "bytes a second": f"{written / lasted:,.0f}"}]
        + [{"while": name, "bytes a second": f"{value:,.0f}"} for name, value in quiet.items()],
    )


if __name__ == "__main__":
    main()
