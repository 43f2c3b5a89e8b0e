"""KerasTuner's known defects, one test each: they must not be here. Trials train nothing."""

from __future__ import annotations

import json
import math
import threading
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tui_tuner.engine.reader import SearchReader
from tui_tuner.engine.view import EpochView, SearchState, SearchView, TrialState
from tui_tuner.errors import FatalRuntimeError
from tui_tuner.oracles import (
    BayesianOptimizationOracle,
    GridSearchOracle,
    HyperbandOracle,
    MetricsTracker,
    Objective,
    Oracle,
    RandomSearchOracle,
    Trial,
    TrialStatus,
    UnknownDirectionError,
    create_objective,
    infer_metric_direction,
    synchronized,
)
from tui_tuner.space import HyperParameters
from tui_tuner.tuners import BaseTuner, BayesianOptimization, GridSearch, Hyperband, RandomSearch, Tuner

Body = Callable[[Trial], Any]


class Interrupted(BaseException):
    """Ends the process from a trial, as far as a test can."""


def build(hp: HyperParameters) -> None:
    hp.Choice("a", [1, 2, 3])
    hp.Choice("b", [1, 2, 3, 4])


def value(trial: Trial) -> float:
    values = trial.hyperparameters.values
    return float(10 * values["a"] + values["b"])


class Fake(Tuner):
    """Runs `body` in place of a training, with whatever oracle it is given."""

    def __init__(self, oracle: Oracle, directory: Path, body: Body = value, **kwargs: Any) -> None:
        self.body = body
        self.runs: list[str] = []
        super().__init__(oracle, build, directory=directory, project_name="fake", **kwargs)

    def run_trial(self, trial: Trial, *args: Any, **kwargs: Any) -> Any:
        self.runs.append(trial.trial_id)
        return self.body(trial)


MIN = Objective("score", "min")


def random_search(max_trials: int = 4, **kwargs: Any) -> RandomSearchOracle:
    return RandomSearchOracle(**{"objective": MIN, "max_trials": max_trials, "seed": 7, **kwargs})


def view(tuner: BaseTuner) -> SearchView:
    reader = SearchReader(Path(tuner.project_dir))
    try:
        return reader.poll()
    finally:
        reader.close()


def epochs(tuner: BaseTuner, trial_id: str) -> tuple[EpochView, ...]:
    reader = SearchReader(Path(tuner.project_dir))
    try:
        return reader.epochs(trial_id)
    finally:
        reader.close()


def configurations(oracle: Oracle) -> list[tuple[Any, ...]]:
    return [tuple(sorted(trial.hyperparameters.values.items())) for trial in oracle.trials.values()]


def interrupting(at: int) -> Body:
    """A body that ends the process in the trial of this number."""

    def body(trial: Trial) -> float:
        if int(trial.trial_id) == at:
            raise Interrupted
        return value(trial)

    return body


def test_a_resumed_grid_search_goes_through_the_rest_of_the_grid(tmp_path: Path) -> None:
    whole = Fake(GridSearchOracle(objective=MIN), tmp_path / "whole")
    whole.search(verbose=0)
    cut = Fake(GridSearchOracle(objective=MIN), tmp_path, interrupting(4))
    with pytest.raises(Interrupted):
        cut.search(verbose=0)
    resumed = Fake(GridSearchOracle(objective=MIN), tmp_path)
    resumed.search(verbose=0)
    assert configurations(resumed.oracle) == configurations(whole.oracle)
    assert len(configurations(resumed.oracle)) == 12
    assert "3" not in resumed.runs  # what was finished is not run again


def test_a_grid_search_that_ended_goes_on_when_it_may_have_more_trials(tmp_path: Path) -> None:
    Fake(GridSearchOracle(objective=MIN, max_trials=5), tmp_path).search(verbose=0)
    more = Fake(GridSearchOracle(objective=MIN, max_trials=9), tmp_path)
    more.search(verbose=0)
    assert len(more.runs) == 4
    assert len(set(configurations(more.oracle))) == 9


