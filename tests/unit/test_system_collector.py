"""The garbage collector during a start."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from tui_tuner.system.collector import hold_collector, release_collector


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    yield
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
