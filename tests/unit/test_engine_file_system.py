"""On a network file system `search.db` uses no write-ahead log, because its readers cannot share memory there."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tui_tuner.engine import file_system
from tui_tuner.engine.file_system import file_system_of, is_networked
from tui_tuner.engine.journal import Journal
from tui_tuner.engine.reader import SearchReader
from tui_tuner.engine.schema import connect
from tui_tuner.engine.store import Store

TABLE = """\
overlay / overlay rw,relatime 0 0
proc /proc proc rw 0 0
/dev/sda1 /data ext4 rw 0 0
server:/home /home nfs4 rw,vers=4.2 0 0
/dev/sdb1 /home/me/local xfs rw 0 0
me@host: /mnt/my\\040box fuse.sshfs rw 0 0
bucket /mnt/bucket fuse.gcsfuse rw 0 0
/dev/sdc1 /mnt/usb fuse.ntfs-3g rw 0 0
//nas/share /nas cifs rw 0 0
systemd-1 /auto autofs rw 0 0
server:/auto /auto nfs rw 0 0
"""


def table(folder: Path, text: str) -> Path:
    file = folder / "mounts"
    file.write_text(text)
    return file


@pytest.mark.parametrize(
    ("path", "kind", "networked"),
    [
        ("/searches/titanic", "overlay", False),
        ("/data/searches", "ext4", False),
        ("/data2/searches", "overlay", False),
        ("/home/me/searches", "nfs4", True),
        ("/home/me/local/searches", "xfs", False),
        ("/mnt/my box/searches", "fuse.sshfs", True),
        ("/mnt/bucket", "fuse.gcsfuse", True),
        ("/mnt/usb/x", "fuse.ntfs-3g", False),
        ("/nas/x", "cifs", True),
        ("/auto/x", "nfs", True),
    ],
)
def test_the_mount_that_a_path_lies_on_decides(path: str, kind: str, networked: bool, tmp_path: Path) -> None:
    mounts = table(tmp_path, TABLE)
    assert file_system_of(Path(path), mounts) == kind
    assert is_networked(Path(path), mounts) is networked


def test_of_two_mounts_on_one_point_the_later_one_hides_the_other(tmp_path: Path) -> None:
    mounts = table(tmp_path, "/dev/sda1 /home ext4 rw 0 0\nserver:/home /home nfs rw 0 0\n")
    assert is_networked(Path("/home/me"), mounts)


def test_where_the_system_has_no_table_a_folder_is_taken_for_local(tmp_path: Path) -> None:
    assert not is_networked(tmp_path, tmp_path / "missing")


def test_this_machine_can_be_asked(tmp_path: Path) -> None:
    assert bool(file_system_of(tmp_path)) == file_system.MOUNTS.exists()


def journal_mode(database: Path) -> str:
    connection = sqlite3.connect(database)
    mode: str = connection.execute("PRAGMA journal_mode").fetchone()[0]
    connection.close()
    return mode


def mount(folder: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_system, "MOUNTS", table(folder, f"x / {kind} rw 0 0\n"))


def test_a_search_on_a_network_file_system_has_no_write_ahead_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mount(tmp_path, "nfs4", monkeypatch)
    database = tmp_path / "search.db"
    store = Store(database)
    assert journal_mode(database) == "delete"
    reader, journal = SearchReader(tmp_path), Journal(tmp_path, after=0)
    with store.transaction():
        store.set_meta(name="one")
    assert reader.poll().name == "one"  # viewers read all the same
    assert journal.new() == []
    assert not database.with_name("search.db-wal").exists()
    store.close()


def test_a_search_that_was_moved_gets_the_journal_of_its_new_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = tmp_path / "search.db"
    for kind, mode in (("ext4", "wal"), ("nfs", "delete"), ("ext4", "wal")):
        mount(tmp_path, kind, monkeypatch)
        viewer = connect(database) if database.exists() else None
        if viewer is not None:
            viewer.close()  # a viewer changes nothing
        store = Store(database)
        with store.transaction():
            store.set_meta(**{kind: True})
        assert store.meta()[kind] is True
        store.close()
        assert journal_mode(database) == mode
