"""The engine killed at any instant, by the clock; `tests/benchmarks/fault_runs.py` does that many times."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.engine_server import EngineServer
from support.killing import KINDS, Tally, run_and_kill, uninterrupted


@pytest.fixture(scope="module")
def server() -> Iterator[EngineServer]:
    with EngineServer() as server:
        yield server


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_nothing_that_was_acknowledged_is_lost_when_the_engine_is_killed_at_any_moment(
    kind: str, server: EngineServer, tmp_path: Path
) -> None:
    expected = uninterrupted(server, kind, tmp_path / "undisturbed")
    tally = Tally()
    for seed in (1, 2):
        run_and_kill(server, kind, seed, tmp_path / f"run-{seed}", expected, tally)
    assert tally.wrong == []
    assert (tally.lost, tally.doubled) == (0, 0)
    assert tally.events > 0
