"""The search loop with a pruner: what it ends, what it records, what it leaves alone, how it goes on after a stop."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tui_tuner.engine.commands import Command, CommandKind
from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.engine.judged_epochs import JudgedEpochs
from tui_tuner.engine.loop import SearchLoop
from tui_tuner.engine.pruning import Pruning
from tui_tuner.engine.reader import SearchReader
from tui_tuner.engine.running_trials import RunningTrials
from tui_tuner.engine.schema import connect
from tui_tuner.engine.spec import SearchSpec
from tui_tuner.engine.store import Store, TrialRow
from tui_tuner.engine.view import Objective, SearchState, SearchView, TrialState
from tui_tuner.executors.inline import InlineExecutor
from tui_tuner.oracles import Objective as OracleObjective
from tui_tuner.oracles import RandomSearchOracle
from tui_tuner.oracles.pruners import create_pruner
from tui_tuner.space import HyperParameters
from tui_tuner.worker.jobs import Control, DataSummary, EvaluateJob, PrepareJob, TrialJob
from tui_tuner.worker.protocol import Reporter
from tui_tuner.worker.reports import EpochEnded, Evaluated, ExecutionResult, Outcome, Prepared, TrialEnded

Curve = Sequence[float]

OUTCOMES = {Control.RUN: Outcome.COMPLETED, Control.SKIP: Outcome.SKIPPED, Control.STOP: Outcome.STOPPED}


@dataclass
class Bench:
    """A search whose trials report what a test says: a curve for each trial, the same in each execution unless it is
    given by `(number, execution)`.

    Args:
        during: Called before each epoch is reported, with the trial's number, its attempt and the epoch.
        cut_off: Attempts, as `(number, attempt)`, that end as if their process had been stopped.
        failing: Attempts that fail where they would end.
        saved: From which epoch later attempts of a trial go on, by its number; from the first by default.
    """

    root: Path
    curves: Mapping[int | tuple[int, int], Curve]
    pruner: str = "median"
    arguments: Mapping[str, Any] = field(default_factory=lambda: {"min_trials": 1, "warmup_epochs": 0})
    executions: int = 1
    trials: int = 0
    initial: tuple[dict[str, Any], ...] = ()
    objective: str = "val_loss"
    retries: int = 0
    during: Callable[[int, int, int], None] = lambda number, attempt, epoch: None
    cut_off: frozenset[tuple[int, int]] = frozenset()
    failing: frozenset[tuple[int, int]] = frozenset()
    saved: Mapping[int, int] = field(default_factory=dict)

    def run(self) -> SearchView:
        spec = SearchSpec(
            directory=SearchDirectory(self.root),
            name="bench",
            tuner="random",
            objective=Objective(self.objective, "min"),
            max_trials=self.trials or len(self.curves),
            executions_per_trial=self.executions,
            epochs=len(next(iter(self.curves.values()))),
            initial_trials=self.initial,
        )
        SearchLoop(
            spec,
            lambda: RandomSearchOracle(
                objective=OracleObjective(self.objective, "min"),
                max_trials=spec.max_trials,
                max_retries_per_trial=self.retries,
                seed=3,
            ),
            lambda: InlineExecutor(self, awaits_answers=True),
            make_pruner=lambda: create_pruner(self.pruner, "min", **self.arguments),
        ).run()
        return self.view()

    def view(self) -> SearchView:
        reader = SearchReader(self.root)
        try:
            return reader.poll()
        finally:
            reader.close()

    def send(self, kind: CommandKind, trial_id: str | None = None, **arguments: Any) -> None:
        reader = SearchReader(self.root)
        try:
            reader.send(Command(kind, trial_id, "test", arguments))
        finally:
            reader.close()

    def messages(self) -> list[str]:
        """Of each trial, in the order of creation."""
        return [trial.message for trial in self.view().trials.values()]

    def epochs(self) -> list[int]:
        """How many epochs of each trial were trained, in all its runs."""
        rows = self.query("SELECT count(epochs.seq) FROM trials LEFT JOIN epochs USING (trial_id) GROUP BY number")
        return [count for (count,) in rows]

    def pruned(self) -> list[tuple[str, dict[str, Any]]]:
        """The decisions, in their order."""
        rows = self.query("SELECT trial_id, data FROM events WHERE kind = 'trial_pruned' ORDER BY seq")
        return [(trial_id, json.loads(data)) for trial_id, data in rows]

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        connection = connect(SearchDirectory(self.root).database)
        try:
            return connection.execute(sql).fetchall()
        finally:
            connection.close()

    # The runner.

    def prepare(self, job: PrepareJob, reporter: Reporter) -> Prepared:
        hp = HyperParameters()
        hp.Int("units", 1, 1000)
        return Prepared(reporter.worker, hp.get_config(), DataSummary())

    def evaluate(self, job: EvaluateJob, reporter: Reporter) -> Evaluated:
        return Evaluated(reporter.worker, job.trial_id, {})

    def run_trial(self, job: TrialJob, reporter: Reporter) -> TrialEnded:
        results = []
        wanted = Control.RUN
        for execution in range(self.executions):
            values = self.curves.get((job.number, execution)) or self.curves[job.number]
            start = self.saved.get(job.number, 0) if job.attempt else 0
            seen: list[float] = list(values[:start])
            for epoch, value in enumerate(values[start:], start):
                self.during(job.number, job.attempt, epoch)
                seen.append(value)
                metrics = {self.objective: value}
                reporter.report(
                    EpochEnded("inline", job.trial_id, job.attempt, execution, epoch, metrics, time.time(), 0)
                )
                wanted = reporter.decide()
                if wanted is not Control.RUN:
                    break
            best = min(range(len(seen)), key=lambda epoch: (math.isnan(seen[epoch]), seen[epoch]))
            results.append(ExecutionResult({self.objective: seen[best]}, best))
            if wanted is not Control.RUN:
                break
        outcome = OUTCOMES[wanted]
        if (job.number, job.attempt) in self.failing:
            raise RuntimeError("too late")
        if (job.number, job.attempt) in self.cut_off:
            outcome = Outcome.STOPPED
        return TrialEnded("inline", job.trial_id, job.attempt, outcome, tuple(results), job.hyperparameters)


GOOD, BAD = [0.5, 0.4, 0.3, 0.2], [0.6, 0.35, 0.55, 0.5]
SAID = "epoch 3: 0.35 worse than the median 0.3 of 1"


def test_a_hopeless_trial_ends_at_once_with_what_it_had_and_with_the_reason(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "search", {0: [0.7, 0.4, 0.3, 0.2], 1: BAD})
    view = bench.run()
    good, bad = view.trials.values()
    assert view.state is SearchState.COMPLETED
    assert (good.status, good.message) == (TrialState.COMPLETED, "")
    assert (bad.status, bad.message) == (TrialState.STOPPED, SAID)
    assert (bad.score, bad.best_epoch) == (0.35, 1)
    assert view.best_trial_id == good.trial_id
    assert bench.epochs() == [4, 3]
    assert bench.pruned() == [(bad.trial_id, {"reason": SAID, "attempt": 0, "execution": 0, "epoch": 2})]


def test_what_trials_are_measured_by_is_there_to_be_seen_and_outlives_a_stop(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "search", {0: [0.7, 0.4, 0.3, 0.2], 1: BAD})
    (bar,) = bench.run().bars
    assert bar.name == "median"
    assert [epoch for epoch, _ in bar.points] == [0, 1, 2, 3]
    assert [value for _, value in bar.points] == pytest.approx([0.65, 0.375, 0.325, 0.2])
    assert SearchReader(tmp_path / "search").poll().bars == (bar,)


def test_a_search_without_a_pruner_has_nothing_to_be_measured_by(tmp_path: Path) -> None:
    assert Bench(tmp_path / "search", {0: GOOD}, pruner="none", arguments={}).run().bars == ()


def test_nothing_is_spared_by_stopping_after_the_last_epoch(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "search", {0: GOOD, 1: [0.5, 0.4, 0.3, 0.25], 2: [0.4, 0.3, 0.2, 0.1]})
    view = bench.run()
    assert {trial.status for trial in view.trials.values()} == {TrialState.COMPLETED}
    assert bench.pruned() == []


def test_with_several_executions_there_is_something_left_to_spare(tmp_path: Path) -> None:
    curves: dict[int | tuple[int, int], Curve] = {0: GOOD, 1: GOOD, (1, 0): GOOD, (1, 1): BAD, 2: [0.5, 0.4, 0.3, 0.25]}
    bench = Bench(tmp_path / "search", curves, executions=2, trials=3)
    trials = list(bench.run().trials.values())
    assert [trial.message for trial in trials] == [
        "",
        "epoch 1: 0.6 worse than the median 0.5 of 1",
        "epoch 4: 0.25 worse than the median 0.2 of 2",
    ]
    assert bench.epochs() == [8, 5, 4]
    assert trials[1].score == pytest.approx((0.2 + 0.6) / 2)
    assert trials[1].execution_scores == (0.2, 0.6)


def test_what_a_person_asked_for_runs_to_its_end(tmp_path: Path) -> None:
    asked: list[int] = []

    def ask(number: int, attempt: int, epoch: int) -> None:
        if (number, epoch) == (1, 0) and not asked:
            asked.append(number)
            bench.send(CommandKind.ENQUEUE, values={"units": 7})
            bench.send(CommandKind.RERUN, "0", times=1)

    bench = Bench(
        tmp_path / "search",
        {0: GOOD, 1: GOOD, 2: [0.9] * 4, 3: [0.9] * 4, 4: [0.9] * 4},
        initial=({"units": 9},),
        during=ask,
    )
    trials = list(bench.run().trials.values())
    assert [trial.origin for trial in trials] == ["initial", "", "by hand", "rerun", ""]
    assert [trial.status is TrialState.COMPLETED for trial in trials] == [True, True, True, True, False]
    # The first three count for others; the rerun would count the first one twice.
    assert trials[4].message == "epoch 1: 0.9 worse than the median 0.5 of 3"
    assert bench.epochs() == [4, 4, 4, 4, 1]


def test_a_trial_that_diverges_ends_with_what_it_had(tmp_path: Path) -> None:
    bench = Bench(
        tmp_path / "search",
        {0: GOOD, 1: [0.3, math.nan, 0.1, 0.1], 2: [math.nan] * 4, 3: GOOD},
        pruner="threshold",
        arguments={},
    )
    trials = list(bench.run().trials.values())
    assert [trial.message for trial in trials] == ["", "epoch 2: NaN", "epoch 1: NaN", ""]
    assert [trial.score for trial in trials] == [0.2, 0.3, None, 0.2]
    assert [trial.status for trial in trials[1:3]] == [TrialState.STOPPED] * 2
    assert bench.epochs() == [4, 2, 1, 4]


def test_a_trial_that_is_run_again_is_not_counted_twice(tmp_path: Path) -> None:
    def fail(number: int, attempt: int, epoch: int) -> None:
        if (number, attempt, epoch) == (0, 0, 3):
            raise RuntimeError("once")

    bench = Bench(tmp_path / "search", {0: GOOD, 1: [0.9] * 4}, retries=1, during=fail)
    bench.run()
    assert bench.messages() == ["", "epoch 1: 0.9 worse than the median 0.5 of 1"]
    assert bench.epochs() == [7, 1]


def test_a_trial_that_failed_counts_no_more(tmp_path: Path) -> None:
    def fail(number: int, attempt: int, epoch: int) -> None:
        if (number, epoch) == (0, 3):
            raise RuntimeError("always")

    bench = Bench(tmp_path / "search", {0: GOOD, 1: BAD, 2: [0.9] * 4}, during=fail)
    trials = list(bench.run().trials.values())
    assert [trial.status for trial in trials] == [TrialState.FAILED, TrialState.COMPLETED, TrialState.STOPPED]
    assert trials[2].message == "epoch 1: 0.9 worse than the median 0.6 of 1"


def test_a_pause_does_not_keep_a_hopeless_trial_and_a_reason_survives_it(tmp_path: Path) -> None:
    def pause(number: int, attempt: int, epoch: int) -> None:
        if (number, epoch) == (1, 2):
            bench.send(CommandKind.PAUSE)
            bench.send(CommandKind.RESUME)

    bench = Bench(tmp_path / "search", {0: [0.7, 0.4, 0.3, 0.2], 1: BAD, 2: GOOD}, during=pause)
    bench.run()
    assert bench.messages()[1] == SAID
    assert bench.epochs()[1] == 3


CURVES: dict[int | tuple[int, int], Curve] = {
    0: [0.7, 0.4, 0.3, 0.2],
    1: BAD,
    2: [0.65, 0.4, 0.28, 0.1],
    3: [0.6, 0.4, 0.4, 0.4],
    4: [0.8, 0.1, 0.1, 0.1],
    5: [0.5, 0.3, 0.2, 0.15],
}


def ended(view: SearchView) -> list[tuple[object, ...]]:
    return [(trial.status, trial.message, trial.score, trial.best_epoch) for trial in view.trials.values()]


@pytest.mark.parametrize("number", range(6))
@pytest.mark.parametrize("pruner", ["median", "successive_halving", "patience"])
def test_a_search_that_is_stopped_and_goes_on_decides_the_same(tmp_path: Path, pruner: str, number: int) -> None:
    arguments = {
        "median": {"min_trials": 1, "warmup_epochs": 0},
        "successive_halving": {"reduction_factor": 2, "min_epochs": 1},
        "patience": {"patience": 1},
    }[pruner]
    whole = Bench(tmp_path / "whole", CURVES, pruner, arguments)
    expected = ended(whole.run())
    assert TrialState.STOPPED in {status for status, *_ in expected}
    stops: set[int] = set()

    def stop(at: int, attempt: int, epoch: int) -> None:
        if at == number and epoch == min(1, whole.epochs()[number] - 1) and at not in stops:
            stops.add(at)
            cut.send(CommandKind.STOP_NOW)

    cut = Bench(tmp_path / "cut", CURVES, pruner, arguments, during=stop)
    assert cut.run().state is SearchState.STOPPED
    assert ended(cut.run()) == expected
    assert sum(cut.epochs()) >= sum(whole.epochs())


@pytest.mark.parametrize(("saved", "trained"), [(0, 4), (1, 3), (2, 3), (4, 3)])
def test_what_was_decided_stays_decided_if_the_trial_was_cut_off_before_it_ended(
    tmp_path: Path, saved: int, trained: int
) -> None:
    """Here epochs are judged only at rungs: when it goes on from after one, nothing else would stop it."""

    def stop(number: int, attempt: int, epoch: int) -> None:
        if (number, attempt, epoch) == (1, 0, 1):
            bench.send(CommandKind.STOP)

    bench = Bench(
        tmp_path / "search",
        {0: [0.1] * 6, 1: [0.9] * 6},
        "successive_halving",
        {"reduction_factor": 2, "min_epochs": 2},
        during=stop,
        cut_off=frozenset({(1, 0)}),
        saved={1: saved},
    )
    assert bench.run().trials["1"].status is TrialState.INTERRUPTED
    assert bench.run().trials["1"].status is TrialState.STOPPED
    assert bench.messages() == ["", "epoch 2: 0.9 worse than the best 0.1 of 2"]
    assert [data["attempt"] for _, data in bench.pruned()] == [0]
    assert bench.epochs() == [6, trained]


@pytest.mark.parametrize(
    ("wish", "blocked", "told"),
    [
        (Control.RUN, "", Control.RUN),
        (Control.RUN, "disk full", Control.PAUSE),
        (Control.PAUSE, "", Control.PAUSE),
        (Control.STOP, "disk full", Control.STOP),
    ],
)
def test_an_answer_takes_nothing_back_that_was_wished_before(
    tmp_path: Path, wish: Control, blocked: str, told: Control
) -> None:
    running = RunningTrials()
    running.start("0", 0)
    running.tell("0", wish)
    sent: list[tuple[str, Control, int]] = []
    directory = SearchDirectory(tmp_path)
    Store(directory.database).close()
    work: Any = SimpleNamespace(
        spec=SimpleNamespace(directory=directory, objective=Objective("val_loss", "min"), executions_per_trial=1),
        recorder=SimpleNamespace(row=lambda trial_id: TrialRow(trial_id, 0, TrialState.RUNNING, {}), rows=list),
        running=running,
        steering=SimpleNamespace(blocked=blocked),
        executor=SimpleNamespace(control=lambda *said: sent.append(said)),
        after_commit=[],
    )
    pruner = create_pruner("median", "min")
    assert pruner is not None
    pruning = Pruning(work, pruner)
    pruning.trial_started("0")
    for epoch in range(2):
        pruning.epoch_ended(EpochEnded("w", "0", 0, 0, epoch, {"val_loss": 1.0}, 0.0, 0.0))
    assert sent == []
    (answer,) = work.after_commit
    answer()
    assert sent == [("0", told, 2)]


def test_epochs_of_a_training_that_goes_on_are_not_reported_again_and_count_still(tmp_path: Path) -> None:
    def stop(number: int, attempt: int, epoch: int) -> None:
        if (number, attempt, epoch) == (0, 0, 1):
            bench.send(CommandKind.STOP)

    bench = Bench(tmp_path / "search", {0: GOOD, 1: [0.5, 0.9, 0.9, 0.9]}, during=stop, saved={0: 2})
    bench.arguments = {"min_trials": 1, "warmup_epochs": 1}
    bench.cut_off = frozenset({(0, 0)})
    bench.run()
    bench.run()
    assert bench.messages() == ["", "epoch 2: 0.5 worse than the median 0.4 of 1"]


def test_a_decision_is_of_the_training_that_it_was_made_of(tmp_path: Path) -> None:
    """The first training fails before it can end, the next one begins anew and is cut off."""

    def disturb(number: int, attempt: int, epoch: int) -> None:
        if (number, attempt, epoch) == (1, 0, 1):
            curves[1] = [0.5, 0.4, 0.3, 0.1]
        if (number, attempt, epoch) == (1, 1, 0):
            bench.send(CommandKind.STOP)

    curves: dict[int | tuple[int, int], Curve] = {0: GOOD, 1: [0.5, 0.9, 0.3, 0.2]}
    bench = Bench(tmp_path / "search", curves, retries=1, during=disturb, cut_off=frozenset({(1, 1)}))
    bench.arguments = {"min_trials": 1, "warmup_epochs": 1}
    bench.failing = frozenset({(1, 0)})
    assert bench.run().trials["1"].status is TrialState.INTERRUPTED
    assert bench.run().trials["1"].status is TrialState.COMPLETED
    assert [data["attempt"] for _, data in bench.pruned()] == [0]


def test_what_does_not_count_is_not_read_again(tmp_path: Path) -> None:
    def disturb(number: int, attempt: int, epoch: int) -> None:
        if (number, epoch) == (0, 3):
            bench.send(CommandKind.RERUN, "0", times=2)
        if (number, attempt, epoch) == (2, 0, 3):
            bench.send(CommandKind.STOP)

    curves: dict[int | tuple[int, int], Curve] = {0: GOOD, 1: GOOD, 2: GOOD, 3: [math.nan] * 4}
    bench = Bench(tmp_path / "search", curves, "threshold", {}, during=disturb, cut_off=frozenset({(2, 0)}))
    bench.run()
    bench.cut_off = frozenset()
    bench.run()
    assert [trial.origin for trial in bench.view().trials.values()] == ["", "rerun", "rerun", ""]
    stored = JudgedEpochs(SearchDirectory(bench.root).database, "val_loss")
    ended = [(trial_id, completed, len(points)) for trial_id, _, completed, points in stored.ended()]
    assert ended == [("0", True, 4), ("3", False, 1)]
    assert list(stored.others()) == []
    assert stored.decided() == {}
    stored.close()


@pytest.mark.parametrize("objective", ["val_loss", 'odd"name'])
def test_stored_values_that_are_no_numbers_and_odd_names_are_read_again(tmp_path: Path, objective: str) -> None:
    odd = [math.nan, math.inf, 0.5, -math.inf]

    def stop(number: int, attempt: int, epoch: int) -> None:
        if (number, epoch) == (1, 3):
            bench.send(CommandKind.STOP)

    bench = Bench(
        tmp_path / "search",
        {0: odd, 1: odd},
        arguments={},
        objective=objective,
        during=stop,
        cut_off=frozenset({(1, 0)}),
    )
    bench.run()
    stored = JudgedEpochs(SearchDirectory(bench.root).database, objective)
    ((trial_id, execution, completed, points),) = stored.ended()
    assert (trial_id, execution, completed) == ("0", 0, True)
    assert str(points) == str(list(enumerate(odd)))
    assert str(list(stored.others())) == str([("1", 0, epoch, value) for epoch, value in enumerate(odd)])
    stored.close()
    missing = JudgedEpochs(SearchDirectory(bench.root).database, "unheard of")
    assert [value for *_, value in missing.others()] == [None] * 4
    missing.close()
