"""The garbage collector during a start."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from tui_tuner.system import collector
from tui_tuner.system.collector import hold_collector, release_collector


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    callbacks = list(gc.callbacks)
    yield
    gc.callbacks[:] = callbacks
    gc.unfreeze()
    gc.enable()


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


def test_what_long_collections_find_alive_is_left_alone_a_few_times(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collector, "_LONG_S", 0.0)
    hold_collector()
    release_collector()
    loaded: list[list[list[int]]] = []
    frozen = []
    for _ in range(collector._MOST_FREEZES + 2):
        loaded.append([[] for _ in range(1000)])
        before = gc.get_freeze_count()
        gc.collect(1)
        assert gc.get_freeze_count() == before
        gc.collect()
        frozen.append(gc.get_freeze_count() - before > 1000)
    assert frozen == [True] * collector._MOST_FREEZES + [False] * 2


def test_short_collections_leave_everything_to_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collector, "_LONG_S", 60.0)
    hold_collector()
    release_collector()
    before = gc.get_freeze_count()
    gc.collect()
    assert gc.get_freeze_count() <= before
