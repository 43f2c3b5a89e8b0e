"""Constraints and costs: what they are, what the model learns of them, and that the best trial keeps to them."""

from __future__ import annotations

import json
import math
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from support.tasks import task_in

from tui_tuner.analysis.ranking import has_rank, ranked
from tui_tuner.engine import events
from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.engine.loop import SearchLoop
from tui_tuner.engine.measuring import Measuring
from tui_tuner.engine.reader import SearchReader
from tui_tuner.engine.spec import SearchSpec
from tui_tuner.engine.store import Store, TrialRow
from tui_tuner.engine.view import Objective, SearchView, TrialState
from tui_tuner.executors.inline import InlineExecutor
from tui_tuner.oracles import Objective as OracleObjective
from tui_tuner.oracles import Oracle, RandomSearchOracle, TrialStatus, create_oracle
from tui_tuner.oracles.constraints import Constraint, violation
from tui_tuner.oracles.pruners import create_pruner
from tui_tuner.space import HyperParameters
from tui_tuner.worker.jobs import ModelSummary
from tui_tuner.worker.reports import EpochEnded, ExecutionResult, Outcome, TrialEnded
from tui_tuner.worker.simulated import SimulatedRunner


def test_a_constraint_is_read_and_written() -> None:
    assert Constraint.parse(" parameters<=2e6 ") == Constraint("parameters", "<=", 2e6)
    assert str(Constraint.parse("val_recall >= 0.9")) == "val_recall >= 0.9"
    for wrong in ("parameters < 3", "a <= b", "<= 3", "a <= nan", "a <= inf", ""):
        with pytest.raises(ValueError, match="expected NAME <= NUMBER"):
            Constraint.parse(wrong)


def test_a_violation_is_relative_and_summed() -> None:
    constraints = [Constraint("size", "<=", 200.0), Constraint("recall", ">=", 0.5)]
    assert violation(constraints, {"size": 200.0, "recall": 0.5}) == 0.0
    assert violation(constraints, {"size": 300.0, "recall": 0.25}) == pytest.approx(1.0)
    assert violation(constraints, {"size": math.nan}) == math.inf
    assert violation(constraints, {}) == 0.0


def plane() -> HyperParameters:
    hp = HyperParameters()
    hp.Float("x", 0.0, 1.0)
    hp.Float("y", 0.0, 1.0)
    return hp


def search(oracle: Oracle, trials: int) -> None:
    """The best is at x = y = 1, where the size is 2000."""
    for _ in range(trials):
        trial = oracle.create_trial("a")
        x, y = trial.hyperparameters.values["x"], trial.hyperparameters.values["y"]
        metrics = {"score": (1.0 - x) ** 2 + (1.0 - y) ** 2, "size": 1000.0 * (x + y)}
        oracle.update_trial(trial.trial_id, metrics)
        trial.status = TrialStatus.COMPLETED
        oracle.end_trial(trial)


def make(name: str = "bayesian", seed: int = 1, constraints: tuple[str, ...] = ()) -> Oracle:
    oracle = create_oracle(
        name, objective=OracleObjective("score", "min"), hyperparameters=plane(), seed=seed, max_trials=100
    )
    oracle.constraints = tuple(map(Constraint.parse, constraints))
    return oracle


@pytest.mark.parametrize("seed", [1, 2])
def test_the_model_learns_where_a_constraint_is_kept_and_searches_along_it(seed: int) -> None:
    oracle = make(seed=seed, constraints=("size <= 800",))
    search(oracle, 30)
    best = oracle.get_best_trials(1)[0]
    # The best of what is allowed is at x = y = 0.4.
    assert best.violation == 0.0
    assert best.score == pytest.approx(0.72, abs=0.02)
    late = list(oracle.trials.values())[10:]
    assert sum((trial.violation or 0.0) < 0.1 for trial in late) >= len(late) // 2
    free = make(seed=seed)
    search(free, 30)
    assert all(trial.hyperparameters.values["x"] > 0.5 for trial in free.get_best_trials(3))


def test_where_nothing_has_kept_to_it_that_is_looked_for_first() -> None:
    oracle = make(constraints=("size <= 60",))  # 0.2 % of the space
    search(oracle, 25)
    assert oracle.get_best_trials(1)[0].violation == 0.0


