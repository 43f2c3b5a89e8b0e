"""A disk that takes nothing: the engine says so, loses nothing that it has acknowledged, and goes on when it can."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import pytest
from support.disks import SmallDisk, can_mount, small_disk, without_root_rights
from support.programs import started
from support.simulated import SimulatedSearch
from support.terminal import Terminal
from support.watching import Ended, Watched, is_running, until

from tui_tuner.engine.commands import CommandKind
from tui_tuner.engine.lock import EngineLock
from tui_tuner.engine.view import SearchState, TrialState

DISK_BYTES = 6 * 2**20

HAS_DISKS = can_mount()
"""Where no disks can be mounted, the limit of file sizes stands in for them."""


def silently(search: list[str], folder: Path) -> AbstractContextManager[subprocess.Popen[bytes]]:
    """The program, whose output nobody reads."""
    return started(search, folder, Path(os.devnull))


def refused(command: list[str], folder: Path, **options: object) -> str:
    """Run a program that has to refuse; what it says."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False, **options)  # type: ignore[call-overload]
    assert done.returncode == 2, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    said: str = done.stderr
    return said


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> list[Ended]:
    """The trials of the search when the disk has room."""
    search = SimulatedSearch(tmp_path_factory.mktemp("undisturbed"), seconds_per_epoch=0)
    subprocess.run(search.run("--headless"), cwd=search.folder, check=True, capture_output=True, timeout=60)
    return Watched(search.root).trials()


@pytest.fixture
def disk(search: SimulatedSearch) -> Iterator[SmallDisk]:
    """A small disk under the search directory."""
    with small_disk(search.root.parent, DISK_BYTES) as disk:
        yield disk


def nothing_was_run_twice(watched: Watched) -> bool:
    rows = watched.epochs()
    return {row.attempt for row in rows} == {0} and len(watched.events("search_started")) == 1


if HAS_DISKS:

    def test_a_full_disk_holds_the_search_until_there_is_room(
        search: SimulatedSearch, watched: Watched, disk: SmallDisk, undisturbed: list[Ended]
    ) -> None:
        search = replace(search, seconds_per_epoch=0.05)
        with silently(search.run("--headless"), search.folder) as engine:
            watched.until_epoch(3)
            disk.fill()
            view = watched.until_state(SearchState.BLOCKED)
            assert view.detail.startswith("disk full: 0.")
            assert view.detail.endswith("goes on when there is room")
            assert view.run_started is None  # the clock of the search is held
            kept = watched.epochs()
            status = subprocess.run(
                [sys.executable, "-m", "tui_tuner.cli", "status", str(search.root)],
                capture_output=True,
                text=True,
                check=True,
            )
            assert "blocked: disk full" in " ".join(status.stdout.split())
            assert not watched.directory.ballast.exists()

            watched.send(CommandKind.PAUSE)  # a request is answered though there is no room
            until(lambda: len(watched.events("command_answered")) == 1)
            assert watched.view().state is SearchState.BLOCKED
            disk.make_room()
            watched.until_state(SearchState.PAUSED)
            assert watched.directory.ballast.exists()
            assert watched.epochs()[: len(kept)] == kept
            watched.send(CommandKind.RESUME)
            watched.until_state(SearchState.COMPLETED)
            assert engine.wait(60) == 0
        assert watched.trials() == undisturbed
        assert nothing_was_run_twice(watched)
        assert watched.epochs()[: len(kept)] == kept
        assert not watched.directory.ballast.exists()
        assert json.loads((search.root / "oracle.json").read_text())

    def test_the_app_shows_that_the_disk_is_full(
        search: SimulatedSearch, watched: Watched, disk: SmallDisk, undisturbed: list[Ended]
    ) -> None:
        search = replace(search, seconds_per_epoch=0.1)
        with Terminal(search.run(), cwd=search.folder) as terminal:
            watched.until_epoch(2)
            terminal.until("● running")
            disk.fill()
            terminal.until("blocked")
            terminal.until("goes on when there is room")
            terminal.until("disk full: ")
            disk.make_room()
            terminal.until("✓ completed   all 6 trials were run")
            terminal.press("q")
            assert terminal.until_exit() == 0
        assert watched.trials() == undisturbed
        assert nothing_was_run_twice(watched)

    def test_a_search_that_dies_on_a_full_disk_is_resumed(
        search: SimulatedSearch, watched: Watched, disk: SmallDisk, undisturbed: list[Ended]
    ) -> None:
        search = replace(search, seconds_per_epoch=0.05)
        with silently(search.run("--headless"), search.folder) as engine:
            watched.until_epoch(3)
            disk.fill()
            watched.until_state(SearchState.BLOCKED)
            kept = watched.epochs()
            engine.kill()
        until(lambda: not watched.is_held)
        disk.fill()
        said = refused(search.resume("--headless"), search.folder)
        assert "disk full" in said
        disk.make_room()
        with silently(search.resume("--headless"), search.folder) as engine:
            assert engine.wait(60) == 0
        assert watched.trials() == undisturbed
        assert watched.epochs()[: len(kept)] == kept

    def test_a_search_can_be_stopped_though_the_disk_is_full(
        search: SimulatedSearch, watched: Watched, disk: SmallDisk
    ) -> None:
        search = replace(search, seconds_per_epoch=0.05)
        with silently(search.run("--headless"), search.folder) as engine:
            watched.until_epoch(3)
            disk.fill()
            watched.until_state(SearchState.BLOCKED)
            engine.send_signal(signal.SIGTERM)
            assert engine.wait(60) == 128 + signal.SIGTERM
        assert watched.view().state is SearchState.STOPPED
        assert TrialState.RUNNING not in {trial.status for trial in watched.view().trials.values()}
        until(lambda: not any(map(is_running, watched.worker_pids)))

    def test_a_search_that_is_over_can_be_looked_at_on_a_full_disk(search: SimulatedSearch, disk: SmallDisk) -> None:
        search = replace(search, seconds_per_epoch=0, trials=2)
        subprocess.run(search.run("--headless"), cwd=search.folder, check=True, capture_output=True, timeout=60)
        for path in (search.root / "search.db-wal", search.root / "search.db-shm"):
            assert not path.exists()
        disk.fill()
        status = [sys.executable, "-m", "tui_tuner.cli", "status", str(search.root)]
        for _ in range(2):  # the first look leaves an empty log
            looked = subprocess.run(status, capture_output=True, text=True, check=False)
            assert (looked.returncode, looked.stderr) == (0, "")
            assert "completed: all 2 trials were run" in looked.stdout
        lock = EngineLock(search.root / "engine.lock")
        disk.make_room()
        lock.acquire()
        disk.fill()
        assert "disk I/O error" in refused(status, search.folder)  # somebody may write to it
        lock.release()
        disk.make_room()
        assert Watched(search.root).view().state is SearchState.COMPLETED

    def test_a_search_does_not_start_on_a_full_disk(search: SimulatedSearch, disk: SmallDisk) -> None:
        disk.fill()
        said = refused(search.run("--headless"), search.folder)
        assert "No space left on device" in said or "disk full" in said
        assert str(search.root) in said


