"""The engine killed at any instant, by the clock; `tests/benchmarks/fault_runs.py` does that many times."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.engine_server import EngineServer
from support.killing import KINDS, Tally, run_and_kill, simulated, uninterrupted
from support.watching import Watched


@pytest.fixture(scope="module")
def server() -> Iterator[EngineServer]:
    with EngineServer() as server:
        yield server


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_nothing_that_was_acknowledged_is_lost_when_the_engine_is_killed_at_any_moment(
    kind: str, server: EngineServer, tmp_path: Path
) -> None:
    expected = uninterrupted(server.start, simulated(kind, tmp_path / "undisturbed"))
    tally = Tally()
    for seed in (1, 2):
        run_and_kill(server.start, simulated(kind, tmp_path / f"run-{seed}"), seed, expected, tally)
    assert tally.wrong == []
    assert (tally.lost, tally.doubled) == (0, 0)
    assert tally.events > 0


def test_nothing_is_lost_without_a_write_ahead_log_either(tmp_path: Path) -> None:
    """As on NFS, whose machines share no memory."""
    mounts = tmp_path / "mounts"
    mounts.write_text("server:/ / nfs4 rw 0 0\n")
    tally = Tally()
    with EngineServer(mounts) as server:
        expected = uninterrupted(server.start, simulated("random", tmp_path / "undisturbed"))
        for seed in (3, 4):
            run_and_kill(server.start, simulated("random", tmp_path / f"run-{seed}"), seed, expected, tally)
    assert tally.wrong == []
    assert (tally.lost, tally.doubled) == (0, 0)
    assert tally.events > 0
    databases = list(tmp_path.rglob("search.db"))
    assert len(databases) == 3
    for database in databases:
        assert Watched(database.parent).query("PRAGMA journal_mode") == [("delete",)]