def test_a_retry_after_nan_counts(tmp_path: Path) -> None:
    def body(trial: Trial) -> float:
        return math.nan if tuner.runs.count(trial.trial_id) == 1 else 0.5

    tuner = Fake(random_search(1, max_retries_per_trial=2), tmp_path, body)
    tuner.search(verbose=0)
    assert tuner.runs == ["0", "0"]
    assert (tuner.oracle.trials["0"].score, tuner.oracle.trials["0"].status) == (0.5, TrialStatus.COMPLETED)


def test_seed_zero_is_heeded() -> None:
    def proposals(seed: int) -> list[Any]:
        hp = HyperParameters()
        hp.Float("x", 0.0, 1.0)
        oracle = RandomSearchOracle(objective=MIN, max_trials=3, seed=seed, hyperparameters=hp)
        return [oracle.create_trial(f"tuner{number}").hyperparameters.values["x"] for number in range(3)]

    assert proposals(0) == proposals(0)
    assert proposals(0) != proposals(1)


def test_a_search_with_a_custom_tuner_id_is_reloaded(tmp_path: Path) -> None:
    Fake(random_search(3), tmp_path, tuner_id="mine").search(verbose=0)
    again = Fake(random_search(5), tmp_path, tuner_id="mine")
    again.search(verbose=0)
    assert again.runs == ["3", "4"]
    (Path(again.project_dir) / "search.db").unlink()  # KerasTuner's files alone do too
    assert len(Fake(random_search(5), tmp_path, tuner_id="mine").oracle.trials) == 5
    assert len(Fake(random_search(5), tmp_path, tuner_id="another").oracle.trials) == 5


def test_an_exception_leaves_no_lock_held() -> None:
    class Locked(RandomSearchOracle):
        @synchronized
        def fail(self) -> None:
            raise RuntimeError("inside")

    oracle = Locked(objective=MIN, hyperparameters=HyperParameters())
    with pytest.raises(RuntimeError, match="inside"):
        oracle.fail()
    entered = threading.Event()

    def enter() -> None:
        oracle.get_space()
        entered.set()

    thread = threading.Thread(target=enter, daemon=True)
    thread.start()
    assert entered.wait(10.0)
    thread.join()


@pytest.mark.parametrize("damaged", ["oracle.json", "trial_1/trial.json", "tuner0.json"])
@pytest.mark.parametrize("text", ["", '{"trial_id": "1", "hyperparam'])
def test_a_truncated_file_is_named_and_the_rest_is_used(tmp_path: Path, damaged: str, text: str) -> None:
    first = Fake(random_search(3), tmp_path)
    first.search(verbose=0)
    root = Path(first.project_dir)
    (root / "search.db").unlink()  # it would be read instead
    (root / damaged).write_text(text)
    with pytest.warns(UserWarning, match=damaged):
        again = Fake(random_search(6), tmp_path)
    scores: dict[str, Any] = {trial.trial_id: trial.score for trial in first.oracle.trials.values()}
    if damaged == "trial_1/trial.json":
        scores["1"] = None  # its number is known from the folder
    assert {trial.trial_id: trial.score for trial in again.oracle.trials.values()} == scores
    again.search(verbose=0)
    assert view(again).state is SearchState.COMPLETED


@pytest.mark.parametrize("make", [BayesianOptimizationOracle, RandomSearchOracle])
def test_no_configuration_is_proposed_twice_and_the_last_one_is_found(make: type[Oracle], tmp_path: Path) -> None:
    tuner = Fake(make(objective=MIN, max_trials=50, seed=1), tmp_path)
    tuner.search(verbose=0)
    assert len(tuner.runs) == 12
    assert len(set(configurations(tuner.oracle))) == 12


@pytest.mark.parametrize("failures", [1, 2])
def test_failures_cost_hyperband_no_promotions(tmp_path: Path, failures: int) -> None:
    def body(trial: Trial) -> float:
        if int(trial.trial_id) in range(failures):
            raise ValueError("an unlucky configuration")
        return float(trial.hyperparameters.values["x"])

    class Continuous(Fake):
        def _populate_initial_space(self) -> None:
            hp = self.oracle.get_space()
            hp.Float("x", 0.0, 1.0)
            self.oracle.update_space(hp)

    oracle = HyperbandOracle(objective=MIN, max_epochs=8, factor=2, seed=1, max_consecutive_failed_trials=None)
    Continuous(oracle, tmp_path, body).search(verbose=0)
    stages: dict[tuple[int, int], int] = {}
    for trial in oracle.trials.values():
        values = trial.hyperparameters.values
        if trial.status == TrialStatus.COMPLETED:
            place = (values["tuner/bracket"], values["tuner/round"])
            stages[place] = stages.get(place, 0) + 1
    assert all(stages.get((bracket, bracket)) for bracket in range(4)), stages  # each has trials of full length


