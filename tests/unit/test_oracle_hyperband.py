"""Hyperband: sizes, promotions, failures, and going on."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from tui_tuner.oracles import HyperbandOracle, Objective, Trial, TrialStatus
from tui_tuner.oracles.brackets import Schedule
from tui_tuner.oracles.stages import Stage, stage_of
from tui_tuner.space import HyperParameters

Outcome = Callable[[Trial], str]


def space() -> HyperParameters:
    hp = HyperParameters()
    hp.Int("units", 8, 64, step=8)
    hp.Float("rate", 1e-4, 1e-1, sampling="log")
    return hp


def hyperband(hp: HyperParameters | None = None, **kwargs: Any) -> HyperbandOracle:
    arguments = {"max_epochs": 9, "factor": 3, "seed": 7, "max_consecutive_failed_trials": None, **kwargs}
    return HyperbandOracle(objective=Objective("score", "max"), hyperparameters=hp, **arguments)


def score(trial: Trial) -> float:
    values = trial.hyperparameters.values
    return float(values.get("units", 0) + 10 * values.get("rate", 0) + values["tuner/epochs"] * 0.001)


def end(oracle: HyperbandOracle, trial: Trial, status: str = TrialStatus.COMPLETED) -> None:
    if status != TrialStatus.FAILED:
        oracle.update_trial(trial.trial_id, {"score": score(trial)})
    trial.status = status
    oracle.end_trial(trial)


def run(
    oracle: HyperbandOracle,
    outcome: Outcome = lambda trial: TrialStatus.COMPLETED,
    slots: int = 1,
    limit: int = 10**6,
) -> list[Trial]:
    """Run trials, ending the one that was begun first, until nothing is left or there are `limit` of them."""
    running: list[Trial] = list(oracle.ongoing_trials.values())
    while True:
        while len(running) < slots and len(oracle.trials) < limit:
            slot = next(f"s{n}" for n in range(slots) if f"s{n}" not in oracle.ongoing_trials)
            trial = oracle.create_trial(slot)
            if trial.status != TrialStatus.RUNNING:
                break
            running.append(trial)
        if not running or len(oracle.trials) >= limit:
            return list(oracle.trials.values())
        trial = running.pop(0)
        end(oracle, trial, outcome(trial))


def stage(trial: Trial) -> Stage:
    found = stage_of(trial.hyperparameters.values)
    assert found is not None
    return found


def rounds(trials: list[Trial]) -> Counter[tuple[int, int]]:
    """How many trials each (bracket, round) has."""
    return Counter((stage(trial).bracket, stage(trial).round) for trial in trials)


@pytest.mark.parametrize(
    ("max_epochs", "factor", "brackets"),
    [
        (
            100,
            3,
            {
                4: [(98, 2), (33, 4), (11, 12), (4, 34), (2, 100)],
                3: [(41, 4), (14, 12), (5, 34), (2, 100)],
                2: [(18, 12), (6, 34), (2, 100)],
                1: [(9, 34), (3, 100)],
                0: [(6, 100)],
            },
        ),
        (8, 2, {3: [(8, 1), (4, 2), (2, 4), (1, 8)], 2: [(6, 2), (3, 4), (2, 8)], 1: [(4, 4), (2, 8)], 0: [(4, 8)]}),
        (9, 3, {2: [(9, 1), (3, 3), (1, 9)], 1: [(5, 3), (2, 9)], 0: [(3, 9)]}),
        (1, 3, {0: [(1, 1)]}),
    ],
)
def test_sizes_and_epochs_are_kerastuners(
    max_epochs: int, factor: int, brackets: dict[int, list[tuple[int, int]]]
) -> None:
    schedule = Schedule(max_epochs, factor)
    assert schedule.brackets == len(brackets)
    for bracket, sizes in brackets.items():
        for round_, (size, epochs) in enumerate(sizes):
            assert (schedule.size(bracket, round_), schedule.epochs(bracket, round_)) == (size, epochs)
    oracle = hyperband(space(), max_epochs=max_epochs, factor=factor)
    trials = run(oracle)
    assert rounds(trials) == {(b, r): size for b, sizes in brackets.items() for r, (size, _) in enumerate(sizes)}
    assert oracle.planned_trials == len(trials)
    assert oracle.remaining_trials() is None


class TestSequence:
    """Recorded from KerasTuner 1.4.8 with the same scores."""

    BEGINNING = [
        (24, 0.000479),
        (32, 0.005179),
        (32, 0.002653),
        (24, 0.000209),
        (64, 0.001215),
        (40, 0.00035),
        (48, 0.05211),
        (16, 0.074925),
        (64, 0.01371),
    ]
    ONE_AT_A_TIME = [
        *((units, rate, 0, 0, 1, None) for units, rate in BEGINNING),
        (64, 0.01371, 1, 1, 3, "0008"),
        (64, 0.001215, 1, 1, 3, "0004"),
        (48, 0.05211, 1, 1, 3, "0006"),
        (64, 0.01371, 2, 3, 9, "0009"),
        (32, 0.017453, 0, 0, 3, None),
        (48, 0.000218, 0, 0, 3, None),
        (40, 0.004142, 0, 0, 3, None),
        (8, 0.000171, 0, 0, 3, None),
        (40, 0.003862, 0, 0, 3, None),
        (48, 0.000218, 1, 3, 9, "0014"),
        (40, 0.004142, 1, 3, 9, "0015"),
        (40, 0.000969, 0, 0, 9, None),
        (48, 0.008287, 0, 0, 9, None),
        (16, 0.002376, 0, 0, 9, None),
    ]
    THREE_AT_ONCE = [
        *((units, rate, 0, 0, 1, None) for units, rate in BEGINNING),
        (64, 0.001215, 1, 1, 3, "0004"),
        (48, 0.05211, 1, 1, 3, "0006"),
        (64, 0.01371, 1, 1, 3, "0008"),
        (32, 0.017453, 0, 0, 3, None),
        (48, 0.000218, 0, 0, 3, None),
        (64, 0.01371, 2, 3, 9, "0011"),
        (40, 0.004142, 0, 0, 3, None),
        (8, 0.000171, 0, 0, 3, None),
        (40, 0.003862, 0, 0, 3, None),
        (40, 0.000969, 0, 0, 9, None),
        (48, 0.000218, 1, 3, 9, "0013"),
        (40, 0.004142, 1, 3, 9, "0015"),
        (48, 0.008287, 0, 0, 9, None),
        (16, 0.002376, 0, 0, 9, None),
    ]

    @pytest.mark.parametrize(("slots", "expected"), [(1, ONE_AT_A_TIME), (3, THREE_AT_ONCE)])
    def test_it_is_kerastuners(self, slots: int, expected: list[tuple[Any, ...]]) -> None:
        proposals = []
        for trial in run(hyperband(space()), slots=slots):
            values, at = trial.hyperparameters.values, stage(trial)
            proposals.append(
                (values["units"], round(values["rate"], 6), at.round, at.initial_epoch, at.epochs, at.parent)
            )
        assert proposals == expected

    def test_its_state_is_what_kerastuner_writes(self) -> None:
        oracle = hyperband(space())
        run(oracle, slots=2, limit=11)
        end(oracle, oracle.get_trial("0009"))
        state = oracle.get_state()
        first = [{"past_id": None, "id": f"{number:04}"} for number in range(9)]
        second = [{"past_id": "0004", "id": "0009"}, {"past_id": "0008", "id": "0010"}]
        assert state["brackets"] == [{"bracket_num": 2, "rounds": [first, second, []]}]
        assert (state["current_bracket"], state["current_iteration"], state["seed_state"]) == (2, 0, 25)
        assert (state["hyperband_iterations"], state["max_epochs"], state["factor"]) == (1, 9, 3)
        assert state["min_epochs"] == 1
        assert state["id_to_hash"]["0000"] == "cd9929333bd1afa45f55450c3e0148d5"
        assert state["id_to_hash"]["0010"] == "0e54f5efebc6989aa0a5996ce05ea718"


class TestPromotions:
    def test_a_promoted_trial_has_its_parents_hyperparameters_and_goes_on_where_that_stopped(self) -> None:
        trials = {trial.trial_id: trial for trial in run(hyperband(space()), slots=3)}
        promoted = [trial for trial in trials.values() if stage(trial).parent is not None]
        assert len(promoted) == 6
        for trial in promoted:
            parent = trials[stage(trial).parent or ""]
            for name in ("units", "rate"):
                assert trial.hyperparameters.values[name] == parent.hyperparameters.values[name]
            assert stage(trial).initial_epoch == stage(parent).epochs
            assert stage(trial).round == stage(parent).round + 1

    @pytest.mark.parametrize("slots", [2, 3, 5])
    def test_the_bracket_is_the_trials_own(self, slots: int) -> None:
        """KerasTuner's defect 11: it names the bracket that was opened last."""
        trials = {trial.trial_id: trial for trial in run(hyperband(space()), slots=slots)}
        for trial in trials.values():
            parent = stage(trial).parent
            assert parent is None or stage(trial).bracket == stage(trials[parent]).bracket
        assert rounds(list(trials.values())) == {(2, 0): 9, (2, 1): 3, (2, 2): 1, (1, 0): 5, (1, 1): 2, (0, 0): 3}

    def test_only_a_round_that_is_not_the_last_is_continued(self) -> None:
        trials = run(hyperband(space()))
        continued = {stage(trial).parent for trial in trials} - {None}
        for trial in trials:
            assert stage(trial).may_be_continued or trial.trial_id not in continued
        assert {stage(trial).epochs for trial in trials if not stage(trial).may_be_continued} == {9}

    @pytest.mark.parametrize("failures", range(9))
    @pytest.mark.parametrize("status", [TrialStatus.FAILED, TrialStatus.STOPPED])
    @pytest.mark.parametrize("slots", [1, 3])
    def test_failures_and_skips_cost_no_promotion(self, failures: int, status: str, slots: int) -> None:
        """KerasTuner's defect 11: each failure takes one promotion, then one of the next round, and so on."""
        trials = run(
            hyperband(space()),
            lambda trial: status if int(trial.trial_id) < failures else TrialStatus.COMPLETED,
            slots,
        )
        assert rounds(trials) == {
            (2, 0): 9,
            (2, 1): min(3, 9 - failures),
            (2, 2): 1,
            (1, 0): 5,
            (1, 1): 2,
            (0, 0): 3,
        }
        parents = {stage(trial).parent for trial in trials}
        assert not [trial for trial in trials if trial.status == status and trial.trial_id in parents]

    def test_a_round_that_fails_as_a_whole_ends_its_bracket_only(self) -> None:
        trials = run(
            hyperband(space()),
            lambda trial: TrialStatus.FAILED if stage(trial).bracket == 2 else TrialStatus.COMPLETED,
        )
        assert rounds(trials) == {(2, 0): 9, (1, 0): 5, (1, 1): 2, (0, 0): 3}

    def test_a_retried_trial_is_waited_for(self) -> None:
        oracle = hyperband(space(), max_epochs=3, max_retries_per_trial=1)  # 3 trials, of which 1 goes on
        run(oracle, limit=3)
        last = oracle.get_trial("0002")
        last.status = TrialStatus.INVALID
        oracle.end_trial(last)
        assert oracle.create_trial("a") is last
        end(oracle, last)
        assert stage(oracle.create_trial("a")).parent is not None

    def test_infinite_and_equal_scores_do_no_harm(self) -> None:
        scores = [math.inf, -math.inf, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0]
        oracle = hyperband(space())
        for value in scores:
            trial = oracle.create_trial("a")
            oracle.update_trial(trial.trial_id, {"score": value})
            trial.status = TrialStatus.COMPLETED
            oracle.end_trial(trial)
        assert [stage(oracle.create_trial(slot)).parent for slot in "abc"] == ["0000", "0002", "0003"]

    def test_what_a_promoted_trial_did_not_ask_for_keeps_its_default(self) -> None:
        oracle = hyperband(space())
        for number in range(9):
            trial = oracle.create_trial("a")
            if number == 8:  # the best, 0008, never asks for it; an unlucky one does
                oracle.get_trial("0000").hyperparameters.Int("late", 1, 10**9)
                oracle.update_space(oracle.get_trial("0000").hyperparameters)
            end(oracle, trial)
        promoted = oracle.create_trial("a")
        assert (stage(promoted).parent, promoted.hyperparameters.values["late"]) == ("0008", 1)


