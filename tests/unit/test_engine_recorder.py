"""What the recorder writes of workers and trials."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from support.oracle_runs import line

from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.engine.recorder import Recorder
from tui_tuner.engine.store import Store
from tui_tuner.engine.view import Objective
from tui_tuner.oracles import RandomSearchOracle
from tui_tuner.worker import reports


def test_a_worker_that_was_given_its_next_trial_before_the_last_was_judged_is_not_idle(tmp_path: Path) -> None:
    oracle = RandomSearchOracle("val_loss", max_trials=3, hyperparameters=line(), seed=1)
    first, second = oracle.create_trial("a"), oracle.create_trial("b")
    with closing(Store(SearchDirectory(tmp_path).database)) as store:
        recorder = Recorder(store, Objective("val_loss", "min"), [], 3)
        with store.transaction():
            recorder.worker_started(reports.WorkerStarted("w", 7, "cpu"))
            recorder.trial_started(first, "w")
            recorder.trial_started(second, "w")
            oracle.end_trial(first.trial_id, "FAILED")
            recorder.trial_ended(first, {}, ())
        assert [worker["trial_id"] for worker in store.meta()["workers"]] == [second.trial_id]
        assert recorder.trial_of("w") == second.trial_id
        with store.transaction():
            recorder.trial_interrupted(second.trial_id, "cut off")
        assert [worker["trial_id"] for worker in store.meta()["workers"]] == [None]