def test_costs_turn_proposals_to_what_is_cheap() -> None:
    """The score follows from x, next to alone, and what a training takes from y: up to a thousand seconds."""

    def run(cost_metric: str) -> tuple[float, float]:
        oracle = make()
        oracle.cost_metric = cost_metric
        spent = 0.0
        for _ in range(20):
            trial = oracle.create_trial("a")
            x, y = trial.hyperparameters.values["x"], trial.hyperparameters.values["y"]
            seconds = 10.0 ** (3.0 * y)
            oracle.update_trial(trial.trial_id, {"score": (0.7 - x) ** 2 + 0.02 * (1.0 - y), "training_time": seconds})
            trial.status = TrialStatus.COMPLETED
            oracle.end_trial(trial)
            spent += seconds
        return spent, oracle.get_best_trials(1)[0].score or 0.0

    (cheap, cheap_score), (dear, dear_score) = run("training_time"), run("")
    assert cheap < 0.5 * dear
    assert cheap_score < dear_score + 0.02


@pytest.mark.parametrize("name", ["random", "grid", "evolution", "sobol"])
def test_with_every_algorithm_the_best_trial_keeps_to_it(name: str) -> None:
    oracle = make(name, constraints=("size <= 800",))
    search(oracle, 40)
    kept = [trial for trial in oracle.trials.values() if trial.violation == 0.0]
    assert 0 < len(kept) < 40
    assert oracle.get_best_trials(1)[0] is min(kept, key=lambda trial: trial.score or 0.0)
    assert oracle.get_best_trials(40)[len(kept) - 1].violation == 0.0


def test_a_search_goes_on_with_what_it_knew_of_constraints() -> None:
    whole = make(constraints=("size <= 800",))
    search(whole, 20)
    first = make(constraints=("size <= 800",))
    search(first, 12)
    second = make(constraints=("size <= 800",))
    second.restore(list(first.trials.values()), json.loads(json.dumps(first.own_state())))
    search(second, 8)
    assert [t.hyperparameters.values for t in second.trials.values()] == [
        t.hyperparameters.values for t in whole.trials.values()
    ]


class Bench:
    """A search of simulated trainings; the models have more parameters with more units."""

    def __init__(self, root: Path, *constraints: str, measures: tuple[str, ...] = ()) -> None:
        self.root, self.constraints, self.measures = root, constraints, measures
        config = {"name": "units", "default": 8, "conditions": [], "values": [8, 16, 24, 32, 40, 48, 56, 64]}
        space = {"space": [{"class_name": "Choice", "config": {**config, "ordered": True}}], "values": {}}
        self.options: dict[str, Any] = {"space": space}

    def run(self) -> SearchView:
        directory = SearchDirectory(self.root)
        task = task_in(self.root, model="simulated:" + json.dumps(self.options), fit={"epochs": 2}, awaits_answers=True)
        spec = SearchSpec(
            directory,
            "bench",
            "random",
            Objective("val_loss", "min"),
            8,
            epochs=2,
            constraints=self.constraints,
            measures=self.measures,
        )
        pruner = create_pruner("threshold", "min", upper=1e9)  # it ends nothing, but each epoch waits for its answer

        def make_oracle() -> Oracle:
            oracle = RandomSearchOracle(objective=OracleObjective("val_loss", "min"), max_trials=8, seed=3)
            oracle.constraints = tuple(map(Constraint.parse, self.constraints))
            return oracle

        SearchLoop(
            spec,
            make_oracle,
            lambda: InlineExecutor(SimulatedRunner(task), awaits_answers=True),
            make_pruner=lambda: pruner,
        ).run()
        return self.view()

    def view(self) -> SearchView:
        reader = SearchReader(self.root)
        view, self.metrics = reader.poll(), reader.trial_metrics()
        self.parameters = {key: reader.model_summary(key).parameters for key in view.trials}  # type: ignore[union-attr]
        reader.close()
        return view


def test_models_with_too_many_parameters_end_with_their_first_epoch_and_are_never_best(tmp_path: Path) -> None:
    free = Bench(tmp_path / "free")
    free.run()
    sizes = sorted(free.parameters.values())
    limit = sizes[3]
    bench = Bench(tmp_path / "bound", f"parameters <= {limit}", measures=("parameters",))
    view = bench.run()
    too_large = [key for key, size in bench.parameters.items() if size > limit]
    assert len(too_large) == 4
    for trial_id, trial in view.trials.items():
        if trial_id in too_large:
            assert trial.status is TrialState.STOPPED
            assert trial.message == f"{bench.parameters[trial_id]:,} parameters: it must be parameters <= {limit:g}"
            assert (trial.violation or 0.0) > 0.0
        else:
            assert (trial.status, trial.violation) == (TrialState.COMPLETED, 0.0)
            assert bench.metrics[trial_id]["parameters"] == bench.parameters[trial_id]
    assert view.constraints == (f"parameters <= {limit}",)
    assert view.best_trial_id not in too_large