class TestSpaces:
    def test_an_unknown_space_is_learnt_from_the_first_trial(self) -> None:
        """KerasTuner ends such a search without a single trial."""
        oracle = hyperband()
        first = oracle.create_trial("a")
        assert first.hyperparameters.values == Stage(1, 0, 2, 0).values()
        assert oracle.create_trial("b").status == TrialStatus.IDLE
        first.hyperparameters.merge(space())
        end(oracle, first)
        assert len(run(oracle)) == 23

    @pytest.mark.parametrize("iterations", [1, 3, None])
    @pytest.mark.parametrize("slots", [1, 4])
    def test_a_small_space_is_started_once_and_then_goes_on(self, iterations: int | None, slots: int) -> None:
        hp = HyperParameters()
        hp.Int("units", 1, 6)
        trials = run(hyperband(hp, hyperband_iterations=iterations), slots=slots)
        assert rounds(trials) == {(2, 0): 6, (2, 1): 3, (2, 2): 1}
        assert {trial.hyperparameters.values["units"] for trial in trials} == set(range(1, 7))
        assert trials[-1].hyperparameters.values["units"] == 6

    def test_a_space_that_grows_after_its_end_is_gone_on_with(self) -> None:
        hp = HyperParameters()
        hp.Int("units", 1, 6)
        oracle = hyperband(hp)
        run(oracle, limit=9)
        trial = oracle.get_trial("0008")
        trial.hyperparameters.Boolean("bias")
        end(oracle, trial)
        assert rounds(run(oracle))[2, 0] == 9


