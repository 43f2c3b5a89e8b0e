"""How long the rest takes on some workers."""

from __future__ import annotations

import random

import pytest

from tui_tuner.analysis.remaining import AtWork, remaining_s


def simulated(left: list[float], waiting: int, workers: int, each: float) -> float:
    """The slow way: whoever is free first takes the next."""
    free = sorted([*left, *[0.0] * (workers - len(left))])
    ends = list(left)
    for _ in range(waiting):
        free[0] += each
        ends.append(free[0])
        free.sort()
    return max(ends, default=0.0)


def test_it_is_what_a_simulation_says() -> None:
    draw = random.Random(0)
    for _ in range(300):
        workers = draw.randrange(1, 9)
        running = [AtWork(draw.uniform(0, 10)) for _ in range(draw.randrange(workers + 1))]
        waiting = draw.randrange(60)
        left = [10.0 - trial.spent_s for trial in running]
        assert remaining_s([10.0], running, waiting, workers) == pytest.approx(simulated(left, waiting, workers, 10.0))


def test_ten_thousand_trials_are_no_work() -> None:
    assert remaining_s([10.0], [], 10_000_000, 4) == pytest.approx(25_000_000)


def test_a_trial_that_has_outlived_others_takes_as_long_as_those_that_did_too() -> None:
    durations = [1.0, 1.0, 1.0, 10.0, 20.0]  # most are pruned at once
    assert remaining_s(durations, [AtWork(0.0)], 0, 1) == pytest.approx(33 / 5)
    assert remaining_s(durations, [AtWork(2.0)], 0, 1) == pytest.approx(13)
    assert remaining_s(durations, [AtWork(12.0)], 0, 1) == pytest.approx(8)


def test_the_slowest_of_all_goes_on_at_its_own_speed() -> None:
    assert remaining_s([5.0], [AtWork(30.0, 10.0)], 0, 1) == pytest.approx(10)
    assert remaining_s([5.0], [AtWork(30.0, None)], 0, 1) == 0.0
    assert remaining_s([5.0], [AtWork(30.0, -10.0)], 0, 1) == 0.0


def test_workers_that_are_too_many_take_nothing_more() -> None:
    running = [AtWork(0.0), AtWork(4.0), AtWork(8.0)]
    # The one worker that stays is the one that is free last.
    assert remaining_s([10.0], running, 1, 1) == pytest.approx(20)
    assert remaining_s([10.0], running, 0, 1) == pytest.approx(10)
    assert remaining_s([10.0], [], 3, 0) == pytest.approx(30)