def test_a_metric_that_must_be_reached_decides_which_is_best_and_the_order(tmp_path: Path) -> None:
    free = Bench(tmp_path / "free")
    scores = sorted(trial.score or 0.0 for trial in free.run().trials.values())
    bench = Bench(tmp_path / "bound", f"val_loss >= {scores[2]!r}")
    view = bench.run()
    assert view.best is not None
    assert view.best.score == scores[2]
    order = ranked(view)
    assert [trial.score for trial in order] == [*scores[2:], *scores[:2]]
    assert [has_rank(trial) for trial in order] == [True] * 6 + [False] * 2
    again = bench.run()  # nothing is left to do, and nothing has changed
    assert again.best_trial_id == view.best_trial_id


def test_times_are_measured(tmp_path: Path) -> None:
    bench = Bench(tmp_path, "epoch_time <= 1000", measures=("epoch_time", "training_time"))
    view = bench.run()
    for trial_id in view.trials:
        metrics = bench.metrics[trial_id]
        assert 0.0 <= metrics["epoch_time"] <= metrics["training_time"]
        assert metrics["training_time"] == pytest.approx(2 * metrics["epoch_time"])


def test_a_trial_that_is_tried_again_is_measured_anew_and_one_that_goes_on_in_all(tmp_path: Path) -> None:
    with closing(Store(SearchDirectory(tmp_path).database)) as store:
        row = TrialRow("0", 0, TrialState.RUNNING, {}, attempt=0)
        recorder = SimpleNamespace(row=lambda _: row)
        spec = SimpleNamespace(measures=("training_time",))
        measuring = Measuring(SimpleNamespace(spec=spec, recorder=recorder, store=store))  # type: ignore[arg-type]

        def train(attempt: int, *durations: float) -> None:
            for epoch, duration_s in enumerate(durations):
                report = EpochEnded("w", "0", attempt, 0, epoch, {}, 0.0, duration_s)
                with store.transaction():
                    store.epoch(report)
                    measuring.epoch_ended(report)

        train(0, 100.0, 100.0)  # it raised after that
        row = replace(row, attempt=1, first_attempt=1)
        train(1, 1.0, 2.0)  # it was cut off
        row = replace(row, attempt=2)
        train(2, 3.0)
        ended = TrialEnded("w", "0", 2, Outcome.COMPLETED, (ExecutionResult({"val_loss": 0.5}, 0),))
        assert measuring.with_measures(ended).executions[0].metrics == {"training_time": 6.0, "val_loss": 0.5}


def test_a_trial_that_goes_on_in_a_later_execution_has_the_parameters_that_its_first_one_told(tmp_path: Path) -> None:
    with closing(Store(SearchDirectory(tmp_path).database)) as store:
        with store.transaction():
            store.event(events.ModelBuilt(ModelSummary("model", (), 417, 417, 1668)), "0")
        spec = SimpleNamespace(measures=("parameters",))
        # Of the engine that has resumed the search.
        measuring = Measuring(SimpleNamespace(spec=spec, recorder=None, store=store))  # type: ignore[arg-type]
        ended = TrialEnded("w", "0", 1, Outcome.COMPLETED, (ExecutionResult({"val_loss": 0.5}, 0),))
        assert measuring.with_measures(ended).executions[0].metrics == {"parameters": 417.0, "val_loss": 0.5}


def test_a_trial_that_was_cut_off_after_its_last_epoch_has_the_times_of_all_epochs(tmp_path: Path) -> None:
    with closing(Store(SearchDirectory(tmp_path).database)) as store:
        with store.transaction():
            for attempt, duration_s in enumerate((100.0, 1.0, 2.0)):  # the first one failed
                store.epoch(EpochEnded("w", "0", attempt, 0, attempt, {}, 0.0, duration_s))
        recorder = SimpleNamespace(row=lambda _: TrialRow("0", 0, TrialState.RUNNING, {}, attempt=3, first_attempt=1))
        spec = SimpleNamespace(measures=("epoch_time", "training_time"))
        measuring = Measuring(SimpleNamespace(spec=spec, recorder=recorder, store=store))  # type: ignore[arg-type]
        ended = TrialEnded("w", "0", 3, Outcome.COMPLETED, (ExecutionResult({"val_loss": 0.5}, 0),))
        metrics = measuring.with_measures(ended).executions[0].metrics
        assert metrics == {"epoch_time": 1.5, "training_time": 3.0, "val_loss": 0.5}


def test_a_constraint_on_what_training_does_not_report_fails_the_trial_and_says_so(tmp_path: Path) -> None:
    view = Bench(tmp_path, "val_recal >= 0.9").run()
    trial = next(iter(view.trials.values()))
    assert trial.status is TrialState.FAILED
    assert trial.message.startswith("training did not report val_recal, which the search is about; it reported ")
