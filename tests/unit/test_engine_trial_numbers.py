"""A trial's number seeds its training: each trial has its own, however many are handed out at once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.tasks import task_in

from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.engine.loop import SearchLoop
from tui_tuner.engine.reader import SearchReader
from tui_tuner.engine.spec import SearchSpec
from tui_tuner.engine.view import Objective
from tui_tuner.executors import ProcessExecutor
from tui_tuner.oracles import Objective as OracleObjective
from tui_tuner.oracles import RandomSearchOracle
from tui_tuner.worker.jobs import Job, TrialJob


@pytest.mark.parametrize("workers", [1, 3])
def test_each_job_has_the_number_that_its_trial_is_recorded_under(tmp_path: Path, workers: int) -> None:
    directory = SearchDirectory(tmp_path / "search")
    task = task_in(directory.root, model="simulated:" + json.dumps({}), fit={"epochs": 1})
    numbers: dict[str, int] = {}

    class Recording(ProcessExecutor):
        def submit(self, job: Job) -> str:
            if isinstance(job, TrialJob):
                numbers[job.trial_id] = job.number
            return super().submit(job)

    objective = OracleObjective("val_loss", "min")
    spec = SearchSpec(directory, "numbers", "random", Objective("val_loss", "min"), max_trials=6)
    SearchLoop(
        spec,
        lambda: RandomSearchOracle(objective=objective, max_trials=6, seed=3),
        lambda: Recording(task, workers),
    ).run()
    reader = SearchReader(directory.root)
    try:
        recorded = {trial.trial_id: trial.number for trial in reader.poll().trials.values()}
    finally:
        reader.close()
    assert sorted(numbers.values()) == list(range(6))
    assert numbers == recorded
