"""The book that an executor keeps of its places."""

from __future__ import annotations

import random
from typing import cast

import pytest

from tui_tuner.executors.places import Place, Places
from tui_tuner.executors.worker_process import WorkerProcess
from tui_tuner.executors.workers import WorkerSlot
from tui_tuner.worker.device import GpuShare
from tui_tuner.worker.jobs import PrepareJob, TrialJob


class StandIn:
    """Takes the part of a process that was started by a plan."""

    def __init__(self, slot: WorkerSlot) -> None:
        self.slot = slot


def slots(count: int, share: GpuShare | None = None) -> list[WorkerSlot]:
    return [WorkerSlot(f"worker-{number}", "CPU", {}, share) for number in range(count)]


def start(places: Places, place: Place, *, ready: bool = False) -> None:
    place.process, place.ready = cast("WorkerProcess", StandIn(place.slot)), ready
    places.changed(place)


def job(number: int) -> TrialJob:
    return TrialJob(f"t{number}", number, 0, {})


def test_the_readiest_free_place_is_next_and_the_first_among_equals() -> None:
    places = Places(slots(3))
    cold, starting, ready = places
    start(places, starting)
    start(places, ready, ready=True)
    order = []
    while (place := places.next_free()) is not None:
        places.assign(place, job(place.number))
        order.append(place)
    assert order == [ready, starting, cold]


def test_a_trial_is_found_until_its_place_is_cleared() -> None:
    places = Places(slots(2))
    first, second = places
    places.assign(first, job(7))
    places.assign(second, PrepareJob())
    assert places.of_trial("t7") is first
    places.clear(first)
    places.clear(first)
    assert places.of_trial("t7") is None
    assert places.next_free() is first


def test_what_is_given_up_lowers_the_capacity_once_until_a_resize() -> None:
    places = Places(slots(2))
    first, second = places
    places.give_up(first)
    places.give_up(first)
    assert places.capacity == 1
    assert places.next_free() is second
    places.resize(slots(2))
    assert (places.capacity, first.given_up) == (2, False)


def test_while_there_are_too_many_jobs_no_place_is_free() -> None:
    places = Places(slots(3))
    first, _, third = places
    for place in places:
        places.assign(place, job(place.number))
    places.resize(slots(1))
    assert (len(places), places.capacity, places.surplus[-1]) == (1, 1, third)
    places.clear(first)
    assert places.next_free() is None
    for place in places.surplus:
        places.clear(place)
    assert places.next_free() is first
    assert not places.is_wanted(third)


def test_a_process_with_another_share_of_its_gpu_is_outdated() -> None:
    places = Places(slots(1))
    (place,) = places
    assert not place.is_outdated
    start(places, place)
    places.resize(slots(1))
    assert not place.is_outdated
    places.resize(slots(1, GpuShare(100, 0.5)))
    assert place.is_outdated


@pytest.mark.parametrize("seed", range(20))
def test_a_free_place_is_always_found_and_never_a_readier_one_passed_over(seed: int) -> None:
    draw = random.Random(seed)
    places = Places(slots(5))
    busy: list[Place] = []
    for step in range(400):
        everywhere = [*places, *places.surplus]
        place = draw.choice(everywhere)
        match draw.randrange(7):
            case 0 if place.process is None:
                start(places, place)
            case 1 if place.process is not None:
                place.ready = True
                places.changed(place)
            case 2 if place.job is None:
                place.detach()
                places.changed(place)
            case 3 if busy:
                places.clear(busy.pop(draw.randrange(len(busy))))
            case 4 if draw.random() < 0.2:
                places.resize(slots(draw.randint(1, 8)))
            case 5 if draw.random() < 0.1 and place.job is None:
                places.give_up(place)
            case _:
                free = [each for each in places if each.is_free]
                found = places.next_free()
                if len(busy) >= places.capacity:
                    assert found is None
                    continue
                assert found is min(free, key=lambda each: (each.readiness, each.number))
                places.assign(found, job(step))
                busy.append(found)
        assert places.capacity == sum(not each.given_up for each in places)
