"""What every search algorithm must do, whatever it proposes."""

from __future__ import annotations

import json
import math
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from support.oracle_runs import (
    ORACLES,
    PROMOTING,
    Make,
    Runner,
    conditional_space,
    continuous_space,
    distinct,
    finite_space,
    quality,
    skewed,
)

from tui_tuner.oracles import Oracle, Trial, TrialStatus
from tui_tuner.oracles.stages import without_stage
from tui_tuner.space import HyperParameters


@pytest.fixture(params=ORACLES)
def make(request: pytest.FixtureRequest) -> Make:
    return Make(request.param)


class TestProposals:
    @pytest.mark.parametrize(("space", "size"), [(finite_space, 24), (conditional_space, 9)])
    @pytest.mark.parametrize("parallel", [1, 4])
    @pytest.mark.parametrize("seed", [0, 1, 2])
    def test_a_finite_space_is_exhausted_exactly_without_repetition(
        self, make: Make, space: Callable[[], HyperParameters], size: int, parallel: int, seed: int
    ) -> None:
        proposals = Runner(make(space(), max_trials=100, seed=seed), parallel=parallel).run()
        assert len(proposals) == distinct(proposals) == size

    def test_only_active_hyperparameters_have_values_and_all_of_them(self, make: Make) -> None:
        active = {"adam": {"amsgrad"}, "sgd": {"nesterov", "momentum"}, "plain": set()}
        for values in Runner(make(conditional_space(), max_trials=100)).run():
            assert set(values) == {"note", "optimizer"} | active[values["optimizer"]]
            assert values["note"] == "x"

    def test_values_lie_in_their_ranges(self, make: Make) -> None:
        for values in Runner(make(continuous_space(), max_trials=20)).run():
            assert 1e-4 <= values["rate"] <= 1e-1
            assert 0.0 <= values["dropout"] <= 0.5
            assert values["activation"] in ("relu", "tanh")

    def test_no_duplicates_in_a_continuous_space(self, make: Make) -> None:
        proposals = Runner(make(continuous_space(), max_trials=20), parallel=3).run()
        assert len(proposals) == distinct(proposals) == 20

    def test_max_trials_ends_the_search(self, make: Make) -> None:
        oracle = make(continuous_space(), max_trials=7)
        assert oracle.remaining_trials() == 7
        assert len(Runner(oracle).run()) == 7
        assert oracle.remaining_trials() == 0

    def test_no_limit_of_trials(self, make: Make) -> None:
        oracle = make(finite_space(), max_trials=None)
        assert oracle.remaining_trials() is None
        assert len(Runner(oracle).run()) == 24

    def test_an_unlucky_float_whose_ends_meet_is_one_value(self, make: Make) -> None:
        space = HyperParameters()
        space.Float("rate", 0.5, 0.5)
        space.Boolean("bias")
        assert distinct(Runner(make(space, max_trials=10)).run()) == 2

    @pytest.mark.parametrize("space", [finite_space, conditional_space, continuous_space])
    def test_the_same_seed_gives_the_same_trials_and_another_one_does_not(
        self, make: Make, space: Callable[[], HyperParameters]
    ) -> None:
        first, again, other = (Runner(make(space(), seed=seed)).run() for seed in (0, 0, 1))
        assert first == again
        assert (first == other) == (make.name == "grid")  # where nothing is random

    def test_without_a_seed_searches_differ(self, make: Make) -> None:
        seeds = {make(continuous_space(), seed=None).seed for _ in range(20)}
        assert len(seeds) > 1

    def test_infinite_scores_do_no_harm(self, make: Make) -> None:
        scores = iter([1e308, -1e308, math.inf, -math.inf, 5.0, 5.0, 5.0, 0.0, 1e-300, 1e300] + [2.0] * 5)
        oracle = make(continuous_space(), max_trials=15)
        proposals = Runner(oracle, outcome=lambda trial, attempt: (TrialStatus.COMPLETED, next(scores))).run()
        assert distinct(proposals) == 15
        assert oracle.get_best_trials(1)[0].score == math.inf

    def test_equal_scores_do_no_harm(self, make: Make) -> None:
        proposals = Runner(make(continuous_space()), outcome=lambda *_: (TrialStatus.COMPLETED, 1.0)).run()
        assert distinct(proposals) == 12


