"""A trial that hangs is found, and one that waits for its worker, or is held, is not taken for one."""

from __future__ import annotations

import pytest

from tui_tuner.engine.watchdog import Watchdog


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def watchdog(clock: Clock) -> Watchdog:
    watchdog = Watchdog(10.0, clock)
    watchdog.worker_is_ready("worker-0", True)
    watchdog.sign_of("0", "worker-0")
    return watchdog


def later(clock: Clock, seconds: float, watchdog: Watchdog, *, held: bool = False) -> list[str]:
    clock.now += seconds
    return watchdog.hanging(["0"], held=held)


def test_a_trial_without_a_sign_hangs_and_is_named_once(clock: Clock, watchdog: Watchdog) -> None:
    assert later(clock, 9, watchdog) == []
    assert later(clock, 2, watchdog) == ["0"]
    assert later(clock, 2, watchdog) == []


def test_a_sign_gives_it_the_whole_time_again(clock: Clock, watchdog: Watchdog) -> None:
    clock.now += 9
    watchdog.sign_of("0")
    assert later(clock, 9, watchdog) == []
    assert later(clock, 2, watchdog) == ["0"]


def test_a_trial_that_is_held_owes_no_sign(clock: Clock, watchdog: Watchdog) -> None:
    assert later(clock, 60, watchdog, held=True) == []
    assert later(clock, 9, watchdog) == []
    assert later(clock, 2, watchdog) == ["0"]


def test_a_trial_whose_worker_starts_does_not_hang(clock: Clock, watchdog: Watchdog) -> None:
    watchdog.worker_is_ready("worker-0", False)
    watchdog.sign_of("0", "worker-0")
    assert later(clock, 60, watchdog) == []
    watchdog.worker_is_ready("worker-0", True)
    watchdog.sign_of("0", "worker-0")
    assert later(clock, 9, watchdog) == []
    assert later(clock, 2, watchdog) == ["0"]


def test_a_worker_that_never_gets_ready_is_found_in_the_end(clock: Clock, watchdog: Watchdog) -> None:
    watchdog.sign_of("0", "worker-1")
    assert later(clock, 300, watchdog) == []
    assert later(clock, 12, watchdog) == ["0"]


def test_without_a_limit_nothing_hangs(clock: Clock) -> None:
    watchdog = Watchdog(None, clock)
    watchdog.sign_of("0", "worker-0")
    assert later(clock, 1e9, watchdog) == []
