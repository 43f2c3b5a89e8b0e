"""What each key of the leaderboard costs with 10,000 trials: processor time until the app is idle again.

The app runs without a terminal: drawing is in it, writing to a terminal is not. What a key costs that does nothing is
taken off. On a quiet machine a key answers in about the time given here.
"""

from __future__ import annotations

import argparse
import asyncio
import time

from benchmarks.measure import goal, median, table
from support.fake_source import BEGAN, FakeSource, make_trial, make_view

from tui_tuner.engine.view import TrialState
from tui_tuner.tui.app import TunerApp

LIMIT_S = 0.050
SIZE = (160, 45)
KEYS = (
    *("home", "down", "pagedown", "end", "up", "t", "p", "p", "0", "k", "k", "k", "k", "v", "v", "K", "u", "u"),
    *("F", "u", "n", "i", "t", "s", "greater_than_sign", "9", "escape", "slash", "5", "0", "escape", "C", "escape"),
)


async def measure(count: int, rounds: int) -> dict[str, list[float]]:
    trials = [make_trial(number) for number in range(count - 2)]
    trials += [make_trial(number, TrialState.RUNNING, done=3) for number in range(count - 2, count)]
    source = FakeSource(make_view(trials, max_trials=count))
    app = TunerApp(source, drive=None, clock=lambda: BEGAN + 100)
    found: dict[str, list[float]] = {}
    async with app.run_test(size=SIZE) as pilot:

        async def cost(key: str) -> float:
            before = time.process_time()
            await pilot.press(key)
            return time.process_time() - before

        await pilot.pause(1.0)
        nothing = median([await cost("f12") for _ in range(20)])
        for each in range(rounds):
            for key in KEYS:
                found.setdefault(key, []).append(await cost(key) - nothing)
            source.put_trial(make_trial(count - 1, TrialState.RUNNING, done=4 + each % 5))
            before = time.process_time()
            app.search.poll()
            found.setdefault("(a new snapshot)", []).append(time.process_time() - before)
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    found = asyncio.run(measure(options.trials, options.rounds))
    table(
        f"Processor time of a key with {options.trials:,} trials",
        [
            {
                "key": key,
                "median": f"{median(values) * 1000:.0f} ms",
                "longest": f"{max(values) * 1000:.0f} ms",
                "kept": goal(median(values), LIMIT_S),
            }
            for key, values in found.items()
        ],
    )


if __name__ == "__main__":
    main()
