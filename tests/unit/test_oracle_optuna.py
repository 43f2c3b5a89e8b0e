"""Optuna's samplers: each by name, with a memory that outlasts a stop, and clear errors."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.oracle_runs import Runner, conditional_space, continuous_space, distinct, quality, skewed

from tui_tuner.configs.assemble import open_search
from tui_tuner.configs.load import load_config
from tui_tuner.engine.reader import SearchReader
from tui_tuner.errors import TunerError
from tui_tuner.oracles import Objective, Oracle, Trial, create_oracle
from tui_tuner.oracles.explanation import Reason
from tui_tuner.oracles.optuna_sampler import SAMPLERS
from tui_tuner.space import HyperParameters

WITHOUT_TORCH = [sampler for sampler in SAMPLERS if sampler != "GPSampler"]


def make(sampler: str, space: HyperParameters, max_trials: int = 20, **arguments: Any) -> Oracle:
    return create_oracle(
        f"optuna.{sampler}",
        objective=Objective("score", "max"),
        hyperparameters=space,
        seed=5,
        max_trials=max_trials,
        max_retries_per_trial=1,
        sampler_arguments=arguments,
    )


@pytest.mark.parametrize("sampler", WITHOUT_TORCH)
def test_each_sampler_runs_a_conditional_space_to_its_end(sampler: str) -> None:
    oracle = make(sampler, conditional_space(), max_trials=100)
    proposals = Runner(oracle, parallel=3).run()
    assert len(proposals) == distinct(proposals) == 9


@pytest.mark.parametrize(
    ("sampler", "arguments"), [("CmaEsSampler", {"popsize": 4}), ("NSGAIISampler", {"population_size": 4})]
)
@pytest.mark.parametrize("parallel", [1, 3])
def test_what_a_sampler_remembers_is_brought_back_by_a_replay(
    sampler: str, arguments: dict[str, int], parallel: int
) -> None:
    def fresh() -> Runner:
        return Runner(make(sampler, continuous_space(), **arguments), outcome=skewed, parallel=parallel)

    whole = fresh()
    events = sum(1 for _ in whole.events())
    for cut in (events // 3, events // 2, events - 6):
        first = fresh()
        source: Iterator[str] = first.events()
        for _ in range(cut):
            next(source)
        second = fresh()
        second.ended = first.ended.copy()
        old = first.oracle
        stored = json.loads(json.dumps(old.own_state()))
        trials = [Trial.from_state(json.loads(json.dumps(trial.get_state()))) for trial in old.trials.values()]
        second.oracle.restore(trials, stored, [trial.trial_id for _, trial in first.running], old.end_order)
        assert second.run() == whole.proposals(), f"cut after {cut}"


@pytest.mark.parametrize("sampler", ["TPESampler", "CmaEsSampler"])
def test_results_are_learnt_from(sampler: str) -> None:
    """Its last third is better than chance's, on average."""

    def mean_of_last(oracle: Oracle) -> float:
        scores = [quality(values) for values in Runner(oracle).run()]
        return sum(scores[40:]) / 20

    assert mean_of_last(make(sampler, continuous_space(), 60)) > mean_of_last(
        make("RandomSampler", continuous_space(), 60)
    )


def test_its_proposals_do_not_say_why() -> None:
    trial = make("TPESampler", continuous_space()).create_trial("a")
    assert trial.why is not None
    assert trial.why.reason is Reason.SAMPLED


def test_a_name_that_optuna_does_not_have_gets_the_nearest() -> None:
    with pytest.raises(TunerError) as caught:
        create_oracle("optuna.TPSampler")
    assert caught.value.message == "There is no tuner named 'optuna.TPSampler'. Did you mean 'optuna.TPESampler'?"


def test_an_argument_that_the_sampler_does_not_have_is_named() -> None:
    with pytest.raises(TunerError, match=r"optuna.TPESampler cannot be made of these arguments: .*'startup'"):
        make("TPESampler", continuous_space(), startup=5)


def test_without_optuna_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(TunerError) as caught:
        make("TPESampler", continuous_space())
    assert caught.value.message == "The tuner optuna.TPESampler needs an extra."
    assert caught.value.hint == "pip install 'tui-tuner[optuna]'"


def test_a_config_runs_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a real training of one epoch on a few rows, in this process."""
    (tmp_path / "search.yaml").write_text(
        "model: dense\n"
        "data: {sklearn: iris}\n"
        "fit: {epochs: 1, batch_size: 128}\n"
        "search:\n"
        "  tuner: optuna.TPESampler\n"
        "  sampler_arguments: {n_startup_trials: 2, multivariate: true}\n"
        "  max_trials: 3\n"
        "  seed: 1\n"
        "run: {executor: inline}\n"
    )
    monkeypatch.chdir(tmp_path)
    loop = open_search(load_config("search.yaml"))
    loop.run()
    reader = SearchReader(loop.spec.directory.root)
    view = reader.poll()
    reader.close()
    assert view.state.value == "completed", view.detail
    assert [trial.reason for trial in view.trials.values()] == ["sampled"] * 3
