"""How long `tui-tuner run` takes to its first paint, beside an empty Textual app; what the drawing process loads."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.measure import TUI_TUNER, environment, goal, median, progress, table
from benchmarks.titanic_search import is_over, write_config
from support.terminal import Terminal

LIMIT = 2.5
DEADLINE_S = 120.0
HEAVY = ("keras", "tensorflow", "torch", "jax")
"""What only workers may load."""

EMPTY_APP = """
from textual.app import App
from textual.widgets import Static

class Empty(App):
    def compose(self):
        yield Static("first text")

Empty().run()
"""

LISTING_APP = """
import json, sys
from pathlib import Path
from tui_tuner.cli import main

listing = Path(sys.argv.pop())
try:
    main()
finally:
    listing.write_text(json.dumps(sorted(sys.modules)))
"""
"""`tui-tuner` that writes the modules it has loaded when it ends, into the file that its last argument names."""


def first_text_s(argv: Sequence[str], text: bytes) -> float:
    """Seconds from the start of a program to the moment when it has drawn `text` on its terminal."""
    started = time.perf_counter()
    drawn: list[float] = []
    last = b""

    def take(chunk: bytes) -> None:
        nonlocal last
        if text in last + chunk:
            drawn.append(time.perf_counter() - started)
        last = chunk

    with Terminal(argv, env=environment(), take=take) as terminal:
        while not drawn:
            terminal.read(0.5)
            if terminal.exit_code is not None or time.perf_counter() - started > DEADLINE_S:
                raise RuntimeError(f"{text!r} was never drawn (exit code {terminal.exit_code}): {last!r}")
    return drawn[0]


def run_first_text_s(folder: Path) -> float:
    """The first paint of `tui-tuner run` on a fresh search, which is then killed."""
    return first_text_s([*TUI_TUNER, "run", str(write_config(folder, trials=30))], b"Leaderboard")


def modules_of_drawing_process(folder: Path, trials: int) -> list[str]:
    """What the process that draws has loaded when it ends, after a whole search with every key that shows something."""
    config = write_config(folder, trials=trials)
    listing = folder / "modules.json"
    argv = [sys.executable, "-c", LISTING_APP, "run", str(config), str(listing)]
    deadline = time.monotonic() + DEADLINE_S
    with Terminal(argv, env=environment(), take=lambda _: None) as terminal:
        while not is_over(folder / "titanic"):
            if terminal.exit_code is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the search did not come to its end (exit code {terminal.exit_code})")
            terminal.press("tab", "m", "l", "down")
            terminal.read(0.5)
        terminal.press("q")
        terminal.until_exit()
    loaded: list[str] = json.loads(listing.read_text())
    return loaded


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--trials", type=int, default=3, help="of the search after which the loaded modules are listed")
    options = parser.parse_args()
    empty: list[float] = []
    ours: list[float] = []
    with tempfile.TemporaryDirectory() as scratch:
        for turn in range(options.rounds + 1):
            times = (
                first_text_s([sys.executable, "-c", EMPTY_APP], b"first text"),
                run_first_text_s(Path(scratch) / str(turn)),
            )
            progress(f"round {turn}: empty app {times[0]:.3f} s, tui-tuner run {times[1]:.3f} s")
            if turn:  # the first round fills the caches
                empty.append(times[0])
                ours.append(times[1])
        ratios = [a / b for a, b in zip(ours, empty, strict=True)]
        table(
            f"First text on a 160x45 terminal, from the start of the process; medians of {options.rounds} rounds",
            [
                {
                    "empty Textual app": f"{median(empty) * 1000:.0f} ms",
                    "tui-tuner run": f"{median(ours) * 1000:.0f} ms",
                    "ratio": f"{median(ratios):.2f}",
                    "range": f"{min(ratios):.2f} to {max(ratios):.2f}",
                    "goal": f"{LIMIT}",
                    "kept": goal(median(ratios), LIMIT),
                }
            ],
        )
        loaded = modules_of_drawing_process(Path(scratch) / "modules", options.trials)
    heavy = [name for name in HEAVY if name in loaded]
    print(f"\nmodules in the process that draws, after {options.trials} trials: {len(loaded)}")
    print(f"of {', '.join(HEAVY)}: {', '.join(heavy) or 'none'}: {'NOT kept' if heavy else 'kept'}")


if __name__ == "__main__":
    main()
