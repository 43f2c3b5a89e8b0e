"""What the tests of whole processes share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.simulated import SimulatedSearch
from support.watching import Watched


@pytest.fixture
def search(tmp_path: Path) -> Iterator[SimulatedSearch]:
    """A search in an empty folder; whatever still runs of it at the end is ended."""
    search = SimulatedSearch(tmp_path)
    yield search
    Watched(search.root).end()


@pytest.fixture
def watched(search: SimulatedSearch) -> Watched:
    """The directory of `search`."""
    return Watched(search.root)
