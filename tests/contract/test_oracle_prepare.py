"""What every oracle promises of proposals that are worked out ahead: no trial comes of it before somebody asks."""

from __future__ import annotations

import json
from typing import Any

import pytest
from support.oracle_runs import (
    ORACLES,
    PROMOTING,
    Make,
    Runner,
    Values,
    continuous_space,
    distinct,
    finite_space,
    skewed,
)

from tui_tuner.oracles import Oracle
from tui_tuner.oracles.ahead import PreparingOracle
from tui_tuner.oracles.gp_fit import Fit
from tui_tuner.oracles.kernel_parameters import KernelParameters
from tui_tuner.space import HyperParameters

MODELLED = ("bayesian", "asha", "hyperband with promotions and a model")


@pytest.fixture(params=(*ORACLES, *PROMOTING))
def make(request: pytest.FixtureRequest) -> Make:
    return Make(request.param)


@pytest.fixture(autouse=True)
def from_the_first_result_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PreparingOracle, "_fewest_results", 0)


def run_ahead(oracle: Oracle, parallel: int = 2) -> list[Values]:
    """Run a search whose next proposal is prepared whenever all workers are busy."""
    runner = Runner(oracle, outcome=skewed, parallel=parallel)
    for event in runner.events():
        if event == "created" and len(runner.running) == parallel:
            before = written(oracle)
            oracle.prepare()
            assert written(oracle) == before
            assert not oracle.prepare()  # nothing is new
    return runner.proposals()


def written(oracle: Oracle) -> tuple[str, str, list[str]]:
    return json.dumps(oracle.get_state()), json.dumps(oracle.own_state()), list(oracle.trials)


@pytest.mark.parametrize("space", [finite_space, continuous_space])
def test_preparing_leaves_no_trace_and_the_search_is_a_search(make: Make, space: Any) -> None:
    proposals = run_ahead(make(space(), max_trials=12, max_retries_per_trial=1, max_consecutive_failed_trials=None))
    assert len(proposals) == 12
    if make.name not in PROMOTING:
        assert distinct(proposals) == 12


@pytest.mark.parametrize("name", ORACLES)
def test_a_finite_space_is_exhausted_without_a_repetition(name: str) -> None:
    proposals = run_ahead(Make(name)(finite_space(), max_trials=100, max_consecutive_failed_trials=None))
    assert len(proposals) == distinct(proposals) == 24


def test_the_same_seed_gives_the_same_trials_when_asked_ahead(make: Make) -> None:
    first, second = (run_ahead(make(continuous_space(), max_consecutive_failed_trials=None)) for _ in range(2))
    assert first == second


@pytest.mark.parametrize("name", MODELLED)
def test_who_comes_for_a_proposal_does_not_wait_for_a_fit(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    fits, minimise = [0], Fit.best_parameters

    def counted(*arguments: Any) -> KernelParameters:
        fits[0] += 1
        return minimise(*arguments)

    monkeypatch.setattr(Fit, "best_parameters", counted)
    oracle = Make(name)(continuous_space(), max_trials=24)
    runner, prepared, waited, is_prepared = Runner(oracle, parallel=2), 0, 0, False
    for event in runner.events():
        if event == "created":
            waited += fits[0] if is_prepared else 0
            fits[0] = 0
            is_prepared = oracle.prepare()
            prepared, fits[0] = prepared + fits[0], 0
    assert len(oracle.trials) == 24
    assert prepared > 8
    assert waited == 0


@pytest.mark.parametrize("name", MODELLED)
def test_a_space_that_a_trial_finds_is_proposed_from_at_once(name: str) -> None:
    oracle = Make(name)(continuous_space(), max_trials=20)
    runner = Runner(oracle, parallel=2)
    created = 0
    for event in runner.events():
        if event == "created":
            created += 1
            oracle.prepare()
        if created == 8:
            break
    more = HyperParameters()
    more.Float("momentum", 0.5, 0.9)
    oracle.update_space(more)
    runner.end(runner.running.pop(0)[1])
    assert "momentum" in oracle.create_trial("after").hyperparameters.values
