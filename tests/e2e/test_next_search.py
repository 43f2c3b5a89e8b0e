"""A search, the config of the next one, and that one run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from support.simulated import SimulatedSearch
from support.watching import Watched

from tui_tuner.engine.view import SearchState


def run(command: list[str], folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_next_search_begins_with_the_best_of_the_last(search: SimulatedSearch, watched: Watched) -> None:
    printed = run(search.run("--headless"), search.folder)
    best = watched.view().best
    assert best is not None
    file = search.folder / "sim_2.yaml"
    written = run([sys.executable, "-m", "tui_tuner.cli", "next", str(search.root), "--to", str(file)], search.folder)
    assert written.strip() == str(file), printed
    program = search.run()[: search.run().index("run")]
    run([*program, "run", str(file), "--headless"], search.folder)
    following = Watched(search.root.with_name("sim_2")).view()
    assert following.state is SearchState.COMPLETED
    first = next(iter(following.trials.values()))
    assert (first.origin, dict(first.tuned)) == ("initial", dict(best.tuned))
