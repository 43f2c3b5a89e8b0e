"""The search loop on a simulated, in-process trial: what it records, how it obeys, how it goes on after a crash."""

from __future__ import annotations

import gc
import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from support.tasks import task_in

from tui_tuner.engine import events
from tui_tuner.engine.commands import Command, CommandKind
from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.engine.journal import Journal
from tui_tuner.engine.lock import EngineLock, is_held
from tui_tuner.engine.loop import SearchLoop
from tui_tuner.engine.reader import SearchReader
from tui_tuner.engine.spec import SearchSpec
from tui_tuner.engine.view import Objective, SearchState, SearchView, TrialState
from tui_tuner.errors import DirectoryInUseError
from tui_tuner.executors.inline import InlineExecutor
from tui_tuner.oracles import Objective as OracleObjective
from tui_tuner.oracles import Oracle, RandomSearchOracle
from tui_tuner.worker.jobs import EvaluateJob, Finding
from tui_tuner.worker.protocol import Reporter
from tui_tuner.worker.reports import Evaluated
from tui_tuner.worker.simulated import SimulatedRunner

DEADLINE_S = 20.0


def parameter(name: str, values: list[Any]) -> dict[str, Any]:
    config = {"name": name, "default": values[0], "conditions": [], "values": values, "ordered": False}
    return {"class_name": "Choice", "config": config}


def space(*parameters: dict[str, Any]) -> dict[str, Any]:
    return {"space": list(parameters), "values": {}}


UNITS = parameter("units", [8, 16, 24, 32, 40, 48, 56, 64])


