"""What the engine costs: CPU for a trial and for an epoch, a resume, the wait of a free worker, a thousand workers.

Each measurement runs in a process of its own, so that its CPU time is the engine's and nobody else's.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks.crowd import Crowd
from benchmarks.large_search import space
from benchmarks.measure import goal, median, percentile, progress, table
from benchmarks.search_quality import ten_dimensions

from tui_tuner.engine.commands import Command, CommandKind
from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.engine.loop import SearchLoop
from tui_tuner.engine.reader import SearchReader
from tui_tuner.engine.spec import SearchSpec
from tui_tuner.engine.view import Objective, SearchState
from tui_tuner.oracles import BayesianOptimizationOracle, RandomSearchOracle
from tui_tuner.oracles import Objective as OracleObjective
from tui_tuner.space import HyperParameters

TRIAL_LIMIT_MS = 5.0
EPOCH_LIMIT_MS = 0.3
RESUME_LIMIT_S = 2.0
LAG_LIMIT_S = 1.0
"""Twice what the app waits between two snapshots."""

_PROPOSALS = 28


def open_loop(root: Path, trials: int, epochs: int, workers: int, epoch_s: float) -> tuple[SearchLoop, Crowd]:
    """A search of pretended workers."""
    objective = Objective("val_loss", "min")
    crowd = Crowd(workers, epochs, epoch_s, space().get_config())
    loop = SearchLoop(
        SearchSpec(SearchDirectory(root), "crowd", "random", objective, trials, epochs=epochs),
        lambda: RandomSearchOracle(OracleObjective("val_loss", "min"), max_trials=trials, seed=1),
        lambda: crowd,
    )
    return loop, crowd


def search_cpu_s(root: Path, trials: int, epochs: int) -> float:
    """CPU seconds of a search whose epochs take no time."""
    loop, _ = open_loop(root, trials, epochs, 2, 0.0)
    before = time.process_time()
    loop.run()
    return time.process_time() - before


def resume_s(root: Path, trials: int, epochs: int) -> float:
    """Seconds until a search of so many finished trials hands out its next one."""
    started = time.perf_counter()
    loop, crowd = open_loop(root, trials + 1, epochs, 1, 0.0)
    done = threading.Event()

    def submitted() -> bool:
        return crowd.reported > 0 or done.is_set()

    loop.run(submitted)
    elapsed = time.perf_counter() - started
    loop.run()
    return elapsed


def wait_ms(root: Path, trials: int, ahead: bool) -> float:
    """How long a worker that becomes free waits for its next trial, in ms, in the median: four workers, a Bayesian
    search that knows so many trials, none of the new ones better.

    Args:
        ahead: Whether proposals are prepared while all workers train.
    """
    task, rng = ten_dimensions(), np.random.default_rng(5)
    hp = HyperParameters()
    task.define(hp)
    oracle = BayesianOptimizationOracle(
        OracleObjective("val_loss", "min"), max_trials=trials + _PROPOSALS, hyperparameters=hp, seed=1
    )
    for _ in range(trials):
        oracle.enqueue(dict(task.drawn(rng)))
        trial = oracle.create_trial("known")
        oracle.update_trial(trial.trial_id, {"val_loss": task.score(trial.hyperparameters.values) / 10})
        oracle.end_trial(trial.trial_id)
    if not ahead:
        oracle.prepare = lambda: False  # type: ignore[method-assign]
    # The files of all those trials at once are another matter.
    oracle.save = lambda: None  # type: ignore[method-assign]
    crowd = Crowd(4, 4, 0.5, hp.get_config())
    spec = SearchSpec(SearchDirectory(root), "wait", "bayesian", Objective("val_loss", "min"), None, epochs=4)
    SearchLoop(spec, lambda: oracle, lambda: crowd).run()
    return 1000 * median(crowd.waits_s)


def crowd_lag(root: Path, workers: int, seconds: float) -> dict[str, float]:
    """A thousand workers with an epoch a second: how far what a viewer sees is behind, and what it costs."""
    loop, crowd = open_loop(root, 10**6, 20, workers, 1.0)
    thread = threading.Thread(target=loop.run)
    thread.start()
    time.sleep(3.0)  # until all have begun
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        watching = pool.apply_async(watch, (root, seconds))
        start, cpu = time.perf_counter(), time.process_time()
        lags, poll_ms = watching.get()
        wall, cpu = time.perf_counter() - start, time.process_time() - cpu
    reader = SearchReader(root)
    reader.send(Command(CommandKind.STOP))
    reader.send(Command(CommandKind.STOP_NOW))
    running = sum(trial.ended is None for trial in reader.poll().trials.values())
    reader.close()
    return {
        "running": running,
        "epochs_per_s": crowd.reported / (time.perf_counter() - start + 3.0),
        "engine_cpu": cpu / wall,
        "lag_median_s": median(lags),
        "lag_max_s": max(lags),
        "poll_ms": poll_ms,
    }


def watch(root: Path, seconds: float) -> tuple[list[float], float]:
    """Look at a search twice a second as the app does: the age of the newest epoch of each look, in seconds."""
    reader = SearchReader(root)
    lags, costs = [], []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        before = time.process_time()
        view = reader.poll()
        costs.append(time.process_time() - before)
        newest = [trial.last_epoch.time for trial in view.trials.values() if trial.last_epoch is not None]
        if view.state is SearchState.RUNNING and newest:
            lags.append(time.time() - max(newest))
        time.sleep(0.5)
    return lags, 1000 * percentile(costs, 0.95)


def apart(function: Any, *arguments: Any) -> Any:
    """Call a function in a fresh process."""
    context = multiprocessing.get_context("spawn")
    answers = context.SimpleQueue()
    process = context.Process(target=_answer, args=(answers, function, arguments))
    process.start()
    answer = json.loads(answers.get())
    process.join(5.0)
    process.kill()
    return answer


def _answer(answers: Any, function: Any, arguments: tuple[Any, ...]) -> None:
    answers.put(json.dumps(function(*arguments)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, nargs="+", default=[10, 1_000, 10_000])
    parser.add_argument("--known", type=int, nargs="+", default=[100, 1_000, 10_000], help="trials before a wait")
    parser.add_argument("--epochs", type=int, default=50)
    parser.add_argument("--workers", type=int, default=1_000)
    parser.add_argument("--seconds", type=float, default=20.0)
    arguments = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for trials in arguments.trials:
            progress(f"{trials} trials")
            short = apart(search_cpu_s, Path(folder) / f"{trials}-1", trials, 1)
            long = apart(search_cpu_s, Path(folder) / f"{trials}-{arguments.epochs}", trials, arguments.epochs)
            epoch_ms = 1000 * (long - short) / (arguments.epochs - 1) / trials
            trial_ms = 1000 * short / trials - epoch_ms
            rows.append(
                {
                    "trials": f"{trials:,}",
                    "CPU a trial": f"{trial_ms:.2f} ms",
                    "at most 5 ms": goal(trial_ms, TRIAL_LIMIT_MS),
                    "CPU an epoch": f"{epoch_ms:.3f} ms",
                    "at most 0.3 ms": goal(epoch_ms, EPOCH_LIMIT_MS),
                }
            )
        table(f"The engine's CPU, {arguments.epochs} epochs a trial (the start of the search included)", rows)
        most = max(arguments.trials)
        seconds = apart(resume_s, Path(folder) / f"{most}-{arguments.epochs}", most, arguments.epochs)
        table(
            "A resume, until the next trial has reported",
            [{"trials": f"{most:,}", "wall": f"{seconds:.2f} s", "at most 2 s": goal(seconds, RESUME_LIMIT_S)}],
        )
        rows = []
        for trials in arguments.known:
            progress(f"{trials} trials known")
            waits = [apart(wait_ms, Path(folder) / f"wait-{trials}-{ahead}", trials, ahead) for ahead in (True, False)]
            prepared, unprepared = (f"{wait:.1f} ms" for wait in waits)
            rows.append({"known": f"{trials:,}", "prepared": prepared, "unprepared": unprepared})
        table("A worker that becomes free waits for a proposal of `bayesian` (four workers)", rows)
        progress(f"{arguments.workers} workers for {arguments.seconds:g} s")
        crowd = apart(crowd_lag, Path(folder) / "crowd", arguments.workers, arguments.seconds)
        table(
            f"{arguments.workers:,} workers, an epoch a second each",
            [
                {
                    "running": f"{crowd['running']:,}",
                    "epochs/s": f"{crowd['epochs_per_s']:.0f}",
                    "CPU of engine and crowd": f"{crowd['engine_cpu']:.2f} cores",
                    "view behind (median, most)": f"{crowd['lag_median_s']:.2f} s, {crowd['lag_max_s']:.2f} s",
                    "at most 1 s": goal(crowd["lag_max_s"], LAG_LIMIT_S),
                    "CPU of a look (95 %)": f"{crowd['poll_ms']:.1f} ms",
                }
            ],
        )


if __name__ == "__main__":
    main()
