"""When a search is blocked, what it says, and when it goes on; `tests/e2e/test_faults_disk.py` has real disks."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tui_tuner.engine.ballast import BALLAST_BYTES, Ballast
from tui_tuner.engine.blockage import Blockage
from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.engine.loop import SearchLoop
from tui_tuner.engine.reader import SearchReader
from tui_tuner.engine.spec import SearchSpec
from tui_tuner.engine.view import Objective, SearchState


class Usage(NamedTuple):
    total: int
    used: int
    free: int


class Bench:
    """A loop that has not begun, its blockage on a clock of our own, and a disk whose free space we tell."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.directory = SearchDirectory(root)
        spec = SearchSpec(self.directory, "bench", "random", Objective("val_loss", "min"), max_trials=3)
        self.loop = SearchLoop(spec, lambda: pytest.fail("not begun"), lambda: pytest.fail("not begun"))
        self.work = self.loop._work
        self.work.steering.preparing = False
        self.now = 0.0
        self.free = 10 * BALLAST_BYTES
        self.said: list[str] = []
        self.blockage = Blockage(self.work, self.said.append, lambda: self.now)
        self.reader = SearchReader(root)
        monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(self.free, 0, self.free))

    def look(self, seconds_later: float = 1.0) -> SearchState:
        self.now += seconds_later
        self.blockage.look()
        return self.state

    @property
    def state(self) -> SearchState:
        return self.reader.poll().state

    @property
    def detail(self) -> str:
        return self.reader.poll().detail


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    bench = Bench(tmp_path / "search", monkeypatch)
    yield bench
    bench.reader.close()
    bench.loop._finish(SearchState.STOPPED, "")


def test_a_search_that_can_be_written_goes_on_and_keeps_room(bench: Bench) -> None:
    bench.blockage.begin()
    assert bench.directory.ballast.stat().st_size == BALLAST_BYTES
    assert bench.look() is SearchState.STARTING  # as it was
    bench.blockage.end()
    assert not bench.directory.ballast.exists()


def test_a_trial_without_room_blocks_until_there_is_more_than_there_was(bench: Bench) -> None:
    bench.blockage.begin()
    bench.work.shortage = "no room on the disk (OSError: ...)"
    assert bench.look() is SearchState.BLOCKED
    assert bench.detail == "no room on the disk (OSError: ...); goes on when there is more room"
    assert bench.look() is SearchState.BLOCKED
    bench.free += BALLAST_BYTES // 2
    assert bench.look() is SearchState.BLOCKED
    bench.free += BALLAST_BYTES
    assert bench.look() is SearchState.RUNNING
    assert bench.work.shortage == ""
    assert bench.look() is SearchState.RUNNING


def test_it_may_have_been_another_disk_so_a_try_is_given_after_a_while(bench: Bench) -> None:
    bench.work.shortage = "no room on the disk (OSError: ...)"
    assert bench.look() is SearchState.BLOCKED
    assert bench.look(200) is SearchState.BLOCKED
    assert bench.look(200) is SearchState.RUNNING


def refuse(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    def hold(_: Ballast) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(Ballast, "hold", hold)


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.ENOSPC, "disk full: 10.0 MiB are free in {root}; goes on when there is room"),
        (errno.EDQUOT, "disk quota used up: 10.0 MiB are free in {root}; goes on when there is room"),
        (errno.EIO, "{root} cannot be written ([Errno 5] Input/output error); goes on when it can"),
        (errno.EROFS, "{root} cannot be written ([Errno 30] Read-only file system); goes on when it can"),
    ],
)
def test_what_is_wrong_is_said_and_when_it_goes_on(
    number: int, said: str, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        refuse(patched, number)
        bench.blockage.begin()
        assert (bench.state, bench.detail) == (SearchState.BLOCKED, said.format(root=bench.directory.root))
        assert bench.look() is SearchState.BLOCKED
    assert bench.look() is SearchState.RUNNING
    assert bench.said == [said.format(root=bench.directory.root), "the search goes on"]


def test_another_program_that_holds_the_file_locked_is_waited_for(bench: Bench) -> None:
    bench.work.store._connection.execute("PRAGMA busy_timeout = 10")
    other = sqlite3.connect(bench.directory.database, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with bench.work.store.transaction():
        bench.work.store.set_meta(name="kept")
    bench.look()
    assert bench.work.steering.state is SearchState.BLOCKED
    assert bench.work.steering.blocked == (
        f"another program holds {bench.directory.database} locked; goes on when it lets go"
    )
    assert bench.look() is SearchState.STARTING  # nobody can be told as long as it is locked
    other.execute("ROLLBACK")
    other.close()
    assert bench.look() is SearchState.RUNNING
    assert bench.reader.poll().name == "kept"


def test_a_directory_that_is_gone_ends_the_search(bench: Bench) -> None:
    moved = bench.directory.root.with_name("moved")
    bench.directory.root.rename(moved)
    bench.look()
    assert bench.work.failure == f"{bench.directory.root} was deleted or moved while the search ran"
    moved.rename(bench.directory.root)
