"""What the disk does not take is kept in memory, in order, and written once there is room: by SQLite's own limits."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from tui_tuner.engine import events
from tui_tuner.engine.commands import Command, CommandKind
from tui_tuner.engine.journal import Journal
from tui_tuner.engine.reader import SearchReader
from tui_tuner.engine.store import Store


class Disk:
    """A disk of few pages, as far as the store's connection can tell."""

    def __init__(self, store: Store) -> None:
        self._connection = store._connection

    def fill(self) -> None:
        self._connection.execute("PRAGMA max_page_count = 1")  # never less than there are

    def make_room(self) -> None:
        self._connection.execute("PRAGMA max_page_count = 1000000")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path / "search.db", patient=True)
    yield store
    store.close()


def warn(store: Store, *numbers: int) -> None:
    """Commit warnings that are too large for the pages that are there."""
    with store.transaction():
        for number in numbers:
            store.event(events.Warned(f"{number} " + "x" * 20_000))
        store.set_meta(last=numbers[-1])


def warnings(folder: Path) -> list[int]:
    journal = Journal(folder, after=0)
    found = [int(entry.data["message"].split()[0]) for entry in journal.new()]
    journal.close()
    return found


def test_what_the_disk_does_not_take_is_written_in_order_once_there_is_room(store: Store, tmp_path: Path) -> None:
    warn(store, 1)
    disk = Disk(store)
    disk.fill()
    warn(store, 2, 3)
    assert store.trouble is not None
    assert store.trouble.sqlite_errorname == "SQLITE_FULL"
    warn(store, 4)
    assert warnings(tmp_path) == [1]
    assert not store.retry()
    assert (store.seq, store.meta()["last"]) == (4, 4)  # the engine goes on from what it has said
    disk.make_room()
    assert store.retry()
    assert store.trouble is None
    assert warnings(tmp_path) == [1, 2, 3, 4]
    warn(store, 5)
    assert warnings(tmp_path) == [1, 2, 3, 4, 5]


def test_viewers_see_nothing_of_what_is_only_kept(store: Store, tmp_path: Path) -> None:
    warn(store, 1)
    reader = SearchReader(tmp_path)
    before = reader.poll()
    Disk(store).fill()
    warn(store, 2)
    assert reader.poll() is before
    reader.close()


def test_without_patience_a_full_disk_is_an_error_and_nothing_stays_behind(tmp_path: Path) -> None:
    store = Store(tmp_path / "search.db")
    Disk(store).fill()
    with pytest.raises(sqlite3.OperationalError, match="full"):
        warn(store, 1)
    assert store.seq == 0
    Disk(store).make_room()
    warn(store, 7)
    assert warnings(tmp_path) == [7]
    store.close()


def test_a_lock_that_another_program_holds_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui_tuner.engine.schema.BUSY_TIMEOUT_S", 0.01)
    store = Store(tmp_path / "search.db", patient=True)
    other = sqlite3.connect(tmp_path / "search.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    warn(store, 1)
    assert store.trouble is not None
    assert store.trouble.sqlite_errorname == "SQLITE_BUSY"
    other.execute("COMMIT")
    assert store.retry()
    assert warnings(tmp_path) == [1]
    store.close()


def test_a_request_is_answered_once_though_the_answer_cannot_be_written_yet(store: Store, tmp_path: Path) -> None:
    reader = SearchReader(tmp_path)
    reader.send(Command(CommandKind.PAUSE))
    [waiting] = store.open_commands()
    Disk(store).fill()
    with store.transaction():
        store.event(events.Warned("x" * 20_000))
        store.answer(waiting.id)
    assert store.trouble is not None
    reader.send(Command(CommandKind.RESUME))
    assert [each.command.kind for each in store.open_commands()] == [CommandKind.RESUME]
    Disk(store).make_room()
    assert store.retry()
    reader.send(Command(CommandKind.STOP))
    assert [each.command.kind for each in store.open_commands()] == [CommandKind.RESUME, CommandKind.STOP]
    reader.close()


def test_a_mistake_of_our_own_is_no_trouble_of_the_disk(store: Store, tmp_path: Path) -> None:
    def blunder() -> None:
        with store.transaction():
            store.set_meta(good=1)
            store._writer.add("INSERT INTO nowhere VALUES (1)")

    warn(store, 1)
    with pytest.raises(sqlite3.OperationalError, match="nowhere"):
        blunder()
    assert store.trouble is None
    assert "good" not in store.meta()
    warn(store, 2)
    assert warnings(tmp_path) == [1, 2]