class TestSettings:
    @pytest.mark.parametrize("wrong", [{"factor": 1}, {"factor": 1.5}, {"max_epochs": 0}])
    def test_senseless_ones_are_refused(self, wrong: dict[str, Any]) -> None:
        with pytest.raises(ValueError, match=next(iter(wrong))):
            hyperband(space(), **wrong)

    def test_there_may_be_no_end(self) -> None:
        oracle = hyperband(space(), hyperband_iterations=None)
        assert len(run(oracle, limit=200)) == 200
        assert oracle.planned_trials is None
        assert json.loads(json.dumps(oracle.get_state()))["hyperband_iterations"] == math.inf

    def test_a_limit_of_trials_can_be_set_all_the_same(self) -> None:
        oracle = hyperband(space())
        oracle.max_trials = 12
        assert oracle.planned_trials == len(run(oracle)) == 12


def resumed(first: HyperbandOracle, way: str, **kwargs: Any) -> HyperbandOracle:
    """Another oracle, which goes on from the first by `search.db` or by KerasTuner's files."""
    second = hyperband(space(), **kwargs)
    trials = [Trial.from_state(json.loads(json.dumps(trial.get_state()))) for trial in first.trials.values()]
    if way == "own":
        own_state = json.loads(json.dumps(first.own_state()))
        second.restore(trials, own_state, [trial.trial_id for trial in first.ongoing_trials.values()])
    else:
        second.trials = {trial.trial_id: trial for trial in trials}
        second.set_state(json.loads(json.dumps(first.get_state())))
    return second


