"""What the recorder writes of workers and trials."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from support.oracle_runs import line

from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.engine.history import MarkKind
from tui_tuner.engine.lock import EngineLock
from tui_tuner.engine.past import Past
from tui_tuner.engine.reader import SearchReader
from tui_tuner.engine.recorder import Recorder
from tui_tuner.engine.store import Store, TrialRow
from tui_tuner.engine.view import Objective, TrialState
from tui_tuner.oracles import RandomSearchOracle, TrialStatus
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


def test_of_equal_trials_the_first_one_is_the_best_whichever_ends_first(tmp_path: Path) -> None:
    oracle = RandomSearchOracle("val_loss", max_trials=3, hyperparameters=line(), seed=1)
    trials = [oracle.create_trial(slot) for slot in "abc"]
    best = []
    with closing(Store(SearchDirectory(tmp_path).database)) as store:
        recorder = Recorder(store, Objective("val_loss", "min"), [], 3)
        with store.transaction():
            store.set_meta(objective={"name": "val_loss", "direction": "min"})
            for trial in trials:
                recorder.trial_started(trial, trial.trial_id)
        for trial in (trials[1], trials[0], trials[2]):
            with store.transaction():
                oracle.update_trial(trial.trial_id, {"val_loss": 0.5})
                oracle.end_trial(trial.trial_id)
                recorder.trial_ended(trial, {"val_loss": 0.5}, ())
            best.append(store.meta()["best_trial_id"])
        assert best == [trials[1].trial_id, trials[0].trial_id, trials[0].trial_id]
        # As `KeptCheckpoints` ranks them, so that the weights that stay are the best trial's; and as an engine that
        # goes on with the search finds it.
        assert recorder.best_trials(1) == [trials[0].trial_id]
        assert Recorder(store, Objective("val_loss", "min"), store.trials(), 3).best_trial_id == trials[0].trial_id
    with closing(Past(tmp_path)) as past:
        bests = [past.view(position, is_gone=False).best_trial_id for position in range(past.timeline.end + 1)]
        assert list(dict.fromkeys(bests)) == [None, trials[1].trial_id, trials[0].trial_id]
        assert [mark.kind for mark in past.marks] == [MarkKind.BEST]  # an equal one is no news


def test_a_trial_lasts_as_long_as_the_search_was_active(tmp_path: Path) -> None:
    oracle = RandomSearchOracle("val_loss", max_trials=3, hyperparameters=line(), seed=1)
    trial = oracle.create_trial("a")
    active_s = 10.0
    with closing(Store(SearchDirectory(tmp_path).database)) as store, store.transaction():
        recorder = Recorder(store, Objective("val_loss", "min"), [], 3, clock=lambda: active_s)
        recorder.trial_started(trial, "w")
        active_s = 12.5  # it was paused for however long
        oracle.end_trial(trial.trial_id, "FAILED")
        recorder.trial_ended(trial, {}, ())
        assert recorder.row(trial.trial_id).duration_s == 2.5


class Active:
    """For how long the search was active."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def test_the_runs_of_a_trial_that_were_cut_off_are_part_of_its_duration(tmp_path: Path) -> None:
    oracle = RandomSearchOracle("val_loss", max_trials=3, hyperparameters=line(), seed=1)
    trial = oracle.create_trial("a")
    active = Active()
    seen = []
    with closing(Store(SearchDirectory(tmp_path).database)) as store, closing(SearchReader(tmp_path)) as reader:

        def note() -> None:
            store.set_meta(active_s=active.seconds)

        def begin(rows: list[TrialRow]) -> Recorder:
            recorder = Recorder(store, Objective("val_loss", "min"), rows, 3, clock=active)
            recorder.trial_started(trial, "w")
            return recorder

        with store.transaction():
            store.set_meta(objective={"name": "val_loss", "direction": "min"}, state="running")
            recorder = begin([])
            active.seconds = 10.0
            recorder.trial_interrupted(trial.trial_id, "stopped")
            note()
        seen.append(reader.poll().trials[trial.trial_id].duration_s)
        active.seconds = 15.0  # without it
        with store.transaction():
            recorder.trial_started(trial, "w")
        active.seconds = 20.0  # the engine dies, and another one goes on
        with store.transaction():
            note()
        seen.append(reader.poll().trials[trial.trial_id].duration_s)
        with store.transaction():
            recorder = begin(store.trials())
            active.seconds = 23.0
            oracle.end_trial(trial.trial_id, "FAILED")
            recorder.trial_ended(trial, {}, ())
            note()
        seen.append(reader.poll().trials[trial.trial_id].duration_s)
    assert seen == [10.0, 15.0, 18.0]


def test_an_attempt_that_failed_is_no_part_of_the_duration_of_the_next_one(tmp_path: Path) -> None:
    oracle = RandomSearchOracle("val_loss", max_trials=3, hyperparameters=line(), seed=1, max_retries_per_trial=1)
    trial = oracle.create_trial("a")
    active = Active()
    with closing(Store(SearchDirectory(tmp_path).database)) as store, store.transaction():
        recorder = Recorder(store, Objective("val_loss", "min"), [], 3, clock=active)
        recorder.trial_started(trial, "w")
        active.seconds = 10.0
        trial.status = TrialStatus.INVALID
        oracle.end_trial(trial)
        recorder.trial_ended(trial, {}, ())
        recorder.trial_started(trial, "w")
        active.seconds = 14.0
        oracle.end_trial(trial.trial_id, "FAILED")
        recorder.trial_ended(trial, {}, ())
        assert recorder.row(trial.trial_id).duration_s == 4.0


def test_the_clock_of_a_running_trial_does_not_count_a_pause(tmp_path: Path) -> None:
    oracle = RandomSearchOracle("val_loss", max_trials=3, hyperparameters=line(), seed=1)
    trial = oracle.create_trial("a")
    active = Active()
    lock = EngineLock(SearchDirectory(tmp_path).lock)
    lock.acquire()
    with closing(Store(SearchDirectory(tmp_path).database)) as store, closing(SearchReader(tmp_path)) as reader:
        with store.transaction():
            active.seconds = 5.0
            store.set_meta(state="running", objective={"name": "val_loss", "direction": "min"})
            Recorder(store, Objective("val_loss", "min"), [], 3, clock=active).trial_started(trial, "w")
            active.seconds = 8.0
            store.set_meta(state="paused", active_s=8.0, run_started=None)
        view = reader.poll()
        running = view.trials[trial.trial_id]
        assert running.status is TrialState.RUNNING
        over_night = (running.started or 0.0) + 30_000.0
        assert view.lasted_s(running, over_night) == 3.0
    lock.release()
