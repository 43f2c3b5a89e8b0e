"""What a search takes on the disk."""

from __future__ import annotations

import os
from pathlib import Path

from support.watching import until

from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.engine.disk_use import EVERY_S, DiskUse, disk_use

KIB = 1024


def size(path: Path) -> int:
    return path.stat().st_blocks * 512


def test_it_is_the_sum_of_all_files_each_once(tmp_path: Path) -> None:
    root = tmp_path / "search"
    (root / "trial_0").mkdir(parents=True)
    empty = disk_use(SearchDirectory(root))
    first, second = root / "trial_0" / "checkpoint", root / "search.db"
    first.write_bytes(bytes(range(256)) * 400)
    second.write_bytes(bytes(range(256)) * 40)
    os.link(first, root / "linked")
    (root / "elsewhere").symlink_to(tmp_path)
    for passing in ("ballast", "search.db-wal"):
        (root / passing).write_bytes(bytes(range(256)) * 400)
    assert (
        disk_use(SearchDirectory(root)) - empty
        == size(first) + size(second) + (root / "elsewhere").lstat().st_blocks * 512
    )


def test_a_folder_that_is_gone_takes_nothing(tmp_path: Path) -> None:
    assert disk_use(SearchDirectory(tmp_path / "gone")) == 0


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def looked(use: DiskUse) -> int:
    """What the first look says that finds the measurement done."""
    found: list[int] = []

    def look() -> bool:
        found.extend(size for size in [use.look()] if size is not None)
        return bool(found)

    until(look)
    return found[0]


def test_it_is_measured_now_and_then_and_told_when_it_has_changed(tmp_path: Path) -> None:
    clock = Clock()
    use = DiskUse(SearchDirectory(tmp_path), clock)
    assert use.look() is None
    clock.now = EVERY_S
    assert looked(use) == disk_use(SearchDirectory(tmp_path))
    (tmp_path / "file").write_bytes(bytes(range(256)) * 400)
    for _ in range(20):
        assert use.look() is None  # it is not time
    clock.now = 3 * EVERY_S
    assert looked(use) == disk_use(SearchDirectory(tmp_path))


def test_the_end_of_a_search_knows_the_size(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(bytes(range(256)) * 400)
    assert DiskUse(SearchDirectory(tmp_path)).final() == disk_use(SearchDirectory(tmp_path)) > 0
