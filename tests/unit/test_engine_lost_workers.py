"""Trials and other jobs that find no worker or lose theirs, also when the oracle has nothing more: none is left out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from support.quick_executor import QuickExecutor

from tui_tuner.engine.commands import Command, CommandKind
from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.engine.loop import SearchLoop
from tui_tuner.engine.reader import SearchReader
from tui_tuner.engine.spec import SearchSpec
from tui_tuner.engine.view import Objective, SearchState, SearchView, TrialState
from tui_tuner.executors.protocol import NoWorkerFreeError
from tui_tuner.oracles import Objective as OracleObjective
from tui_tuner.oracles import RandomSearchOracle
from tui_tuner.worker.jobs import Control, Job, TrialJob
from tui_tuner.worker.reports import (
    Outcome,
    TrialEnded,
    WorkerLost,
)

TRIALS = 3


class TwoWorkers(QuickExecutor):
    """An executor for two trials at once. All end at once but the last one, which is cut off at its first attempt."""

    def __init__(self, cut_off_by: str = "", refused: Sequence[str] = (), lost: Sequence[str] = ()) -> None:
        super().__init__(2)
        self.cut_off_by = cut_off_by
        self.lost = list(lost)
        self.refused = list(refused)
        self.loop: SearchLoop | None = None
        self.attempts: list[tuple[str, int]] = []
        self.waiting: TrialJob | None = None
        self.told: list[tuple[str, Control]] = []

    def submit(self, job: Job) -> str:
        name = job.trial_id if isinstance(job, TrialJob) else type(job).__name__
        if name in self.refused:
            self.refused.remove(name)
            raise NoWorkerFreeError("no worker is free")
        if name in self.lost:
            self.lost.remove(name)
            self._sink(WorkerLost("worker-0", None, "worker-0 is gone"))
            return "worker-0"
        return super().submit(job)

    def begin(self, job: TrialJob) -> None:
        self.attempts.append((job.trial_id, job.attempt))
        if self.cut_off_by and job.number == TRIALS - 1 and job.attempt == 0:
            self.waiting = job
        else:
            self.complete(job)

    def cut_off(self) -> None:
        """To be called when the oracle has nothing more to propose. The last trial is cut off, if any shall be."""
        job = self.waiting
        if job is None:
            return
        assert self.loop is not None
        if self.cut_off_by == "loss after a skip":
            self.loop.ask(Command(CommandKind.SKIP, trial_id=job.trial_id))
            return
        self.waiting = None
        if self.cut_off_by == "loss":
            self._sink(WorkerLost("worker-0", job.trial_id, "worker-0 is gone"))
        else:
            self.loop.ask(Command(CommandKind.PAUSE, arguments={"hard": True}))
            self._sink(TrialEnded("worker-0", job.trial_id, job.attempt, Outcome.STOPPED))
            self.loop.ask(Command(CommandKind.RESUME))

    def control(self, trial_id: str, control: Control, answered: int = 0) -> None:
        self.told.append((trial_id, control))
        if self.waiting is not None:
            self.waiting = None
            self._sink(WorkerLost("worker-0", trial_id, "worker-0 is gone"))


class Exhausted(RandomSearchOracle):
    """Says when it has no more trials."""

    hands: TwoWorkers

    def create_trial(self, tuner_id: str):  # type: ignore[no-untyped-def]
        trial = super().create_trial(tuner_id)
        if trial.status == "STOPPED":
            self.hands.cut_off()
        return trial


def run(root: Path, hands: TwoWorkers) -> SearchView:
    oracle = Exhausted(OracleObjective("loss", "min"), max_trials=TRIALS, seed=1)
    oracle.hands = hands
    spec = SearchSpec(SearchDirectory(root), "last", "random", Objective("loss", "min"), TRIALS, epochs=1)
    hands.loop = SearchLoop(spec, lambda: oracle, lambda: hands)
    hands.loop.run()
    return SearchReader(root).poll()


def run_to_the_end(root: Path, hands: TwoWorkers) -> None:
    view = run(root, hands)
    assert (view.state, view.detail) == (SearchState.COMPLETED, "all 3 trials were run")
    assert {trial.status for trial in view.trials.values()} == {TrialState.COMPLETED}


@pytest.mark.parametrize("cut_off_by", ["loss", "hard pause"])
def test_the_last_trial_is_run_again_if_it_is_cut_off(tmp_path: Path, cut_off_by: str) -> None:
    hands = TwoWorkers(cut_off_by)
    run_to_the_end(tmp_path, hands)
    assert hands.attempts == [("0", 0), ("1", 0), ("2", 0), ("2", 1)]


def test_a_trial_that_was_skipped_still_is_when_its_worker_was_lost_before_it_ended(tmp_path: Path) -> None:
    hands = TwoWorkers("loss after a skip")
    run_to_the_end(tmp_path, hands)
    assert hands.attempts == [("0", 0), ("1", 0), ("2", 0), ("2", 1)]
    assert hands.told == [("2", Control.SKIP), ("2", Control.SKIP)]


def test_what_finds_no_worker_since_one_was_just_lost_waits_for_another_one(tmp_path: Path) -> None:
    hands = TwoWorkers(refused=["1", "2", "2", "EvaluateJob"])
    run_to_the_end(tmp_path, hands)
    assert hands.attempts == [("0", 0), ("1", 0), ("2", 0)]
    assert hands.refused == []


def test_what_runs_beside_the_trials_may_lose_its_worker_once(tmp_path: Path) -> None:
    hands = TwoWorkers(lost=["PrepareJob", "EvaluateJob"])
    run_to_the_end(tmp_path, hands)
    assert hands.lost == []


def test_a_preparation_that_loses_its_worker_twice_ends_the_search(tmp_path: Path) -> None:
    view = run(tmp_path, TwoWorkers(lost=["PrepareJob", "PrepareJob"]))
    assert (view.state, view.detail) == (SearchState.FAILED, "worker-0 is gone")


def test_what_a_worker_printed_before_it_was_lost_is_pointed_at(tmp_path: Path) -> None:
    log = SearchDirectory(tmp_path).worker_log("worker-0")
    log.parent.mkdir()
    log.write_text("ImportError: libcudart.so.12\n")
    view = run(tmp_path, TwoWorkers(lost=["PrepareJob", "PrepareJob"]))
    assert view.detail == f"worker-0 is gone; see {log}"
