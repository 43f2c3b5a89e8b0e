"""What the fast path of small models saves, beside a bare loop of build and fit and beside KerasTuner.

One worker and a bare loop train the same configurations; so do two workers and KerasTuner. Each program is timed from
the start of its process to its end, and the metrics must be equal. The rounds are interleaved, because the machine may
be busy with something else.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

from benchmarks.measure import TUI_TUNER, Cost, goal, median, progress, run, table
from benchmarks.search_overhead import bare
from benchmarks.titanic_search import histories, write_config

LIMIT = 0.5


def search(folder: Path, trials: int, workers: int) -> Cost:
    """Run a headless search in `folder/titanic`; the CPU time is without workers that were forked."""
    config = write_config(folder, trials=trials, workers=workers)
    return run([*TUI_TUNER, "run", str(config), "--headless"], folder / "out.txt")


def keras_tuner(finished: Path, folder: Path) -> Cost:
    """Run the trials of a finished search with KerasTuner.

    Raises:
        RuntimeError: If the best objective of any trial differs.
    """
    folder.mkdir(parents=True)
    scores = folder / "scores.json"
    script = Path(__file__).with_name("keras_tuner_loop.py")
    cost = run([sys.executable, str(script), str(finished), str(folder), str(scores)], folder / "out.txt")
    ours = [max(history["val_accuracy"]) for history in histories(finished)]
    if json.loads(scores.read_text()) != ours:
        raise RuntimeError("KerasTuner and the search did not train the same models")
    return cost


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=30, help="beside the bare loop")
    parser.add_argument("--kt-trials", type=int, default=60, help="beside KerasTuner")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", choices=["bare", "kt"], help="one of the two comparisons")
    options = parser.parse_args()
    one: list[tuple[Cost, Cost]] = []
    two: list[tuple[Cost, Cost]] = []
    for turn in range(options.rounds):
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch)
            if options.only != "kt":
                ours = search(folder / "one", options.trials, 1)
                one.append((ours, bare(folder / "one" / "titanic", folder / "bare")))
                _say(turn, "one worker, bare loop", one[-1])
            if options.only != "bare":
                ours = search(folder / "two", options.kt_trials, 2)
                two.append((ours, keras_tuner(folder / "two" / "titanic", folder / "kt")))
                _say(turn, "two workers, KerasTuner", two[-1])
    rows = []
    if one:
        name = f"{options.trials} trials, one worker / bare loop"
        rows.append(_row(f"{name}, wall", [(a.wall_s, b.wall_s) for a, b in one]))
        rows.append(_row(f"{name}, CPU", [(a.cpu_s, b.cpu_s) for a, b in one]))
    if two:
        name = f"{options.kt_trials} trials, two workers / KerasTuner"
        rows.append(_row(f"{name}, wall", [(a.wall_s, b.wall_s) for a, b in two]))
    table(f"Medians of {options.rounds} rounds; the same metrics in all", rows)


def _say(turn: int, what: str, costs: tuple[Cost, Cost]) -> None:
    progress(f"round {turn + 1}: {what}: " + ", ".join(f"{c.wall_s:.1f} s (CPU {c.cpu_s:.1f} s)" for c in costs))


def _row(name: str, pairs: list[tuple[float, float]]) -> dict[str, str]:
    ratios = [ours / theirs for ours, theirs in pairs]
    return {
        "ratio": name,
        "ours": f"{median([ours for ours, _ in pairs]):.1f} s",
        "theirs": f"{median([theirs for _, theirs in pairs]):.1f} s",
        "median ratio": f"{median(ratios):.3f}",
        "of each round": " ".join(f"{ratio:.3f}" for ratio in ratios),
        "goal": f"{LIMIT}",
        "kept": goal(median(ratios), LIMIT),
    }


if __name__ == "__main__":
    main()
