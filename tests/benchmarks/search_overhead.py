"""What the search costs on top of its training, and what the open app costs on top of the search.

Three programs train the same configurations: a bare loop of build and fit in one process; a headless search with one
worker; and the same search in the app. Each is timed from the start of its process to its end, the app from its start
to the end of its search. The rounds are interleaved, because the machine may be busy with something else.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path

from benchmarks.measure import TUI_TUNER, Cost, children_cpu_s, environment, goal, median, progress, run, table
from benchmarks.titanic_search import histories, is_over, last_write, trial_times, write_config
from support.terminal import Terminal

DEADLINE_S = 600.0
LOOK_EVERY_S = 0.5


def headless(folder: Path, trials: int) -> Cost:
    """Run the search without an app."""
    config = write_config(folder, trials=trials)
    return run([*TUI_TUNER, "run", str(config), "--headless"], folder / "out.txt")


def bare(search: Path, folder: Path) -> Cost:
    """Train the configurations of a finished search in a bare loop, and check that it trained the same models.

    Raises:
        RuntimeError: If a metric of any epoch differs.
    """
    folder.mkdir(parents=True)
    out = folder / "histories.json"
    cost = run(
        [sys.executable, str(Path(__file__).with_name("bare_loop.py")), str(search), str(out)], folder / "out.txt"
    )
    if json.loads(out.read_text()) != histories(search):
        raise RuntimeError("the bare loop and the search did not train the same models")
    return cost


def app(folder: Path, trials: int) -> Cost:
    """Run the search in the app, in a terminal whose output is read, until the search is over; then quit."""
    config = write_config(folder, trials=trials)
    root = folder / "titanic"
    cpu_s, started = children_cpu_s(), time.time()
    with Terminal([*TUI_TUNER, "run", str(config)], env=environment(), take=lambda _: None) as terminal:
        deadline = time.monotonic() + DEADLINE_S
        while not is_over(root):
            if terminal.exit_code is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the search in the app did not come to its end (exit code {terminal.exit_code})")
            end = time.monotonic() + LOOK_EVERY_S
            while (left := end - time.monotonic()) > 0:
                terminal.read(left)
        wall_s = last_write(root) - started
        terminal.press("q")
        terminal.until_exit()
    return Cost(wall_s, children_cpu_s() - cpu_s)


def between_trials_s(search: Path) -> float:
    """Median time from the end of a trial to the start of the next one, as the engine has them, in seconds."""
    times = trial_times(search)
    return median([start - end for (_, end), (start, _) in pairwise(times)])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=30)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--without-app", action="store_true", help="compare the headless search and the bare loop only")
    options = parser.parse_args()
    costs: dict[str, list[Cost]] = {"bare loop": [], "headless": [], "app": []}
    gaps: list[float] = []
    for turn in range(options.rounds):
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch)
            costs["headless"].append(headless(folder / "headless", options.trials))
            search = folder / "headless" / "titanic"
            gaps.append(between_trials_s(search))
            costs["bare loop"].append(bare(search, folder / "bare"))
            if not options.without_app:
                costs["app"].append(app(folder / "app", options.trials))
        progress(
            f"round {turn + 1}: "
            + ", ".join(f"{name} {of[-1].wall_s:.1f} s (CPU {of[-1].cpu_s:.1f} s)" for name, of in costs.items() if of)
        )
    table(
        f"{options.trials} Titanic trials, one worker, medians of {options.rounds} rounds; the same metrics in all",
        [
            {
                "program": name,
                "wall": f"{median([cost.wall_s for cost in of]):.2f} s",
                "CPU": f"{median([cost.cpu_s for cost in of]):.2f} s",
            }
            for name, of in costs.items()
            if of
        ],
    )
    compared = [("headless / bare loop", costs["headless"], costs["bare loop"], 1.05)]
    if costs["app"]:
        compared.append(("app / headless", costs["app"], costs["headless"], 1.02))
    table("Ratios, each the median over the rounds", [_ratios(*row) for row in compared])
    print(f"\nbetween two trials (end to start, median): {median(gaps) * 1000:.1f} ms")


def _ratios(name: str, above: list[Cost], below: list[Cost], limit: float) -> dict[str, str]:
    wall = [a.wall_s / b.wall_s for a, b in zip(above, below, strict=True)]
    cpu = [a.cpu_s / b.cpu_s for a, b in zip(above, below, strict=True)]
    return {
        "ratio": name,
        "wall": f"{median(wall):.3f}",
        "of each round": " ".join(f"{value:.3f}" for value in wall),
        "CPU": f"{median(cpu):.3f}",
        "goal": f"{limit}",
        "kept": goal(median(wall), limit),
    }


if __name__ == "__main__":
    main()
