"""A wall clock that is set back, or forward, while a search runs changes no duration, no order and no proposal."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from support.tasks import task_in

from tui_tuner.analysis.progress import eta_s
from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.engine.loop import SearchLoop
from tui_tuner.engine.reader import SearchReader
from tui_tuner.engine.spec import SearchSpec
from tui_tuner.engine.stopwatch import Stopwatch
from tui_tuner.engine.view import Objective, SearchState, SearchView, TrialState
from tui_tuner.executors.inline import InlineExecutor
from tui_tuner.headless.status import status_json
from tui_tuner.oracles import BayesianOptimizationOracle, Oracle
from tui_tuner.oracles import Objective as OracleObjective
from tui_tuner.worker.simulated import SimulatedRunner

BACK_S = 7200.0

real_time = time.time


class WallClock:
    """The wall clock of this process, which jumps when it is told to."""

    def __init__(self) -> None:
        self.offset_s = 0.0

    def __call__(self) -> float:
        return real_time() + self.offset_s


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> WallClock:
    clock = WallClock()
    monkeypatch.setattr("time.time", clock)
    return clock


def make_loop(root: Path, max_trials: int) -> SearchLoop:
    """A Bayesian search: what it proposes follows from the order in which trials ended."""
    directory = SearchDirectory(root)
    task = task_in(root, model="simulated:" + json.dumps({"seconds_per_epoch": 0.01}), fit={"epochs": 2})
    spec = SearchSpec(directory, "clock", "bayesian", Objective("val_loss", "min"), max_trials, epochs=2)

    def make_oracle() -> Oracle:
        return BayesianOptimizationOracle(
            objective=OracleObjective("val_loss", "min"), max_trials=max_trials, num_initial_points=2, seed=3
        )

    return SearchLoop(spec, make_oracle, lambda: InlineExecutor(SimulatedRunner(task)))


def run(root: Path, max_trials: int, clock: WallClock, jumps: dict[int, float]) -> list[SearchView]:
    """Run the search and set the clock when so many trials have ended; what a viewer sees on the way."""
    loop = make_loop(root, max_trials)
    reader = SearchReader(root)
    views: list[SearchView] = []

    def look() -> bool:
        views.append(reader.poll())
        ended = sum(trial.status is TrialState.COMPLETED for trial in views[-1].trials.values())
        clock.offset_s += jumps.pop(ended, 0.0)
        assert views[-1].elapsed_s(time.time()) >= 0
        assert (eta_s(views[-1], time.time()) or 0.0) >= 0
        assert json.loads(status_json(views[-1]))["elapsed_s"] >= 0
        return False

    loop.run(look)
    views.append(reader.poll())
    reader.close()
    assert not jumps
    return views


def test_a_clock_that_is_set_changes_no_duration_no_order_and_no_proposal(tmp_path: Path, clock: WallClock) -> None:
    expected = run(tmp_path / "undisturbed", 8, clock, {})[-1]
    root = tmp_path / "disturbed"
    began = time.monotonic()
    run(root, 4, clock, {1: BACK_S, 3: -2 * BACK_S})
    views = run(root, 8, clock, {6: -BACK_S, 7: 2 * BACK_S})
    took_s = time.monotonic() - began
    view = views[-1]
    assert view.state is SearchState.COMPLETED
    assert [(trial.trial_id, trial.hyperparameters, trial.score) for trial in view.trials.values()] == [
        (trial.trial_id, trial.hyperparameters, trial.score) for trial in expected.trials.values()
    ]
    assert json.loads((root / "oracle.json").read_text())["end_order"] == list(view.trials)
    ends = [trial.ended or 0.0 for trial in view.trials.values()]
    assert ends != sorted(ends)  # the clock that people see was set back indeed
    durations = [trial.duration_s or 0.0 for trial in view.trials.values()]
    assert all(0 < duration < took_s for duration in durations)
    assert sum(durations) <= view.active_s <= took_s
    elapsed = [each.elapsed_s(0.0) for each in views]  # as it is stored: it never goes back
    assert elapsed == sorted(elapsed)


def test_durations_of_trials_are_of_the_time_in_which_the_search_is_active(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Stopwatch, "active_s", property(lambda _: 7.0))  # as if it were paused all the time
    make_loop(tmp_path, 2).run()
    reader = SearchReader(tmp_path)
    assert [trial.duration_s for trial in reader.poll().trials.values()] == [0.0, 0.0]
    reader.close()


def test_the_stopwatch_follows_a_wall_clock_that_is_set() -> None:
    now = {"steady": 10.0, "wall": 1000.0}
    watch = Stopwatch(5.0, steady=lambda: now["steady"], wall=lambda: now["wall"])
    watch.run(True)
    now["steady"] += 20
    now["wall"] += 20
    assert not watch.follow_wall()
    now["wall"] -= BACK_S
    assert watch.follow_wall()
    assert not watch.follow_wall()
    view = SearchView(Path(), **watch.meta())
    assert view.elapsed_s(now["wall"]) == pytest.approx(25.0) == watch.active_s
    now["wall"] += 2 * BACK_S
    assert watch.follow_wall()
    view = SearchView(Path(), **watch.meta())
    assert view.elapsed_s(now["wall"]) == pytest.approx(25.0)
    watch.run(False)
    assert not watch.follow_wall()
    assert watch.meta() == {"active_s": pytest.approx(25.0), "run_started": None}