@pytest.mark.parametrize("way", ["own", "kerastuner"])
class TestGoingOn:
    @pytest.mark.parametrize("slots", [1, 3])
    def test_brackets_are_brought_back(self, way: str, slots: int) -> None:
        whole = [trial.hyperparameters.values for trial in run(hyperband(space(), hyperband_iterations=2), slots=slots)]
        for limit in range(1, 47):
            first = hyperband(space(), hyperband_iterations=2)
            run(first, slots=slots, limit=limit)
            second = resumed(first, way, hyperband_iterations=2)
            assert [trial.hyperparameters.values for trial in run(second, slots=slots)] == whole

    def test_more_iterations_go_on(self, way: str) -> None:
        """Issue 234 of KerasTuner: a search that is over returns at once."""
        first = hyperband(space())
        run(first)
        second = resumed(first, way, hyperband_iterations=2)
        whole = run(hyperband(space(), hyperband_iterations=2))
        assert [t.hyperparameters.values for t in run(second)] == [t.hyperparameters.values for t in whole]

    def test_other_sizes_are_warned_of_and_not_taken(self, way: str) -> None:
        first = hyperband(space())
        run(first, limit=10)
        with pytest.warns(UserWarning, match="begun with max_epochs=9, factor=3"):
            second = resumed(first, way, max_epochs=81)
        assert (second.max_epochs, len(run(second))) == (9, 23)


def test_the_own_state_is_small_however_many_trials_there_are() -> None:
    oracle = hyperband(space(), hyperband_iterations=None)
    run(oracle, limit=20)
    small = len(json.dumps(oracle.own_state()))
    run(oracle, limit=400)
    assert len(json.dumps(oracle.own_state())) <= small + 10


def test_finished_brackets_are_let_go_of() -> None:
    oracle = hyperband(space(), hyperband_iterations=None)
    run(oracle, slots=3, limit=400)
    assert len(oracle.get_state()["brackets"]) <= 3


def test_another_kind_of_searchs_state_is_refused() -> None:
    oracle = hyperband(space())
    state = {key: value for key, value in oracle.get_state().items() if key != "brackets"}
    with pytest.raises(KeyError, match="brackets"):
        oracle.set_state(state)


def test_what_people_enqueue_is_in_no_bracket_after_a_resume_either() -> None:
    undisturbed = [trial.hyperparameters.values for trial in run(hyperband(space()))]
    for cut in (3, 12, 20):
        first = hyperband(space())
        for _ in range(3):
            first.enqueue({"units": 8})
        trials = run(first, limit=cut)
        second = hyperband(space())
        running = [trial.trial_id for trial in first.ongoing_trials.values()]
        second.restore(trials, json.loads(json.dumps(first.own_state())), running)
        run(second)
        values = [trial.hyperparameters.values for trial in second.trials.values() if not trial.origin]
        renumbered = [
            {**each, "tuner/trial_id": f"{int(each['tuner/trial_id']) - 3:04}"} if "tuner/trial_id" in each else each
            for each in values
        ]
        assert renumbered == undisturbed


def test_a_space_exhausted_within_limits_is_not_when_they_are_lifted() -> None:
    oracle = hyperband(space(), hyperband_iterations=None)
    oracle.limit("units", values=[8, 16])
    oracle.limit("rate", values=[1e-3])
    run(oracle)
    started = [trial for trial in oracle.trials.values() if "tuner/trial_id" not in trial.hyperparameters.values]
    assert len(started) == 2
    oracle.limit("rate")
    assert len(run(oracle, limit=len(oracle.trials) + 5)) > len(started) + 1
