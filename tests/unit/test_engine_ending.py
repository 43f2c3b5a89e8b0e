"""How a search ends: for how long the best configuration is trained once more."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.engine.loop import SearchLoop
from tui_tuner.engine.spec import SearchSpec
from tui_tuner.engine.view import Objective
from tui_tuner.executors.inline import InlineExecutor
from tui_tuner.oracles import Objective as OracleObjective
from tui_tuner.oracles import RandomSearchOracle
from tui_tuner.space import HyperParameters
from tui_tuner.worker.jobs import DataSummary, EvaluateJob, PrepareJob, TrialJob
from tui_tuner.worker.protocol import Reporter
from tui_tuner.worker.reports import EpochEnded, Evaluated, ExecutionResult, Outcome, Prepared, TrialEnded

EPOCHS = 30


@dataclass
class Runner:
    """Trains two folds, which were best at these epochs; and says what it was asked to evaluate."""

    best_epochs: tuple[int, int]
    reports: bool
    asked: list[EvaluateJob] = field(default_factory=list)

    def prepare(self, job: PrepareJob, reporter: Reporter) -> Prepared:
        hp = HyperParameters()
        hp.Int("units", 1, 1000)
        return Prepared(reporter.worker, hp.get_config(), DataSummary())

    def run_trial(self, job: TrialJob, reporter: Reporter) -> TrialEnded:
        for fold, best in enumerate(self.best_epochs):
            for epoch in range(best + 1 if self.reports else 0):
                reporter.report(
                    EpochEnded("inline", job.trial_id, job.attempt, fold, epoch, {"val_loss": 0.5}, 0.0, 0.0)
                )
        results = tuple(ExecutionResult({"val_loss": 0.5}, best) for best in self.best_epochs)
        return TrialEnded("inline", job.trial_id, job.attempt, Outcome.COMPLETED, results, job.hyperparameters)

    def evaluate(self, job: EvaluateJob, reporter: Reporter) -> Evaluated:
        self.asked.append(job)
        return Evaluated(reporter.worker, job.trial_id, {})


@pytest.mark.parametrize(
    ("runner", "refits", "epochs"),
    [
        (Runner((4, 9), reports=True), True, 7),  # the mean of the fifth and the tenth, rounded down
        (Runner((0, 0), reports=True), True, 1),
        (Runner((0, 0), reports=False), True, EPOCHS),  # a `fit` of the user's own that returns a number
        (Runner((4, 9), reports=True), False, None),  # its weights are there
    ],
)
def test_the_best_is_trained_once_more_as_long_as_it_took(
    runner: Runner, refits: bool, epochs: int | None, tmp_path: Path
) -> None:
    spec = SearchSpec(
        SearchDirectory(tmp_path),
        "bench",
        "random",
        Objective("val_loss", "min"),
        max_trials=1,
        executions_per_trial=2,
        epochs=EPOCHS,
        refits_best=refits,
    )
    SearchLoop(
        spec,
        lambda: RandomSearchOracle(objective=OracleObjective("val_loss", "min"), max_trials=1, seed=3),
        lambda: InlineExecutor(runner),
    ).run()
    assert [job.epochs for job in runner.asked] == [epochs]
