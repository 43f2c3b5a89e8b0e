"""Each pruner's own rule, and what it says of it."""

from __future__ import annotations

import math
import random
import statistics
from collections.abc import Sequence

import pytest

from tui_tuner.oracles.pruners import FinishedEpoch, Pruner
from tui_tuner.oracles.pruners.median import MedianPruner
from tui_tuner.oracles.pruners.patience import PatiencePruner
from tui_tuner.oracles.pruners.pruner import told
from tui_tuner.oracles.pruners.standings import Standing
from tui_tuner.oracles.pruners.successive_halving import SuccessiveHalvingPruner, ordinal
from tui_tuner.oracles.pruners.threshold import ThresholdPruner


def reasons(pruner: Pruner, trial_id: str, values: Sequence[float | None], start: int = 0) -> list[str | None]:
    """What is said after each epoch of a training."""
    answers = []
    for epoch, value in enumerate(values, start):
        finished = FinishedEpoch(trial_id, 0, epoch, value)
        pruner.take(finished)
        answers.append(pruner.reason(finished))
    return answers


class TestMedian:
    def test_it_says_what_the_trial_had_and_what_the_others_had(self) -> None:
        pruner = MedianPruner("min", min_trials=9, warmup_epochs=5)
        for number in range(9):
            reasons(pruner, str(number), [0.337 + number / 100] * 6)
        assert reasons(pruner, "worse", [0.5, 0.412, 0.45, 0.6, 0.7, 0.8]) == [
            *[None] * 5,
            "epoch 6: 0.412 worse than the median 0.377 of 9",
        ]

    def test_the_median_of_an_even_number_lies_in_between(self) -> None:
        pruner = MedianPruner("max", min_trials=2, warmup_epochs=0)
        for number, value in enumerate((0.2, 0.9, 0.6, 0.7)):
            reasons(pruner, str(number), [value])
        assert reasons(pruner, "just as good", [0.65]) == [None]
        pruner.forget("just as good")
        assert reasons(pruner, "worse", [0.64]) == ["epoch 1: 0.64 worse than the median 0.65 of 4"]

    def test_it_waits_for_enough_others(self) -> None:
        pruner = MedianPruner("min", min_trials=3, warmup_epochs=0)
        reasons(pruner, "0", [0.1] * 3)
        reasons(pruner, "1", [0.1] * 3)
        reasons(pruner, "2", [0.1] * 1)
        answers = reasons(pruner, "bad", [0.9] * 3)
        assert [answer is not None for answer in answers] == [True, False, False]

    def test_it_looks_only_now_and_then_if_told_so(self) -> None:
        pruner = MedianPruner("min", min_trials=1, warmup_epochs=2, interval=3)
        reasons(pruner, "0", [0.1] * 10)
        answers = reasons(pruner, "bad", [0.9] * 10)
        assert [epoch for epoch, answer in enumerate(answers) if answer] == [2, 5, 8]

    def test_a_trial_that_is_past_its_best_is_not_punished(self) -> None:
        pruner = MedianPruner("min", min_trials=1, warmup_epochs=0)
        reasons(pruner, "0", [0.5, 0.4, 0.3])
        assert reasons(pruner, "quick", [0.29, 0.8, math.nan]) == [None] * 3

    def test_a_trial_that_never_had_a_number_is_told_so(self) -> None:
        pruner = MedianPruner("max", min_trials=1, warmup_epochs=0)
        reasons(pruner, "0", [0.5])
        assert reasons(pruner, "odd", [math.nan]) == ["epoch 1: no number yet, worse than the median 0.5 of 1"]


class TestSuccessiveHalving:
    def test_rungs_lie_ever_further_apart(self) -> None:
        pruner = SuccessiveHalvingPruner("min", reduction_factor=2, min_epochs=3)
        reasons(pruner, "0", [0.1] * 30)
        answers = reasons(pruner, "bad", [0.9] * 30)
        assert [epoch + 1 for epoch, answer in enumerate(answers) if answer] == [3, 6, 12, 24]

    def test_one_in_so_many_passes(self) -> None:
        pruner = SuccessiveHalvingPruner("max", reduction_factor=3, min_epochs=1)
        answers = [reasons(pruner, str(number), [number / 10])[0] for number in (3, 1, 2, 4, 5, 0, 4.5)]
        assert answers == [
            None,
            None,
            "epoch 1: 0.2 worse than the best 0.3 of 3",
            None,
            None,
            "epoch 1: 0 worse than the 2nd best 0.4 of 6",
            None,
        ]

    def test_a_rung_without_a_value_is_taken_at_the_next_epoch_that_has_one(self) -> None:
        pruner = SuccessiveHalvingPruner("min", reduction_factor=2, min_epochs=3)
        reasons(pruner, "0", [None, 0.1, None, 0.1, None, 0.1])
        answers = reasons(pruner, "bad", [None, 0.9, None, 0.9, None, 0.9])
        assert [epoch + 1 for epoch, answer in enumerate(answers) if answer] == [4, 6]

    def test_a_training_that_begins_late_comes_to_the_rung_that_it_is_on(self) -> None:
        """As a trial of Hyperband that continues another one."""
        pruner = SuccessiveHalvingPruner("min", reduction_factor=3, min_epochs=1)
        for number in range(2):
            reasons(pruner, str(number), [0.5, 0.4, 0.3])
        assert reasons(pruner, "late", [0.9, 0.9, 0.2], start=3) == [
            "epoch 4: 0.9 worse than the best 0.3 of 3",
            None,
            None,
        ]
        assert reasons(pruner, "early", [0.6]) == ["epoch 1: 0.6 worse than the best 0.5 of 3"]

    @pytest.mark.parametrize(
        ("number", "text"),
        [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (12, "12th"), (21, "21st"), (113, "113th")],
    )
    def test_places_read_well(self, number: int, text: str) -> None:
        assert ordinal(number) == text


