"""Kills the engine of a fast simulated search at random moments, many times over, and counts what was lost.

    PYTHONPATH=tests python tests/benchmarks/fault_runs.py --runs 100

Each run is a whole search in real processes, killed twice with SIGKILL at moments spread evenly over the time that it
takes, and then resumed to its end. A second reader writes down all that the engine acknowledges until its death. The
goal is that nothing of it is lost or doubled, and that the trials are those of the same search when nobody kills it.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.measure import progress, table
from support.engine_server import EngineServer
from support.killing import KINDS, RealSearch, Start, Tally, run_and_kill, simulated, start_program, uninterrupted
from support.simulated import SimulatedSearch


def main() -> None:
    """Run, count, print, and fail if anything was lost."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--kills", type=int, default=2, help="how often each search is killed")
    parser.add_argument("--seed", type=int, default=0, help="of the first run; each further run has the next one")
    parser.add_argument("--keras", action="store_true", help="train with real Keras, three trials of four epochs")
    wanted = parser.parse_args()
    tally = Tally()
    kinds = ["random"] if wanted.keras else sorted(KINDS)
    with EngineServer() as server, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        start: Start = start_program if wanted.keras else server.start

        def search(kind: str, place: str) -> SimulatedSearch:
            return RealSearch(folder / place, trials=3) if wanted.keras else simulated(kind, folder / place)

        expected, takes_s = {}, {}
        for kind in kinds:
            expected[kind] = uninterrupted(start, search(kind, kind))
            began = time.monotonic()  # of one that follows another, as those to be killed do: the first takes longer
            uninterrupted(start, search(kind, f"{kind}-again"))
            takes_s[kind] = time.monotonic() - began
        for run in range(wanted.runs):
            kind = kinds[run % len(kinds)]
            run_and_kill(
                start,
                search(kind, f"run-{run}"),
                wanted.seed + run,
                expected[kind],
                tally,
                kills=wanted.kills,
                within_s=takes_s[kind],
            )
            if tally.is_clean:
                shutil.rmtree(folder / f"run-{run}")
            if (run + 1) % 10 == 0 or wanted.keras:
                progress(f"{run + 1} of {wanted.runs} runs")
    table(
        f"Engine killed at random moments ({', '.join(kinds)}{', real Keras' if wanted.keras else ''})",
        [
            {
                "runs": str(tally.runs),
                "kills": str(tally.kills),
                "before the first event": str(tally.early),
                "after the end": str(tally.late),
                "acknowledged events": f"{tally.events:,}",
                "lost": str(tally.lost),
                "doubled": str(tally.doubled),
                "otherwise wrong": str(len(tally.wrong)),
            }
        ],
    )
    for what in tally.wrong:
        print(what)
    sys.exit(0 if tally.is_clean else 1)


if __name__ == "__main__":
    main()