class TestProtocol:
    def test_a_tuner_gets_its_running_trial_again(self, make: Make) -> None:
        oracle = make(finite_space())
        assert oracle.create_trial("a") is oracle.create_trial("a")
        assert oracle.create_trial("b") is not oracle.create_trial("a")

    def test_ids_count_from_zero_and_are_padded(self, make: Make) -> None:
        oracle = make(finite_space(), max_trials=12)
        assert [oracle.create_trial(tuner).trial_id for tuner in "abc"] == ["00", "01", "02"]
        assert make(finite_space(), max_trials=None).create_trial("a").trial_id == "0000"

    def test_a_trial_carries_the_space_and_its_values(self, make: Make) -> None:
        trial = make(finite_space()).create_trial("a")
        assert [hp.name for hp in trial.hyperparameters.space] == ["units", "learning_rate"]
        assert set(without_stage(trial.hyperparameters.values)) == {"units", "learning_rate"}

    def test_calls_write_no_files(self, make: Make, tmp_path: Path) -> None:
        oracle = make(finite_space())
        oracle.set_project_dir(tmp_path, "search")
        Runner(oracle).run()
        assert not list(tmp_path.rglob("*"))

    def test_the_oracle_prints_nothing(self, make: Make, capfd: pytest.CaptureFixture[str]) -> None:
        Runner(make(finite_space())).run()
        assert capfd.readouterr() == ("", "")

    def test_an_exception_leaves_no_lock_behind(self, make: Make) -> None:
        oracle = make(finite_space(), max_consecutive_failed_trials=1)
        trial = oracle.create_trial("a")
        trial.status = TrialStatus.FAILED
        with pytest.raises(RuntimeError, match="consecutive failures"):
            oracle.end_trial(trial)
        answers: list[Trial] = []
        thread = threading.Thread(target=lambda: answers.append(oracle.create_trial("b")), daemon=True)
        thread.start()
        thread.join(timeout=20)
        assert [trial.trial_id for trial in answers] == ["01"]

    def test_many_threads_get_different_trials(self, make: Make) -> None:
        oracle = make(finite_space(), max_trials=100)
        failures: list[BaseException] = []

        def work(tuner_id: str) -> None:
            try:
                while (trial := oracle.create_trial(tuner_id)).status == TrialStatus.RUNNING:
                    oracle.update_trial(trial.trial_id, {"score": quality(trial.hyperparameters.values)})
                    trial.status = TrialStatus.COMPLETED
                    oracle.end_trial(trial)
            except BaseException as error:
                failures.append(error)

        threads = [threading.Thread(target=work, args=(f"t{number}",), daemon=True) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=60)
        assert not failures
        assert distinct([without_stage(trial.hyperparameters.values) for trial in oracle.trials.values()]) == 24
        assert not oracle.ongoing_trials