class TestPatience:
    def test_it_stops_a_trial_that_stands_still(self) -> None:
        pruner = PatiencePruner("min", patience=3)
        reasons(pruner, "leads", [0.377])
        assert reasons(pruner, "stands", [0.6, 0.5, 0.5, 0.55, 0.5]) == [
            *[None] * 4,
            "epoch 5: 0.5 not improved since epoch 2, the best has 0.377",
        ]

    def test_a_small_improvement_is_none(self) -> None:
        pruner = PatiencePruner("max", patience=2, min_delta=0.1)
        reasons(pruner, "leads", [0.9])
        answers = reasons(pruner, "creeps", [0.1, 0.15, 0.21, 0.25, 0.3])
        assert answers == [None] * 4 + ["epoch 5: 0.3 not improved since epoch 3, the best has 0.9"]

    def test_the_best_trial_is_spared_until_another_one_is_better(self) -> None:
        pruner = PatiencePruner("min", patience=1)
        assert reasons(pruner, "leads", [0.3, 0.3, 0.3]) == [None] * 3
        reasons(pruner, "better", [0.2])
        assert reasons(pruner, "leads", [0.3], start=3) == ["epoch 4: 0.3 not improved since epoch 1, the best has 0.2"]

    def test_one_that_was_stopped_cannot_be_the_best(self) -> None:
        """Else a search could end without any trial that was completed."""
        pruner = PatiencePruner("min", patience=1)
        reasons(pruner, "best", [0.1])
        pruner.end("best", completed=False)
        assert reasons(pruner, "second", [0.2, 0.2, 0.2]) == [None] * 3
        pruner.end("second", completed=True)
        assert reasons(pruner, "third", [0.25, 0.25])[1] is not None

    @pytest.mark.parametrize("seed", range(20))
    def test_the_best_trial_of_a_search_is_completed(self, seed: int) -> None:
        rng = random.Random(seed)
        pruner = PatiencePruner("min", patience=2)
        best, completed = {}, {}
        for number in range(10):
            trial_id = str(number)
            values = [rng.uniform(0, 1) for _ in range(8)]
            seen = []
            for epoch, value in enumerate(values):
                seen.append(value)
                finished = FinishedEpoch(trial_id, 0, epoch, value)
                pruner.take(finished)
                if epoch < 7 and pruner.reason(finished) is not None:
                    break
            completed[trial_id] = len(seen) == 8
            best[trial_id] = min(seen)
            pruner.end(trial_id, completed=completed[trial_id])
        assert completed[min(best, key=best.__getitem__)]
        assert not all(completed.values())


class TestThreshold:
    def test_it_stops_what_leaves_the_bounds(self) -> None:
        pruner = ThresholdPruner("min", upper=10, lower=0.5)
        assert reasons(pruner, "0", [10, 0.5, 12.5, 0.25]) == [
            None,
            None,
            "epoch 3: 12.5 above the upper bound 10",
            "epoch 4: 0.25 below the lower bound 0.5",
        ]

    def test_what_is_no_number_is_stopped_at_once(self) -> None:
        pruner = ThresholdPruner("max", upper=1, warmup_epochs=3)
        assert reasons(pruner, "0", [5, math.nan, -math.inf, 5]) == [
            None,
            "epoch 2: NaN",
            "epoch 3: infinite",
            "epoch 4: 5 above the upper bound 1",
        ]

    def test_without_bounds_only_that_is_stopped(self) -> None:
        assert reasons(ThresholdPruner("max"), "0", [1e300, -1e300, 0, math.nan])[:3] == [None] * 3


class TestStanding:
    @pytest.mark.parametrize("seed", range(10))
    def test_it_keeps_order_however_it_is_filled(self, seed: int) -> None:
        rng = random.Random(seed)
        standing = Standing()
        kept: list[float] = []
        for _ in range(300):
            if kept and rng.random() < 0.3:
                gone = rng.choice(kept)
                kept.remove(gone)
                standing.remove(gone)
            else:
                for _ in range(rng.choice([1, 1, 20])):
                    kept.append(rng.choice([rng.random(), 0.5, math.inf]))
                    standing.add(kept[-1])
            assert len(standing) == len(kept)
            if len(kept) > 1 and rng.random() < 0.5:
                left_out = rng.choice(kept)
                others = sorted(kept)
                others.remove(left_out)
                assert standing.median_without(left_out) == pytest.approx(statistics.median(others))
                assert [standing.best(rank) for rank in range(len(kept))] == sorted(kept)


@pytest.mark.parametrize(
    ("value", "other", "texts"),
    [
        (0.412, 0.377, ("0.412", "0.377")),
        (0.98123, 0.98091, ("0.9812", "0.9809")),
        (0.1 + 0.2, 0.3, ("0.30000000000000004", "0.29999999999999999")),
        (123456.0, 123457.0, ("123456", "123457")),
        (math.inf, 0.5, ("no number yet,", "0.5")),
        (0.5, 0.5, ("0.5", "0.5")),
    ],
)
def test_two_numbers_are_told_apart(value: float, other: float, texts: tuple[str, str]) -> None:
    assert told(value, other) == texts