def is_stuck(watched: Watched) -> bool:
    """Whether nothing is written any more, though epochs are due all the time."""
    before = watched.seq()
    deadline = time.monotonic() + 1.0
    while time.monotonic() < deadline:
        if watched.seq() != before:
            return False
        time.sleep(0.05)
    return True


def test_a_limit_of_file_sizes_that_is_lifted_costs_nothing(
    search: SimulatedSearch, watched: Watched, undisturbed: list[Ended]
) -> None:
    search = replace(search, seconds_per_epoch=0.05)
    with silently(search.run("--headless"), search.folder) as engine:
        watched.until_epoch(3)
        _, hard = resource.prlimit(engine.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(engine.pid, resource.RLIMIT_FSIZE, (0, hard))
        until(lambda: is_stuck(watched))
        assert engine.poll() is None
        kept = watched.epochs()
        resource.prlimit(engine.pid, resource.RLIMIT_FSIZE, (hard, hard))
        assert engine.wait(60) == 0
    assert watched.view().state is SearchState.COMPLETED
    assert watched.trials() == undisturbed
    assert nothing_was_run_twice(watched)
    assert watched.epochs()[: len(kept)] == kept
    told = [event["detail"] for event in watched.events("state_changed") if event["state"] == "blocked"]
    assert [detail.partition(":")[0] for detail in told] == ["limit of file sizes reached"]


def test_a_folder_that_cannot_be_written_is_refused_in_one_message(search: SimulatedSearch, tmp_path: Path) -> None:
    search.root.parent.mkdir(parents=True)
    search.root.parent.chmod(0o500)
    said = refused(search.run("--headless"), search.folder, preexec_fn=without_root_rights())
    assert said == (
        f"error: {search.root}: the search cannot be written here (Permission denied).\n"
        "Mend that, or choose another folder: search.directory in the config, directory= in a script.\n"
    )
    search.root.parent.chmod(0o700)


def test_a_search_directory_that_may_only_be_read_can_be_looked_at_and_not_resumed(search: SimulatedSearch) -> None:
    search = replace(search, seconds_per_epoch=0, trials=2)
    subprocess.run(search.run("--headless"), cwd=search.folder, check=True, capture_output=True, timeout=60)
    files = [search.root, *search.root.iterdir()]
    for path in files:
        path.chmod(path.stat().st_mode & ~0o222)
    drop = without_root_rights()
    status = subprocess.run(
        [sys.executable, "-m", "tui_tuner.cli", "status", str(search.root)],
        preexec_fn=drop,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (status.returncode, status.stderr) == (0, "")
    assert "completed: all 2 trials were run" in status.stdout
    said = refused(search.resume("--headless"), search.folder, preexec_fn=drop)
    assert said == (
        f"error: {search.root}: the search cannot be written here (Permission denied).\n"
        "Mend that, or choose another folder: search.directory in the config, directory= in a script.\n"
    )
    for path in files:
        path.chmod(path.stat().st_mode | 0o200)


def test_a_search_whose_directory_is_deleted_ends_and_says_why(search: SimulatedSearch, watched: Watched) -> None:
    search = replace(search, seconds_per_epoch=0.1)
    with subprocess.Popen(search.run("--headless"), cwd=search.folder, stdout=subprocess.PIPE, text=True) as engine:
        watched.until_epoch(2)
        workers = watched.worker_pids
        shutil.rmtree(search.root)
        output, _ = engine.communicate(timeout=60)
    assert engine.returncode == 1
    assert f"failed: {search.root} was deleted or moved while the search ran" in output
    until(lambda: not any(map(is_running, workers)))