class TestFailures:
    def test_an_invalid_trial_is_tried_again_and_then_fails(self, make: Make) -> None:
        oracle = make(finite_space(), max_trials=3, max_retries_per_trial=2, max_consecutive_failed_trials=None)
        runner = Runner(oracle, outcome=lambda trial, attempt: (TrialStatus.INVALID, 0.0))
        assert len(runner.run()) == 3
        assert set(runner.ended.values()) == {3}
        assert all(trial.status == TrialStatus.FAILED for trial in oracle.trials.values())

    def test_a_retry_discards_the_earlier_metrics(self, make: Make) -> None:
        """KerasTuner's defect 6: the metrics of the first run stay, and the second run's are thrown away."""
        oracle = make(finite_space(), max_trials=1, max_retries_per_trial=1)
        Runner(oracle, outcome=lambda trial, attempt: (TrialStatus.COMPLETED, [math.nan, 0.5][attempt])).run()
        trial = oracle.get_trial("0")
        assert (trial.status, trial.score, trial.message) == (TrialStatus.COMPLETED, 0.5, None)
        assert [observation.value for observation in trial.metrics.get_history("score")] == [[0.5]]

    def test_a_retry_of_another_worker_is_waited_for(self, make: Make) -> None:
        oracle = make(finite_space(), max_trials=1, max_retries_per_trial=1)
        trial = oracle.create_trial("a")
        assert oracle.create_trial("b").status == TrialStatus.IDLE
        trial.status = TrialStatus.INVALID
        oracle.end_trial(trial)
        assert oracle.create_trial("b") is trial

    def test_a_failed_trial_is_not_tried_again(self, make: Make) -> None:
        oracle = make(finite_space(), max_trials=2, max_retries_per_trial=5)
        runner = Runner(oracle, outcome=lambda trial, attempt: (TrialStatus.FAILED, 0.0))
        assert len(runner.run()) == 2
        assert set(runner.ended.values()) == {1}

    def test_nan_makes_a_trial_fail(self, make: Make) -> None:
        oracle = make(finite_space(), max_trials=6)
        Runner(
            oracle,
            outcome=lambda trial, attempt: (TrialStatus.COMPLETED, math.nan if int(trial.trial_id) % 2 else 1.0),
        ).run()
        statuses = [trial.status for trial in oracle.trials.values()]
        assert statuses == [TrialStatus.COMPLETED, TrialStatus.FAILED] * 3
        assert oracle.get_trial("1").message == "The objective score is NaN."

    def test_the_reason_that_was_given_is_kept(self, make: Make) -> None:
        oracle = make(finite_space())
        trial = oracle.create_trial("a")
        oracle.update_trial(trial.trial_id, {"score": math.nan})
        trial.status, trial.message = TrialStatus.COMPLETED, "diverged in epoch 3"
        oracle.end_trial(trial)
        assert oracle.get_trial(trial.trial_id).message == "diverged in epoch 3"

    def test_a_search_in_which_all_fails_goes_through_all_its_trials(self, make: Make) -> None:
        oracle = make(continuous_space(), max_trials=15, max_consecutive_failed_trials=None)
        assert distinct(Runner(oracle, outcome=lambda *_: (TrialStatus.FAILED, 0.0)).run()) == 15

    def test_consecutive_failures_end_the_search_in_a_consistent_state(self, make: Make) -> None:
        oracle = make(finite_space(), max_consecutive_failed_trials=3)
        for number in range(3):
            trial = oracle.create_trial("a")
            trial.status, trial.message = TrialStatus.FAILED, "out of memory"
            if number < 2:
                oracle.end_trial(trial)
        with pytest.raises(RuntimeError, match=r"Number of consecutive failures exceeded the limit of 3(.|\n)*memory"):
            oracle.end_trial(trial)
        assert not oracle.ongoing_trials
        assert oracle.end_order == ["00", "01", "02"]
        # Whoever searches on has as many attempts again.
        trial = oracle.create_trial("a")
        trial.status = TrialStatus.FAILED
        oracle.end_trial(trial)

    def test_a_success_or_a_skip_ends_a_run_of_failures(self, make: Make) -> None:
        statuses = ["FAILED", "FAILED", "COMPLETED", "FAILED", "FAILED", "STOPPED", "FAILED", "FAILED"]
        oracle = make(finite_space(), max_trials=8, max_consecutive_failed_trials=3)
        Runner(oracle, outcome=lambda trial, _: (statuses[int(trial.trial_id)], 1.0)).run()
        assert [trial.status for trial in oracle.trials.values()] == statuses

    def test_a_skipped_trial_keeps_its_score_and_is_never_best(self, make: Make) -> None:
        def outcome(trial: Trial, attempt: int) -> tuple[str, float]:
            return (TrialStatus.STOPPED, 100.0) if trial.trial_id == "00" else (TrialStatus.COMPLETED, 1.0)

        oracle = make(finite_space(), max_retries_per_trial=3)
        runner = Runner(oracle, outcome=outcome)
        runner.run()
        skipped = oracle.get_trial("00")
        assert (skipped.score, skipped.best_step, runner.ended["00"]) == (100.0, 3, 1)
        assert skipped not in oracle.get_best_trials(11)
        assert oracle.get_best_trials(12)[-1] is skipped

    def test_a_trial_can_be_skipped_before_its_first_epoch(self, make: Make) -> None:
        oracle = make(continuous_space())
        trial = oracle.create_trial("a")
        trial.status = TrialStatus.STOPPED
        oracle.end_trial(trial)
        assert trial.score is None
        assert len(Runner(oracle).run()) == 12