def test_a_search_in_which_every_trial_failed_is_no_success(tmp_path: Path) -> None:
    def body(trial: Trial) -> float:
        raise ValueError("no luck")

    tuner = Fake(random_search(2), tmp_path, body)
    with pytest.raises(FatalRuntimeError, match=r"none of 2 trials completed.*no luck"):
        tuner.search(verbose=0)
    assert view(tuner).state is SearchState.FAILED
    assert tuner.get_best_hyperparameters() == []
    assert tuner.get_best_models() == []


def test_the_last_of_too_many_failures_is_on_disk_and_the_search_may_be_tried_again(tmp_path: Path) -> None:
    def body(trial: Trial) -> float:
        if len(tuner.runs) <= 3:
            raise ValueError("no luck")
        return 1.0

    tuner = Fake(random_search(5), tmp_path, body)
    with pytest.raises(RuntimeError, match="Number of consecutive failures exceeded the limit of 3"):
        tuner.search(verbose=0)
    assert [trial.status for trial in view(tuner).trials.values()] == [TrialState.FAILED] * 3
    stored = json.loads((Path(tuner.project_dir) / "trial_2" / "trial.json").read_text())
    assert stored["status"] == "FAILED"
    tuner.search(verbose=0)
    assert len(tuner.runs) == 5


def test_an_oracle_that_has_nothing_now_is_not_asked_over_and_over(tmp_path: Path) -> None:
    class Idle(RandomSearchOracle):
        asked = 0

        def populate_space(self, trial_id: str) -> dict[str, Any]:
            if self.trials:
                self.asked += 1
                return {"status": TrialStatus.IDLE, "values": None}
            return super().populate_space(trial_id)

    oracle = Idle(objective=MIN, max_trials=9, seed=1)
    Fake(oracle, tmp_path).search(verbose=0)  # ends: nothing runs that could change its mind
    assert oracle.asked <= 2


@pytest.mark.parametrize("returned", [[1.0, 2.0, 6.0], [{"score": 1.0}, {"score": 2.0}, {"score": 6.0}]])
def test_the_value_of_each_execution_is_kept(tmp_path: Path, returned: list[Any]) -> None:
    tuner = Fake(random_search(1), tmp_path, lambda trial: returned)
    tuner.search(verbose=0)
    assert tuner.oracle.trials["0"].score == 3.0
    assert [(each.execution, each.metrics["score"]) for each in epochs(tuner, "0")] == [(0, 1.0), (1, 2.0), (2, 6.0)]


def test_what_a_trial_tells_the_oracle_by_itself_is_kept_as_its_curve(tmp_path: Path) -> None:
    def body(trial: Trial) -> None:
        for step, score in enumerate((3.0, 1.0, 2.0)):
            tuner.oracle.update_trial(trial.trial_id, {"score": score, "loss": score + 1}, step=step)

    tuner = Fake(random_search(1), tmp_path, body)
    tuner.search(verbose=0)
    found = [(each.epoch, each.metrics["score"], each.metrics["loss"]) for each in epochs(tuner, "0")]
    assert found == [(0, 3.0, 4.0), (1, 1.0, 2.0), (2, 2.0, 3.0)]


def searched(directory: Path, cls: type[BaseTuner], **kwargs: Any) -> Any:
    """A tuner of `cls` whose trials train nothing."""

    class Searcher(cls):  # type: ignore[misc, valid-type]
        def run_trial(self, trial: Trial, *args: Any, **kwargs: Any) -> float:
            return value(trial)

    return Searcher(build, objective=MIN, directory=directory, project_name="fake", **kwargs)


