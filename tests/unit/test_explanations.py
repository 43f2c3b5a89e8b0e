"""Why each trial was proposed: what oracles say, what is stored, what is shown."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from support.oracle_runs import Make, Runner, continuous_space, finite_space

from tui_tuner.analysis.explaining import explained
from tui_tuner.analysis.frames import frames_of
from tui_tuner.engine import events
from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.engine.reader import SearchReader
from tui_tuner.engine.recorder import Recorder
from tui_tuner.engine.resume import restore_oracle
from tui_tuner.engine.store import Store
from tui_tuner.engine.view import Objective, TrialState, TrialView
from tui_tuner.headless.status import status_json
from tui_tuner.oracles import Trial, TrialStatus
from tui_tuner.oracles.explanation import Explanation, Reason


def reasons(name: str, max_trials: int = 12) -> list[str]:
    oracle = Make(name)(continuous_space(), max_trials=max_trials)
    Runner(oracle).run()
    return ["" if trial.why is None else trial.why.reason.value for trial in oracle.trials.values()]


@pytest.mark.parametrize("name", ["grid", "random", "sobol"])
def test_searches_that_heed_no_results_have_one_reason(name: str) -> None:
    assert set(reasons(name)) == {name}


def test_evolution_begins_where_people_would_and_varies_what_it_drew() -> None:
    assert reasons("evolution", 14) == ["initial", *["random"] * 9, *["varied"] * 4]


def test_a_model_says_what_it_expects_and_whether_that_is_good() -> None:
    oracle = Make("bayesian")(continuous_space(), max_trials=30)
    Runner(oracle).run()
    whys = [trial.why for trial in oracle.trials.values()]
    assert [why.reason for why in whys[:5] if why is not None] == [Reason.INITIAL] * 5
    scores = [trial.score or 0.0 for trial in oracle.trials.values()]
    errors = []
    for number, why in enumerate(whys[5:], start=5):
        assert why is not None
        assert why.mean is not None
        assert (why.deviation or 0.0) > 0.0
        errors.append(abs(why.mean - scores[number]))
        # The model sees its data through changing shapes, smoothed: near the border either is right.
        if why.reason is Reason.EXPLORE:
            assert why.mean <= max(scores[:number])
        else:
            assert why.mean >= sorted(scores[:number])[-1 - number // 4]
    assert {why.reason for why in whys[5:] if why is not None} == {Reason.EXPLOIT, Reason.EXPLORE}
    spread = max(scores) - min(scores)
    assert sorted(errors)[len(errors) // 2] < 0.15 * spread


@pytest.mark.parametrize("name", ["asha with promotions", "hyperband with promotions and a model"])
def test_what_goes_on_and_what_is_new_are_told_apart(name: str) -> None:
    oracle = Make(name)(continuous_space(), max_trials=40)
    Runner(oracle).run()
    for trial in oracle.trials.values():
        assert trial.why is not None
        assert (trial.why.reason is Reason.PROMOTED) == ("tuner/trial_id" in trial.hyperparameters.values)
    assert any(trial.why is not None and trial.why.mean is not None for trial in oracle.trials.values())


def test_a_model_that_knows_failures_only_explores_and_predicts_nothing() -> None:
    oracle = Make("bayesian")(continuous_space(), max_trials=8, max_consecutive_failed_trials=None)
    Runner(oracle, outcome=lambda *_: (TrialStatus.FAILED, 0.0)).run()
    assert [trial.why for trial in oracle.trials.values()][5:] == [
        Explanation(Reason.EXPLORE, results=number) for number in (5, 6, 7)
    ]


def test_what_a_person_asked_for_says_so() -> None:
    oracle = Make("random")(finite_space())
    oracle.enqueue({"units": 64})
    assert oracle.create_trial("a").why == Explanation(Reason.USER)


def test_how_much_was_known_is_kept() -> None:
    oracle = Make("random")(continuous_space())
    Runner(oracle, parallel=3).run()
    known = [trial.why.results for trial in oracle.trials.values() if trial.why is not None]
    assert known == [0, 0, 0, *range(1, 10)]


def test_it_is_part_of_a_trials_state_and_a_reason_of_a_later_version_is_none() -> None:
    trial = Trial(finite_space(), trial_id="0")
    assert "why" not in trial.get_state()
    trial.why = Explanation(Reason.EXPLORE, 0.5, 0.25, 7)
    state = json.loads(json.dumps(trial.get_state()))
    assert Trial.from_state(state).why == trial.why
    state["why"]["reason"] = "a hunch"
    assert Trial.from_state(state).why is None


def test_a_prediction_that_is_no_number_is_none() -> None:
    assert Explanation(Reason.EXPLOIT, float("nan"), float("inf")) == Explanation(Reason.EXPLOIT)


def trial(**changes: object) -> TrialView:
    known = TrialView("0", 0, TrialState.RUNNING, {"units": 8})
    return replace(known, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({}, ""),
        ({"reason": "grid"}, "grid"),
        (
            {"reason": "explore", "predicted_mean": 0.31239, "predicted_deviation": 0.05},
            "explore, predicted 0.3124 ± 0.05000",
        ),
    ],
)
def test_it_is_told_in_a_few_words(changes: dict[str, object], text: str) -> None:
    assert explained(trial(**changes)) == text


def test_it_is_stored_read_exported_and_given_back_to_the_oracle(tmp_path: Path) -> None:
    oracle = Make("random")(finite_space())
    proposed = oracle.create_trial("a")
    proposed.why = Explanation(Reason.EXPLOIT, 0.5, 0.25, 7)
    directory = SearchDirectory(tmp_path)
    store = Store(directory.database)
    with store.transaction():
        store.set_meta(name="s", objective={"name": "score", "direction": "max"})
        store.event(events.SearchStarted(1, "here", "0", False))
        Recorder(store, Objective("score", "max"), [], 3).trial_started(proposed, "w")
    reader = SearchReader(tmp_path)
    told = json.loads(status_json(reader.poll()))["trials"][0]
    assert told["proposed"] == {"reason": "exploit", "mean": 0.5, "deviation": 0.25, "known_results": 7}
    exported = frames_of(reader).trials.iloc[0]
    assert tuple(exported[["reason", "predicted_mean", "predicted_deviation"]]) == ("exploit", 0.5, 0.25)
    reader.close()
    again = Make("random")(finite_space())
    restore_oracle(again, store.trials(), None, oracle.own_state())
    assert again.get_trial(proposed.trial_id).why == proposed.why
    store.close()