class Bench:
    """A search directory and loops on it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.executions = 1
        self.epochs = 3
        self.max_trials: int | None = 4
        self.options: dict[str, Any] = {"space": space(UNITS)}
        self.oracle_arguments: dict[str, Any] = {}
        self.findings: tuple[Finding, ...] = ()
        self.limits: dict[str, tuple[int, ...]] = {}
        self.initial_trials: list[dict[str, int]] = []

    def loop(self) -> SearchLoop:
        directory = SearchDirectory(self.root)
        task = task_in(
            self.root,
            model="simulated:" + json.dumps(self.options),
            fit={"epochs": self.epochs},
            executions_per_trial=self.executions,
        )
        spec = SearchSpec(
            directory=directory,
            name="bench",
            tuner="random",
            objective=Objective("val_loss", "min"),
            max_trials=self.max_trials,
            executions_per_trial=self.executions,
            epochs=self.epochs,
            findings=self.findings,
            limits=self.limits,
            initial_trials=tuple(self.initial_trials),
        )

        def make_oracle() -> Oracle:
            return RandomSearchOracle(
                objective=OracleObjective("val_loss", "min"),
                max_trials=self.max_trials,
                seed=3,
                **self.oracle_arguments,
            )

        return SearchLoop(spec, make_oracle, lambda: InlineExecutor(SimulatedRunner(task)))

    def run(self) -> SearchView:
        self.loop().run()
        return self.view()

    def view(self) -> SearchView:
        reader = SearchReader(self.root)
        try:
            return reader.poll()
        finally:
            reader.close()


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "search")


class Running:
    """A loop in a thread, and a viewer that waits for what it should see."""

    def __init__(self, bench: Bench) -> None:
        self.loop = bench.loop()
        self.reader = SearchReader(bench.root, who="test")
        self.released = threading.Event()
        self.thread = threading.Thread(target=self.loop.run, args=(self.released.is_set,))
        self.thread.start()

    def until(self, wanted: Callable[[SearchView], bool]) -> SearchView:
        deadline = time.monotonic() + DEADLINE_S
        while not wanted(view := self.reader.poll()):
            assert time.monotonic() < deadline, view
            self.released.wait(0.01)
        return view

    def send(self, kind: CommandKind, trial_id: str | None = None) -> None:
        self.reader.send(Command(kind, trial_id))


@pytest.fixture
def running(bench: Bench) -> Iterator[Callable[[], Running]]:
    started: list[Running] = []

    def start() -> Running:
        started.append(Running(bench))
        return started[-1]

    yield start
    for one in started:
        if not one.loop.over:
            one.send(CommandKind.STOP_NOW)
        one.thread.join(DEADLINE_S)
        assert not one.thread.is_alive()


def test_a_search_runs_to_its_end_and_everything_is_recorded(bench: Bench) -> None:
    view = bench.run()
    assert view.state is SearchState.COMPLETED
    assert view.detail == "all 4 trials were run"
    assert [trial.status for trial in view.trials.values()] == [TrialState.COMPLETED] * 4
    assert len({trial.hyperparameters["units"] for trial in view.trials.values()}) == 4
    best = view.best
    assert best is not None
    assert best.score == min(trial.score for trial in view.trials.values() if trial.score is not None)
    assert view.test_metrics
    assert [parameter.name for parameter in view.space] == ["units"]
    reader = SearchReader(bench.root)
    for trial_id in view.trials:
        epochs = reader.epochs(trial_id)
        assert [epoch.epoch for epoch in epochs] == [0, 1, 2]
        assert all(set(epoch.metrics) == {"loss", "accuracy", "val_loss", "val_accuracy"} for epoch in epochs)
        summary = reader.model_summary(trial_id)
        assert summary is not None
        assert summary.parameters == sum(layer.parameters for layer in summary.layers)
        score = view.trials[trial_id].score
        assert score == min(epoch.metrics["val_loss"] for epoch in epochs)
    assert not is_held(SearchDirectory(bench.root).lock)


def test_every_execution_is_recorded_and_the_score_is_their_mean(bench: Bench) -> None:
    bench.executions = 2
    view = bench.run()
    reader = SearchReader(bench.root)
    for trial in view.trials.values():
        epochs = reader.epochs(trial.trial_id)
        assert [(epoch.execution, epoch.epoch) for epoch in epochs] == [(e, n) for e in (0, 1) for n in (0, 1, 2)]
        assert len(trial.execution_scores) == 2
        bests = [min(epoch.metrics["val_loss"] for epoch in epochs if epoch.execution == e) for e in (0, 1)]
        assert trial.execution_scores == pytest.approx(bests)
        assert trial.score == pytest.approx(sum(bests) / 2)
        assert trial.spread == pytest.approx(abs(bests[0] - bests[1]) / 2**0.5)


def test_the_search_ends_when_the_space_is_exhausted(bench: Bench) -> None:
    bench.max_trials = 100
    view = bench.run()
    assert view.state is SearchState.COMPLETED
    assert view.detail == "the search space is exhausted after 8 trials"
    assert len(view.trials) == 8


@pytest.mark.parametrize(
    ("fault", "state", "detail"),
    [
        ("", SearchState.COMPLETED, "the only trial was run"),
        ("nan", SearchState.FAILED, "the only trial did not complete: val_loss is NaN"),
    ],
)
def test_a_search_of_one_trial_is_told_in_the_singular(
    bench: Bench, fault: str, state: SearchState, detail: str
) -> None:
    bench.max_trials = bench.epochs = 1
    bench.options = {"space": space(UNITS, parameter("fault", [fault]))}
    view = bench.run()
    assert (view.state, view.detail) == (state, detail)


def test_a_space_of_one_configuration_is_told_in_the_singular(bench: Bench) -> None:
    bench.options = {"space": space(parameter("fault", [""]))}
    assert bench.run().detail == "the search space is exhausted after 1 trial"


def test_a_failing_configuration_fails_its_trial_and_not_the_search(bench: Bench) -> None:
    bench.options = {"space": space(UNITS, parameter("fault", ["", "raise"]))}
    bench.max_trials = 8
    bench.oracle_arguments = {"max_consecutive_failed_trials": 100}
    view = bench.run()
    assert view.state is SearchState.COMPLETED
    for trial in view.trials.values():
        failed = trial.hyperparameters["fault"] == "raise"
        assert trial.status is (TrialState.FAILED if failed else TrialState.COMPLETED)
        assert ("simulated failure" in trial.message) == failed
    assert {TrialState.FAILED, TrialState.COMPLETED} == {trial.status for trial in view.trials.values()}


def test_a_nan_objective_fails_the_trial_and_says_so(bench: Bench) -> None:
    bench.epochs = 1
    bench.options = {"space": space(UNITS, parameter("fault", ["nan"]))}
    bench.oracle_arguments = {"max_consecutive_failed_trials": 100}
    view = bench.run()
    assert view.state is SearchState.FAILED
    assert view.detail == "none of 4 trials completed; the first: val_loss is NaN"
    assert all(trial.score is None for trial in view.trials.values())


def test_failed_trials_are_retried_as_often_as_asked(bench: Bench) -> None:
    bench.options = {"space": space(UNITS, parameter("fault", ["raise"]))}
    bench.max_trials = 2
    bench.oracle_arguments = {"max_consecutive_failed_trials": 100, "max_retries_per_trial": 2}
    view = bench.run()
    assert [trial.attempt for trial in view.trials.values()] == [2, 2]
    assert [trial.status for trial in view.trials.values()] == [TrialState.FAILED] * 2


def test_failures_in_a_row_end_the_search_with_the_reason(bench: Bench) -> None:
    bench.options = {"space": space(UNITS, parameter("fault", ["raise"]))}
    view = bench.run()
    assert view.state is SearchState.FAILED
    assert view.detail.startswith("3 trials in a row have failed, all of one cause (trials 0, 1 and 2)")
    assert "RuntimeError: simulated failure [red]in[/red] the model" in view.detail
    assert "max_consecutive_failed_trials" in view.detail
    assert [trial.status for trial in view.trials.values()] == [TrialState.FAILED] * 3


def test_a_cause_that_keeps_coming_back_is_told_though_others_succeed_in_between(bench: Bench) -> None:
    bench.options = {"space": space(UNITS, parameter("fault", ["", "raise"]))}
    bench.max_trials = 16
    bench.oracle_arguments = {"max_consecutive_failed_trials": 100}
    view = bench.run()
    failed = [trial.trial_id for trial in view.trials.values() if trial.status is TrialState.FAILED]
    journal = Journal(bench.root, after=0)
    told = [entry.data["message"] for entry in journal.new() if entry.kind == events.Warned.kind]
    journal.close()
    assert told[0].startswith(f"3 trials have failed of one cause (trials {failed[0]}, {failed[1]} and {failed[2]}): ")
    assert len(told) == sum(len(failed) >= count for count in (3, 6, 12))


def test_a_fatal_error_ends_the_search(bench: Bench) -> None:
    bench.options = {"space": space(UNITS, parameter("fault", ["fatal"]))}
    view = bench.run()
    assert view.state is SearchState.FAILED
    assert "simulated fatal mistake" in view.detail
    assert [trial.status for trial in view.trials.values()] == [TrialState.FAILED]


def test_data_that_cannot_be_loaded_fails_the_search(bench: Bench) -> None:
    bench.options = {"space": space(UNITS), "fail_prepare": True}
    view = bench.run()
    assert view.state is SearchState.FAILED
    assert "could not be loaded" in view.detail
    assert not view.trials


def test_a_second_engine_is_refused_and_told_of_attach(bench: Bench) -> None:
    first = bench.loop()
    with pytest.raises(DirectoryInUseError, match="being run by another engine") as caught:
        bench.loop()
    assert f"tui-tuner attach {bench.root}" in caught.value.hint
    first.run()


def test_pause_holds_the_trial_and_resume_goes_on(bench: Bench, running: Callable[[], Running]) -> None:
    bench.epochs, bench.max_trials = 30, 1
    bench.options["seconds_per_epoch"] = 0.02
    search = running()
    search.until(lambda view: any(trial.last_epoch for trial in view.trials.values()))
    search.send(CommandKind.PAUSE)
    search.until(lambda view: view.state is SearchState.PAUSED)
    journal = Journal(bench.root)
    journal.new()
    search.released.wait(0.1)  # an epoch that had begun may still end
    journal.new()
    search.released.wait(0.2)
    assert journal.new() == []
    search.send(CommandKind.RESUME)
    view = search.until(lambda view: not view.state.is_live)
    assert view.state is SearchState.COMPLETED
    assert len(search.reader.epochs("0")) == 30


def test_stop_lets_the_running_trial_finish(bench: Bench, running: Callable[[], Running]) -> None:
    bench.epochs = 10
    bench.options["seconds_per_epoch"] = 0.02
    search = running()
    search.until(lambda view: bool(view.trials))
    search.send(CommandKind.STOP)
    view = search.until(lambda view: not view.state.is_live)
    assert (view.state, view.detail) == (SearchState.STOPPED, "resume it to go on")
    assert [trial.status for trial in view.trials.values()] == [TrialState.COMPLETED]


def test_resume_takes_a_stop_back(bench: Bench, running: Callable[[], Running]) -> None:
    bench.epochs = 20
    bench.options["seconds_per_epoch"] = 0.02
    search = running()
    search.until(lambda view: bool(view.trials))
    search.send(CommandKind.STOP)
    search.until(lambda view: view.state is SearchState.STOPPING)
    search.send(CommandKind.RESUME)
    search.until(lambda view: view.state is SearchState.RUNNING)
    bench.epochs = 1
    view = search.until(lambda view: not view.state.is_live)
    assert view.state is SearchState.COMPLETED
    assert len(view.trials) == 4


def test_stop_now_cuts_the_trial_off_and_a_resume_runs_it_again(bench: Bench, running: Callable[[], Running]) -> None:
    whole = Bench(bench.root.with_name("whole"))
    expected = whole.run()
    bench.options["seconds_per_epoch"] = 0.05
    search = running()
    search.until(lambda view: any(trial.last_epoch for trial in view.trials.values()))
    search.send(CommandKind.STOP_NOW)
    view = search.until(lambda view: not view.state.is_live)
    assert view.state is SearchState.STOPPED
    [cut] = [trial for trial in view.trials.values() if trial.status is TrialState.INTERRUPTED]
    bench.options["seconds_per_epoch"] = 0.0
    after = bench.run()
    assert after.trials[cut.trial_id].attempt == cut.attempt + 1
    assert [(trial.hyperparameters, trial.score) for trial in after.trials.values()] == [
        (trial.hyperparameters, trial.score) for trial in expected.trials.values()
    ]


def test_skip_ends_one_trial_with_what_it_has(bench: Bench, running: Callable[[], Running]) -> None:
    bench.epochs, bench.max_trials = 50, 2
    bench.options["seconds_per_epoch"] = 0.02
    search = running()
    view = search.until(lambda view: any(trial.last_epoch for trial in view.trials.values()))
    first = next(iter(view.trials))
    search.send(CommandKind.SKIP, first)
    view = search.until(lambda view: view.trials[first].status is not TrialState.RUNNING)
    assert view.trials[first].status is TrialState.STOPPED
    assert view.trials[first].score is not None
    assert 0 < len(search.reader.epochs(first)) < 50


def test_a_skip_of_a_trial_that_is_not_running_is_answered(bench: Bench, running: Callable[[], Running]) -> None:
    bench.options["seconds_per_epoch"] = 0.05
    search = running()
    search.until(lambda view: bool(view.trials))
    journal = Journal(bench.root)
    search.send(CommandKind.SKIP, "17")
    answers: list[Any] = []

    def answered(_: SearchView) -> bool:
        answers.extend(entry for entry in journal.new() if entry.kind == events.CommandAnswered.kind)
        return bool(answers)

    search.until(answered)
    assert answers[0].data["answer"] == "there is no trial 17"
    assert answers[0].data["who"] == "test"


def test_a_released_loop_goes_on_where_it_was(bench: Bench, running: Callable[[], Running]) -> None:
    bench.options["seconds_per_epoch"] = 0.02
    search = running()
    search.until(lambda view: any(trial.last_epoch for trial in view.trials.values()))
    search.released.set()
    search.thread.join(DEADLINE_S)
    assert not search.loop.over
    search.loop.run()
    view = bench.view()
    assert view.state is SearchState.COMPLETED
    assert [trial.attempt for trial in view.trials.values()] == [0] * 4


def test_a_search_whose_engine_died_is_seen_as_interrupted(bench: Bench) -> None:
    loop = bench.loop()
    del loop  # as if killed: nothing is written any more
    gc.collect()
    lock = EngineLock(SearchDirectory(bench.root).lock)
    lock.acquire()
    reader = SearchReader(bench.root)
    assert reader.poll().state is SearchState.STARTING
    lock.release()
    reader.close()
    assert bench.view().state is SearchState.INTERRUPTED


def test_an_engine_that_cannot_even_say_that_it_failed_lets_go_all_the_same(
    bench: Bench, running: Callable[[], Running]
) -> None:
    bench.options["seconds_per_epoch"] = 0.02
    search = running()
    search.until(lambda view: any(trial.last_epoch for trial in view.trials.values()))
    other = sqlite3.connect(SearchDirectory(bench.root).database)
    other.execute("DROP TABLE events")
    other.close()
    search.thread.join(DEADLINE_S)
    assert search.loop.over
    assert "no such table: events" in str(search.loop.error)
    assert not is_held(SearchDirectory(bench.root).lock)
    assert "no such table: events" in SearchDirectory(bench.root).engine_log.read_text()


def test_going_on_with_a_finished_search_adds_the_trials_that_are_now_wanted(bench: Bench) -> None:
    first = bench.run()
    bench.max_trials = 6
    view = bench.run()
    assert len(view.trials) == 6
    assert list(view.trials)[:4] == list(first.trials)
    assert [trial.score for trial in view.trials.values()][:4] == [trial.score for trial in first.trials.values()]
    assert view.active_s > first.active_s > 0


def test_an_unchanged_search_is_the_very_same_view(bench: Bench) -> None:
    bench.run()
    reader = SearchReader(bench.root)
    assert reader.poll() is reader.poll()


def test_what_would_spoil_the_search_is_told_once_and_stays_in_the_view(bench: Bench) -> None:
    leak = Finding("leak", "the column alive alone predicts the target", "data.drop: [alive]")
    bench.findings = (leak,)
    assert bench.run().findings == (leak,)
    bench.max_trials = 5
    more = Finding("pruner", "it never ends one", "leave it out")
    bench.findings = (leak, more)
    assert bench.run().findings == (leak, more)
    journal = Journal(bench.root, after=0)
    warned = [entry.data for entry in journal.new() if entry.kind == events.Warned.kind]
    assert warned == [{"message": found.text, "fix": found.fix} for found in (leak, more)]


def test_what_is_to_be_known_of_the_best_model_is_told_and_its_test_metrics_are_kept(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def evaluate(_: SimulatedRunner, job: EvaluateJob, reporter: Reporter) -> Evaluated:
        return Evaluated(reporter.worker, job.trial_id, {"loss": 0.5}, "it is not whole")

    monkeypatch.setattr(SimulatedRunner, "evaluate", evaluate)
    assert bench.run().test_metrics == {"loss": 0.5}
    (warned,) = (entry.data for entry in Journal(bench.root, after=0).new() if entry.kind == events.Warned.kind)
    assert warned["message"] == "it is not whole"


def test_limits_of_the_config_hold_from_the_first_trial_on(bench: Bench) -> None:
    bench.limits = {"units": (16, 24)}
    view = bench.run()
    assert {trial.hyperparameters["units"] for trial in view.trials.values()} == {16, 24}
    assert view.limits["units"].values == (16, 24)
    assert view.detail == "the search space is exhausted within its limits after 2 trials"


def test_a_limit_that_the_space_does_not_have_ends_the_search_with_what_it_has(bench: Bench) -> None:
    bench.limits = {"units": (16, 17)}
    view = bench.run()
    assert view.state is SearchState.FAILED
    assert view.detail.startswith("search.limits.units: units: 17 is not in the search space. It has: 8, 16")


def test_a_search_that_ended_by_a_mistake_in_its_limits_begins_with_the_corrected_config(bench: Bench) -> None:
    bench.limits = {"units": (16, 24), "unit": (16, 24)}
    assert bench.run().state is SearchState.FAILED
    bench.limits = {}
    view = bench.run()
    assert view.state is SearchState.COMPLETED
    assert not view.limits
    assert len(view.trials) == 4


def test_a_search_that_ended_by_a_mistake_in_its_initial_trials_runs_all_of_the_corrected_ones(bench: Bench) -> None:
    bench.initial_trials = [{"units": 32}, {"units": 17}]
    assert bench.run().state is SearchState.FAILED
    bench.initial_trials = [{"units": 32}, {"units": 16}]
    view = bench.run()
    assert [trial.hyperparameters["units"] for trial in view.trials.values() if trial.origin == "initial"] == [32, 16]


def test_the_oracle_is_warmed_up_once_while_the_first_trial_trains(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    warmed: list[tuple[int, int]] = []

    def warm_up(oracle: Oracle) -> None:
        warmed.append((len(oracle.trials), len(oracle.ongoing_trials)))

    monkeypatch.setattr(Oracle, "warm_up", warm_up)
    assert len(bench.run().trials) == 4
    assert warmed == [(1, 1)]