@pytest.mark.parametrize("kept", ["search.db", "KerasTuner's files"])
@pytest.mark.parametrize(
    ("cls", "first", "then", "message"),
    [
        (RandomSearch, {"seed": 1}, {"seed": 2}, r"seed=1 and goes on with that.*seed=2 has no effect"),
        (
            BayesianOptimization,
            {"seed": 1},
            {"seed": 1, "beta": 9.9},
            r"beta=2.6, and goes on with beta=9.9",
        ),
        (BayesianOptimization, {"seed": 1}, {"seed": 1, "alpha": 0.5}, r"alpha=0.0001, and goes on with alpha=0.5"),
        (Hyperband, {"max_epochs": 4, "factor": 2}, {"max_epochs": 8, "factor": 2}, "max_epochs=4, factor=2"),
    ],
)
def test_a_changed_argument_is_not_ignored_without_a_word(
    tmp_path: Path, cls: type[BaseTuner], first: dict[str, Any], then: dict[str, Any], message: str, kept: str
) -> None:
    number = {} if cls is Hyperband else {"max_trials": 3}
    tuner = searched(tmp_path, cls, **number, **first)
    tuner.search(verbose=0)
    if kept != "search.db":
        (Path(tuner.project_dir) / "search.db").unlink()
    with pytest.warns(UserWarning, match=message):
        searched(tmp_path, cls, **number, **then)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        searched(tmp_path, cls, **number, **first).search(verbose=0)


def test_another_search_algorithm_on_the_same_directory_is_named(tmp_path: Path) -> None:
    searched(tmp_path, RandomSearch, max_trials=3, seed=1).search(verbose=0)
    with pytest.warns(UserWarning, match="begun by RandomSearchOracle and goes on with GridSearchOracle"):
        grid = searched(tmp_path, GridSearch)
    grid.search(verbose=0)
    assert len(set(configurations(grid.oracle))) == len(configurations(grid.oracle)) == 12


@pytest.mark.parametrize("name", ["f1_score", "val_f1_score", "F1Score", "r2_score", "R2Score", "val_mean_io_u"])
def test_scores_are_maximised(name: str) -> None:
    assert infer_metric_direction(name) == "max"
    assert create_objective(name).direction == "max"
    tracker = MetricsTracker()
    tracker.register(name)
    assert tracker.get_direction(name) == "max"


def test_an_unknown_metric_asks_for_its_direction() -> None:
    with pytest.raises(UnknownDirectionError, match="Could not infer optimization direction") as caught:
        create_objective("my_metric")
    assert isinstance(caught.value, ValueError)
    assert 'Objective("my_metric", direction="max")' in caught.value.hint


def test_a_restored_trial_knows_the_direction_of_its_objective(tmp_path: Path) -> None:
    def oracle() -> RandomSearchOracle:
        objectives = [Objective("mine", "max"), Objective("loss", "min")]
        return random_search(2, objective=objectives)

    Fake(oracle(), tmp_path, lambda trial: {"mine": value(trial), "loss": 1.0}).search(verbose=0)
    again = Fake(oracle(), tmp_path)
    metrics = again.oracle.trials["0"].metrics
    directions = {name: metrics.get_direction(name) for name in metrics.metrics}
    assert directions == {"mine": "max", "loss": "min", "multi_objective": "min"}


def test_several_objectives_may_be_returned_as_a_dict(tmp_path: Path) -> None:
    objectives = [Objective("quality", "max"), Objective("cost", "min")]
    tuner = Fake(random_search(2, objective=objectives), tmp_path, lambda trial: {"quality": 5.0, "cost": 2.0})
    tuner.search(verbose=0)
    assert tuner.oracle.trials["0"].score == -3.0


def test_the_numbers_of_a_range_come_in_their_order() -> None:
    hp = HyperParameters()
    hp.Float("x", 0.0, 1.0)
    [parameter] = hp.space
    assert list(parameter.values) == sorted(parameter.values)


def test_the_environment_may_name_the_tuner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERASTUNER_TUNER_ID", "worker7")
    assert Fake(random_search(), tmp_path).tuner_id == "worker7"
    assert Fake(random_search(), tmp_path, tuner_id="mine").tuner_id == "mine"