class TestGrowingSpace:
    @staticmethod
    def discovering(trial: Trial, attempt: int) -> tuple[str, float]:
        """A build function that knows more than the oracle."""
        trial.hyperparameters.Int("layers", 1, 3)
        with trial.hyperparameters.conditional_scope("layers", [3]):
            trial.hyperparameters.Boolean("skip")
        return TrialStatus.COMPLETED, quality(trial.hyperparameters.values)

    @pytest.mark.parametrize("parallel", [1, 3])
    def test_an_unknown_space_is_learnt_from_the_first_trial(self, make: Make, parallel: int) -> None:
        oracle = make(None, max_trials=100)
        proposals = Runner(oracle, outcome=self.discovering, parallel=parallel).run()
        assert proposals[0] == {"layers": 1}
        assert distinct(proposals) == len(proposals) == 4
        assert [hp.name for hp in oracle.get_space().space] == ["layers", "skip"]

    def test_found_hyperparameters_are_tuned(self, make: Make) -> None:
        space = HyperParameters()
        space.Boolean("bias")
        proposals = Runner(make(space, max_trials=100), outcome=self.discovering).run()
        assert distinct(proposals) == len(proposals) == 8
        assert {values["layers"] for values in proposals} == {1, 2, 3}

    def test_they_keep_their_default_if_they_are_not_to_be_tuned(self, make: Make) -> None:
        oracle = make(finite_space(), max_trials=100, tune_new_entries=False)
        proposals = Runner(oracle, outcome=self.discovering).run()
        assert len(proposals) == distinct(proposals) == 24
        assert {values["layers"] for values in proposals} == {1}
        assert [hp.name for hp in oracle.get_space().space] == ["units", "learning_rate"]

    def test_they_are_refused_if_that_is_asked_for(self, make: Make) -> None:
        oracle = make(finite_space(), allow_new_entries=False)
        with pytest.raises(RuntimeError, match=r"`allow_new_entries` is `False`.*'layers'"):
            Runner(oracle, outcome=self.discovering).run()

    @pytest.mark.parametrize("refusal", ["tune_new_entries", "allow_new_entries"])
    def test_a_space_must_be_given_if_nothing_is_learnt(self, make: Make, refusal: str) -> None:
        with pytest.raises(ValueError, match=refusal):
            make(None, **{refusal: False})


