"""The next proposal is worked out while all workers train, and only then."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from support.quick_executor import QuickExecutor

from tui_tuner.engine.commands import Command, CommandKind
from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.engine.loop import SearchLoop
from tui_tuner.engine.reader import SearchReader
from tui_tuner.engine.spec import SearchSpec
from tui_tuner.engine.view import Objective, SearchState, SearchView
from tui_tuner.oracles import BayesianOptimizationOracle
from tui_tuner.oracles import Objective as OracleObjective
from tui_tuner.oracles.model_proposals import Groundwork, Proposed
from tui_tuner.worker.jobs import TrialJob

TRIALS = 12


class Hands(QuickExecutor):
    """An executor whose trials end when they are told to, each worse than the one before."""

    def __init__(self, workers: int) -> None:
        super().__init__(workers)
        self.running: list[TrialJob] = []

    def begin(self, job: TrialJob) -> None:
        self.running.append(job)
        if self.capacity == 1:
            self.end_first()

    def end_first(self) -> None:
        self.complete(self.running.pop(0))


class Watched(BayesianOptimizationOracle):
    """Ends a trial as soon as there was something to prepare, and notes what proposals had to go by."""

    _fewest_results = 0

    def __init__(self, hands: Hands) -> None:
        super().__init__(OracleObjective("loss", "min"), max_trials=TRIALS, seed=1)
        self.hands = hands
        self.prepared_at: list[int] = []
        self.unprepared = 0
        self.on_prepared: Callable[[], None] = hands.end_first

    def prepare(self) -> bool:
        if super().prepare():
            self.prepared_at.append(len(self.ongoing_trials))
            self.on_prepared()
        elif len(self.trials) == TRIALS:
            for _ in self.ongoing_trials:
                self.hands.end_first()
        return True

    def _proposal(self, groundwork: Groundwork | None = None) -> Proposed | None:
        self.unprepared += groundwork is None
        return super()._proposal(groundwork)


def search(root: Path, workers: int) -> tuple[SearchLoop, Watched]:
    hands = Hands(workers)
    oracle = Watched(hands)
    spec = SearchSpec(SearchDirectory(root), "ahead", "bayesian", Objective("loss", "min"), TRIALS, epochs=1)
    return SearchLoop(spec, lambda: oracle, lambda: hands), oracle


@pytest.mark.parametrize("workers", [2, 3])
def test_the_next_proposal_is_prepared_whenever_all_workers_train(tmp_path: Path, workers: int) -> None:
    loop, oracle = search(tmp_path, workers)
    loop.run()
    assert len(oracle.trials) == TRIALS
    assert oracle.unprepared == workers  # those with which the workers began
    assert set(oracle.prepared_at) == {workers}


def test_a_single_worker_gets_proposals_that_no_preparation_has_touched(tmp_path: Path) -> None:
    loop, oracle = search(tmp_path, 1)
    loop.run()
    assert oracle.prepared_at == []
    assert oracle.unprepared == TRIALS


def test_nothing_prepared_is_written_and_a_stopped_search_prepares_nothing_more(tmp_path: Path) -> None:
    loop, oracle = search(tmp_path, 2)
    seen: list[SearchView] = []

    def stop() -> None:
        seen.append(SearchReader(tmp_path).poll())
        loop.ask(Command(CommandKind.STOP))
        for _ in range(2):
            oracle.hands.end_first()

    oracle.on_prepared = stop
    loop.run()
    assert len(seen) == 1
    assert len(seen[0].trials) == 2
    view = SearchReader(tmp_path).poll()
    assert view.state is SearchState.STOPPED
    assert len(view.trials) == 2
