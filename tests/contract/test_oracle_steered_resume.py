"""What people asked of a search outlasts its end, with every search algorithm."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from support.oracle_runs import (
    ORACLES,
    PROMOTING,
    Make,
    Runner,
    continuous_space,
    finite_space,
    skewed,
)

from tui_tuner.oracles import Oracle, Trial


@pytest.fixture(params=ORACLES)
def make(request: pytest.FixtureRequest) -> Make:
    return Make(request.param)


EVERY = pytest.mark.parametrize("make", [*ORACLES, *PROMOTING], indirect=True)


Wish = Callable[[Oracle], None]


@dataclass
class Steered:
    """A run in which a person asks for something after so many trials have ended."""

    runner: Runner
    wishes: dict[int, Wish]

    def events(self) -> Iterator[str]:
        for event in self.runner.events():
            wish = self.wishes.get(sum(self.runner.ended.values())) if event == "ended" else None
            if wish is not None:
                wish(self.runner.oracle)
            yield event


def ask_for_much(oracle: Oracle) -> None:
    oracle.enqueue({"dropout": 0.25})
    oracle.enqueue({"rate": 0.01, "activation": "tanh"}, origin="rerun", rerun_of="00")
    oracle.enqueue({"dropout": 0.25})
    oracle.limit("rate", min_value=1e-3)
    oracle.limit("activation", values=["tanh"])


def change_ones_mind(oracle: Oracle) -> None:
    oracle.limit("activation")
    oracle.limit("dropout", max_value=0.3)
    oracle.set_max_trials(13)


WISHES: dict[int, Wish] = {3: ask_for_much, 8: change_ones_mind}


def shown(oracle: Oracle) -> list[tuple[Any, ...]]:
    return [
        (key, trial.hyperparameters.values, trial.status, trial.score, trial.origin, trial.rerun_of)
        for key, trial in oracle.trials.items()
    ]


class TestResume:
    @EVERY
    @pytest.mark.parametrize("parallel", [1, 3])
    def test_a_steered_search_cut_off_anywhere_goes_on_as_if_nothing_had_happened(
        self, make: Make, parallel: int
    ) -> None:
        def fresh() -> Oracle:
            return make(continuous_space(), max_trials=11, max_retries_per_trial=1)

        whole = Steered(Runner(fresh(), outcome=skewed, parallel=parallel), WISHES)
        events = list(whole.events())
        assert len(whole.runner.oracle.trials) == 13
        for cut in range(len(events) + 1):
            first = Steered(Runner(fresh(), outcome=skewed, parallel=parallel), WISHES)
            source = first.events()
            for _ in range(cut):
                next(source)
            old = first.runner.oracle
            stored = json.loads(json.dumps(old.own_state()))
            trials = [Trial.from_state(json.loads(json.dumps(trial.get_state()))) for trial in old.trials.values()]
            second = Runner(fresh(), outcome=skewed, parallel=parallel, ended=Counter(first.runner.ended))
            second.oracle.restore(trials, stored, [trial.trial_id for _, trial in first.runner.running])
            list(Steered(second, WISHES).events())
            assert shown(second.oracle) == shown(whole.runner.oracle), f"cut after {cut}"

    @EVERY
    def test_keras_tuners_files_bring_it_back(self, make: Make, tmp_path: Path) -> None:
        def fresh() -> Oracle:
            oracle = make(continuous_space(), max_trials=11)
            oracle.set_project_dir(tmp_path, "search")
            return oracle

        whole = Steered(Runner(fresh(), outcome=skewed), WISHES)
        list(whole.events())
        first = Steered(Runner(fresh(), outcome=skewed), WISHES)
        source = first.events()
        for _ in range(8):
            next(source)
        assert len(first.runner.oracle.wishes) == 2
        first.runner.oracle.save()
        second = Runner(fresh(), outcome=skewed, ended=Counter(first.runner.ended))
        second.oracle.reload()
        list(Steered(second, WISHES).events())
        assert shown(second.oracle) == shown(whole.runner.oracle)

    def test_what_nobody_steered_leaves_no_trace_in_keras_tuners_files(self, make: Make) -> None:
        oracle = make(continuous_space(), max_trials=2)
        Runner(oracle).run()
        assert "steering" not in oracle.get_state()
        assert all("origin" not in trial.get_state() for trial in oracle.trials.values())

    def test_without_a_record_what_was_asked_of_the_new_oracle_stays(self, make: Make) -> None:
        first = make(finite_space())
        Runner(first).end(first.create_trial("a"))
        oracle = make(finite_space())
        oracle.enqueue({"units": 64})
        oracle.restore(list(first.trials.values()), {}, [])
        assert oracle.create_trial("a").hyperparameters.values["units"] == 64