class TestRestore:
    @pytest.mark.parametrize("make", [*ORACLES, *PROMOTING], indirect=True)
    @pytest.mark.parametrize("space", [conditional_space, continuous_space])
    @pytest.mark.parametrize("parallel", [1, 3])
    def test_a_search_cut_off_anywhere_goes_on_as_if_nothing_had_happened(
        self, make: Make, space: Callable[[], HyperParameters], parallel: int
    ) -> None:
        def fresh() -> Oracle:
            return make(space(), max_trials=11, max_retries_per_trial=1)

        whole = Runner(fresh(), outcome=skewed, parallel=parallel)
        events = list(whole.events())
        for cut in range(len(events) + 1):
            first = Runner(fresh(), outcome=skewed, parallel=parallel)
            source = first.events()
            for _ in range(cut):
                next(source)
            stored = json.loads(json.dumps(first.oracle.own_state()))
            trials = [Trial.from_state(json.loads(json.dumps(t.get_state()))) for t in first.oracle.trials.values()]
            second = Runner(fresh(), outcome=skewed, parallel=parallel, ended=Counter(first.ended))
            second.oracle.restore(trials, stored, [trial.trial_id for _, trial in first.running])
            second.run()
            proposed = [trial.hyperparameters.values for trial in second.oracle.trials.values()]
            assert proposed == [t.hyperparameters.values for t in whole.oracle.trials.values()], f"cut after {cut}"
            assert second.ended == whole.ended
            assert [t.status for t in second.oracle.trials.values()] == [t.status for t in whole.oracle.trials.values()]

    def test_interrupted_trials_come_first_in_the_given_order_and_cost_no_retry(self, make: Make) -> None:
        first = make(finite_space(), max_retries_per_trial=1)
        for slot in "abc":
            first.create_trial(slot)
        invalid = first.create_trial("d")
        invalid.status = TrialStatus.INVALID
        first.end_trial(invalid)
        oracle = make(finite_space(), max_retries_per_trial=1)
        oracle.restore(list(first.trials.values()), first.own_state(), ["02", "00", "01"])
        handed_out = [oracle.create_trial(slot) for slot in "wxyz"]
        assert [trial.trial_id for trial in handed_out] == ["02", "00", "01", "03"]
        for trial in handed_out:
            assert trial.hyperparameters.values == first.get_trial(trial.trial_id).hyperparameters.values
        handed_out[0].status = TrialStatus.INVALID
        oracle.end_trial(handed_out[0])
        assert handed_out[0].status == TrialStatus.INVALID  # it still has its retry
        assert handed_out[0].metrics.metrics == {}

    def test_a_long_search_cut_off_late_goes_on_as_if_nothing_had_happened(self, make: Make) -> None:
        """Long enough that drawing all of it again would take more draws than a search makes."""

        def fresh() -> Oracle:
            space = finite_space()
            space.Boolean("bias")
            return make(space, max_trials=40)

        whole = Runner(fresh()).run()
        first = Runner(fresh())
        events = first.events()
        for _ in range(60):
            next(events)
        second = Runner(fresh())
        second.oracle.restore(list(first.oracle.trials.values()), first.oracle.own_state(), [])
        assert second.run() == whole

    def test_the_order_of_retries_survives(self, make: Make) -> None:
        first = make(continuous_space(), max_retries_per_trial=2)
        running = [first.create_trial(slot) for slot in "abc"]
        for trial in (running[1], running[0], running[2]):
            trial.status = TrialStatus.INVALID
            first.end_trial(trial)
        second = make(continuous_space(), max_retries_per_trial=2)
        second.restore(list(first.trials.values()), json.loads(json.dumps(first.own_state())), [])
        assert [second.create_trial(slot).trial_id for slot in "abc"] == ["02", "00", "01"]

    @pytest.mark.parametrize(("ends", "left"), [("102", 2), ("120", 3), ("012", 1)])
    def test_the_run_of_failures_survives(self, make: Make, ends: str, left: int) -> None:
        """Trial 0 is skipped, the other two fail, in any order; three failures in a row are the limit."""

        def fail(oracle: Oracle, trial: Trial, status: str = TrialStatus.FAILED) -> None:
            trial.status = status
            oracle.end_trial(trial)

        first = make(continuous_space(), max_consecutive_failed_trials=3)
        running = [first.create_trial(slot) for slot in "abc"]
        for number in map(int, ends):
            fail(first, running[number], TrialStatus.FAILED if number else TrialStatus.STOPPED)
        second = make(continuous_space(), max_consecutive_failed_trials=3)
        second.restore(list(first.trials.values()), json.loads(json.dumps(first.own_state())), [])
        for _ in range(left - 1):
            fail(second, second.create_trial("a"))
        with pytest.raises(RuntimeError, match="consecutive failures"):
            fail(second, second.create_trial("a"))

    def test_its_state_does_not_grow_with_the_trials(self, make: Make) -> None:
        oracle = make(continuous_space(), max_trials=1000)
        runner = Runner(oracle)
        sizes = [len(json.dumps(oracle.own_state())) for _, _ in zip(range(60), runner.events(), strict=False)]
        assert max(sizes[30:]) <= max(sizes[:30]) + 8

    def test_an_empty_state_still_brings_back_what_the_trials_tell(self, make: Make) -> None:
        first = Runner(make(finite_space(), max_trials=20))
        first.run()
        oracle = make(finite_space(), max_trials=100)
        oracle.restore(list(first.oracle.trials.values()), {}, [])
        proposals = Runner(oracle).run()
        assert len(proposals) == distinct(proposals) == 24

    @pytest.mark.parametrize("make", [*ORACLES, *PROMOTING], indirect=True)
    def test_kerastuner_files_bring_back_the_search(self, make: Make, tmp_path: Path) -> None:
        def fresh() -> Oracle:
            oracle = make(continuous_space(), max_trials=12, max_retries_per_trial=1)
            oracle.set_project_dir(tmp_path, "search")
            return oracle

        whole = Runner(fresh(), outcome=skewed).run()
        first = Runner(fresh(), outcome=skewed)
        events = first.events()
        for _ in range(13):
            next(events)
        assert first.running
        first.oracle.save()
        second = Runner(fresh(), outcome=skewed, ended=Counter(first.ended))
        second.oracle.reload()
        assert second.run() == whole

    def test_cut_off_and_missing_files_are_named_and_the_rest_is_used(self, make: Make, tmp_path: Path) -> None:
        first = make(finite_space(), max_trials=10)
        first.set_project_dir(tmp_path, "search")
        Runner(first).run()
        first.save()
        (tmp_path / "search" / "trial_03" / "trial.json").write_text('{"trial_id": "0')
        (tmp_path / "search" / "oracle.json").write_text("")
        oracle = make(finite_space(), max_trials=10)
        oracle.set_project_dir(tmp_path, "search")
        with pytest.warns(UserWarning, match=r"trial_03.*oracle\.json"):
            oracle.reload()
        assert [path.parent.name for path in oracle.unreadable_files] == ["trial_03", "search"]
        assert list(oracle.trials) == ["00", "01", "02", "04", "05", "06", "07", "08", "09"]
        assert oracle.get_best_trials(1)[0].score == max(
            trial.score or 0 for trial in first.trials.values() if trial.trial_id != "03"
        )
