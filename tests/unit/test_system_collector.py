"""The garbage collector during a start."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from tui_tuner.system.collector import Freezing, hold_collector, release_collector


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    callbacks = list(gc.callbacks)
    gc.callbacks.clear()
    yield
    gc.callbacks[:] = callbacks
    gc.unfreeze()
    gc.enable()


def how_many_are_frozen(objects: list[list[int]]) -> int:
    """Asks for these, because the count of all shrinks when some that nothing refers to any more are freed."""
    looked_at = set(map(id, gc.get_objects()))
    return sum(id(each) not in looked_at for each in objects)


def test_held_and_released() -> None:
    hold_collector()
    assert not gc.isenabled()
    before = gc.get_freeze_count()
    release_collector()
    assert gc.isenabled()
    assert gc.get_freeze_count() > before


def test_a_collector_that_was_not_held_is_left_alone() -> None:
    before = gc.get_freeze_count()
    release_collector()
    assert gc.isenabled()
    assert gc.get_freeze_count() == before


def test_what_long_collections_find_alive_is_left_alone_a_few_times() -> None:
    gc.disable()
    gc.callbacks.append(Freezing(most=2, long_s=0.0))
    loaded: list[list[list[int]]] = []
    frozen = []
    for _ in range(4):
        loaded.append([[] for _ in range(1000)])
        gc.collect(1)
        assert how_many_are_frozen(loaded[-1]) == 0
        gc.collect()
        frozen.append(how_many_are_frozen(loaded[-1]) == 1000)
    assert frozen == [True, True, False, False]


def test_short_collections_leave_everything_to_the_next() -> None:
    gc.callbacks.append(Freezing(long_s=60.0))
    before = gc.get_freeze_count()
    gc.collect()
    assert gc.get_freeze_count() <= before
