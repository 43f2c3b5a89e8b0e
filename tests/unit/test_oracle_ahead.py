"""What is prepared of a proposal, what it is dropped for, and that the proposal knows the last result all the same."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tui_tuner.oracles import BayesianOptimizationOracle, Objective, Trial
from tui_tuner.oracles.acquisition import CandidateSearch
from tui_tuner.oracles.gp_fit import Fit
from tui_tuner.oracles.model_proposals import Groundwork, Proposed
from tui_tuner.space import HyperParameters


def space() -> HyperParameters:
    hp = HyperParameters()
    hp.Float("x", 0.0, 1.0)
    hp.Float("y", 0.0, 1.0)
    return hp


class Prepared(BayesianOptimizationOracle):
    """Eight trials have ended, with 1 the best, two run, and the next proposal is prepared."""

    _fewest_results = 0

    def __init__(self) -> None:
        super().__init__(Objective("loss", "min"), 50, seed=1, hyperparameters=space(), max_retries_per_trial=1)
        self.given: list[Groundwork | None] = []
        for number in range(8):
            self.ends(self.create_trial("slot0"), 1.0 + number)
        for slot in ("slot0", "slot1"):
            self.create_trial(slot)
        assert self.prepare()

    def _proposal(self, groundwork: Groundwork | None = None) -> Proposed | None:
        self.given.append(groundwork)
        return super()._proposal(groundwork)

    def ends(self, trial: Trial, score: float | None) -> None:
        if score is not None:
            self.update_trial(trial.trial_id, {"loss": score})
        trial.status = "INVALID" if score is None else "COMPLETED"
        self.end_trial(trial)

    def end_running(self, slot: str, score: float | None) -> Trial:
        trial = self.ongoing_trials[slot]
        self.ends(trial, score)
        return trial


@pytest.fixture
def oracle() -> Prepared:
    return Prepared()


@pytest.fixture
def costs(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What takes long, as it is done."""
    done: list[str] = []

    def watch(owner: type, name: str) -> None:
        original = getattr(owner, name)

        def noted(*arguments: object) -> object:
            done.append(name)
            return original(*arguments)

        monkeypatch.setattr(owner, name, noted)

    watch(Fit, "best_parameters")
    watch(CandidateSearch, "best_around")
    return done


@pytest.mark.parametrize("results", [0, 1, 2])
def test_what_takes_long_is_done_before_somebody_comes(oracle: Prepared, costs: list[str], results: int) -> None:
    for slot in ("slot0", "slot1")[:results]:
        oracle.end_running(slot, 5.0)
    assert oracle.create_trial("next").status == "RUNNING"
    assert costs == []
    assert oracle.create_trial("after").status == "RUNNING"
    assert costs  # it is used once


def test_the_last_result_is_taken_in() -> None:
    predicted = []
    for score in (2.0, 200.0):
        oracle = Prepared()
        oracle.end_running("slot0", score)
        why = oracle.create_trial("slot0").why
        assert why is not None
        assert why.results == 9
        predicted.append(why.mean)
    assert predicted[0] != predicted[1]


def test_if_a_trial_has_become_the_best_the_whole_space_is_searched_again(oracle: Prepared, costs: list[str]) -> None:
    oracle.end_running("slot0", 0.5)
    oracle.create_trial("slot0")
    assert costs == ["best_around"]


def test_nothing_is_prepared_twice_and_a_result_is_something_new(oracle: Prepared) -> None:
    assert not oracle.prepare()
    oracle.end_running("slot0", 5.0)
    assert oracle.prepare()
    assert not oracle.prepare()


def widen(oracle: Prepared) -> None:
    more = HyperParameters()
    more.Float("z", 0.0, 1.0)
    oracle.update_space(more)


def run_own_trial(oracle: Prepared) -> None:
    oracle.enqueue({"x": 0.5, "y": 0.5})
    assert oracle.create_trial("by hand").origin == "by hand"


@pytest.mark.parametrize(
    "happens",
    [
        widen,
        run_own_trial,
        lambda oracle: oracle.limit("x", min_value=0.9),
        lambda oracle: setattr(oracle, "alpha", 0.1),
    ],
    ids=["space", "own trial", "limit", "settings"],
)
def test_it_is_dropped_when_what_it_stands_on_changes(oracle: Prepared, happens: Callable[[Prepared], None]) -> None:
    happens(oracle)
    oracle.create_trial("next")
    assert oracle.given[-1] is None


def test_nothing_is_prepared_while_one_more_result_can_change_everything(oracle: Prepared) -> None:
    oracle._fewest_results = 10
    for slot in ("slot0", "slot1"):
        assert not oracle.prepare()
        oracle.end_running(slot, 5.0)
    assert oracle.prepare()


def test_a_limit_holds_for_what_comes_next(oracle: Prepared) -> None:
    oracle.limit("x", min_value=0.9)
    assert oracle.create_trial("next").hyperparameters.values["x"] >= 0.9


def test_it_is_dropped_with_the_memory_that_it_came_from(oracle: Prepared, tmp_path: Path) -> None:
    oracle.set_project_dir(tmp_path, "p")
    oracle.save()
    oracle.reload()
    running = [oracle.create_trial(f"again{number}").trial_id for number in range(2)]
    assert running == ["08", "09"]
    oracle.create_trial("next")
    assert oracle.given[-1] is None


def test_a_retry_comes_first_and_leaves_it_as_it_is(oracle: Prepared, costs: list[str]) -> None:
    retried = oracle.end_running("slot0", None)
    assert oracle.create_trial("slot0") is retried
    oracle.create_trial("next")
    assert costs == []


def test_nothing_is_prepared_behind_what_a_person_wants_or_beyond_the_budget(oracle: Prepared) -> None:
    oracle.enqueue({"x": 0.5, "y": 0.5})
    assert not oracle.prepare()
    oracle.create_trial("by hand")
    oracle.set_max_trials(len(oracle.trials))
    assert not oracle.prepare()
    assert oracle.create_trial("next").status != "RUNNING"


def test_what_was_tried_meanwhile_is_not_proposed(oracle: Prepared) -> None:
    again = Prepared()
    values = again.create_trial("next").hyperparameters.values
    oracle.ongoing_trials["slot0"].hyperparameters.values = dict(values)  # as a trial that its model completes
    oracle.end_running("slot0", 5.0)
    assert oracle.create_trial("next").hyperparameters.values != values
