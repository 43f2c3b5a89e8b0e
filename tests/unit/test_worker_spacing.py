"""Saves are so far apart that they take no more than 2 % of the time."""

from __future__ import annotations

import itertools
import random

import pytest

from tui_tuner.worker.spacing import COST_SHARE, Spacing


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def train(clock: Clock, spacing: Spacing, epoch_s: float, save_s: list[float], epochs: int) -> list[float]:
    """Train and save when it is due; returns when each save began, since the start."""
    began = clock.now
    saves: list[float] = []
    for _ in range(epochs):
        clock.now += epoch_s
        if spacing.is_due:
            saves.append(clock.now - began)
            with spacing.saving():
                clock.now += save_s[(len(saves) - 1) % len(save_s)]
    return saves


def test_at_most_one_save_in_so_many_seconds() -> None:
    clock = Clock()
    saves = train(clock, Spacing(10.0, clock=clock), epoch_s=1.0, save_s=[0.01], epochs=100)
    assert saves[:3] == pytest.approx([10.0, 20.01, 30.02])


def test_after_every_epoch_where_that_costs_next_to_nothing() -> None:
    clock = Clock()
    assert len(train(clock, Spacing(0.0, clock=clock), epoch_s=1.0, save_s=[0.01], epochs=100)) == 100


def test_no_limit_to_the_cost_means_after_every_epoch() -> None:
    clock = Clock()
    assert len(train(clock, Spacing(0.0, share=None, clock=clock), epoch_s=1.0, save_s=[5.0], epochs=20)) == 20


def test_the_next_save_waits_fifty_times_the_last_one() -> None:
    clock = Clock()
    clock.now += 1.0
    spacing = Spacing(1.0, clock=clock)
    clock.now += 10_000.0  # in which nothing was saved: there is no lack of time
    saves = train(clock, spacing, epoch_s=1.0, save_s=[0.5, 2.0], epochs=300)
    gaps = [later - earlier for earlier, later in itertools.pairwise(saves)]
    assert gaps[:4] == pytest.approx([25.5, 102.0, 25.5, 102.0])


def test_a_save_that_came_too_early_is_made_up_for() -> None:
    clock = Clock()
    saves = train(clock, Spacing(1.0, clock=clock), epoch_s=1.0, save_s=[0.5], epochs=300)
    assert saves[:3] == pytest.approx([1.0, 50.5, 76.0])


def test_the_first_save_waits_for_what_it_will_take() -> None:
    clock = Clock()
    spacing = Spacing(1.0, clock=clock)
    spacing.expect(0.4)
    assert train(clock, spacing, epoch_s=1.0, save_s=[0.4], epochs=25)[0] == 20.0


def test_a_first_epoch_that_is_long_is_saved() -> None:
    clock = Clock()
    spacing = Spacing(10.0, clock=clock)
    clock.now += 3600.0
    spacing.expect(0.4)
    assert spacing.is_due


def test_once_there_is_a_measure_nothing_else_is_expected() -> None:
    clock = Clock()
    spacing = Spacing(0.0, clock=clock)
    with spacing.saving():
        clock.now += 0.01
    spacing.expect(100.0)
    clock.now += 1.0
    assert spacing.is_due


def test_a_save_that_fails_counts_as_well() -> None:
    clock = Clock()
    spacing = Spacing(0.0, clock=clock)

    def fail() -> None:
        with spacing.saving():
            clock.now += 1.0
            raise OSError

    with pytest.raises(OSError):
        fail()
    clock.now += 98.0
    assert not spacing.is_due
    clock.now += 1.0
    assert spacing.is_due


@pytest.mark.parametrize("seed", range(20))
def test_the_cost_is_bounded(seed: int) -> None:
    randomly = random.Random(seed)
    clock = Clock()
    save_s = randomly.uniform(0.001, 3.0)
    spacing = Spacing(randomly.choice([0.0, 1.0, 10.0]), clock=clock)
    spacing.expect(save_s)
    began = clock.now
    epochs = randomly.randrange(10, 2000)
    saves = train(clock, spacing, epoch_s=randomly.uniform(0.01, 20.0), save_s=[save_s], epochs=epochs)
    assert len(saves) * save_s <= COST_SHARE * (clock.now - began)
