"""Keeping the shell's place: the program detaches and the shell gets its prompt; a killed keeper ends the program."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

DEADLINE_S = 20.0

PROGRAM = """
import os, sys, time
from pathlib import Path
from tui_tuner.system.foreground import keep_foreground
folder, what = Path(sys.argv[1]), sys.argv[2]
foreground = keep_foreground()
(folder / "pid").write_text(str(os.getpid()))
while what == "detach later" and not (folder / "now").exists():
    time.sleep(0.01)
if what.startswith("detach"):
    foreground.detach(folder / "log")
    print("after", flush=True)
    while not (folder / "end").exists():
        time.sleep(0.01)
    (folder / "ended").write_text("by itself")
elif what == "exit":
    sys.exit(7)
elif what == "die":
    os.kill(os.getpid(), 11)
else:
    time.sleep(60)
"""


def until(wanted: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not wanted():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def start(folder: Path, what: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(folder), what], stdin=subprocess.DEVNULL, start_new_session=True
    )


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/status")
    return not status.exists() or "State:\tZ" not in status.read_text()


def child(folder: Path) -> int:
    file = folder / "pid"
    until(lambda: file.exists() and file.read_text() != "")
    return int(file.read_text())


def until_it_keeps(keeper: subprocess.Popen[bytes]) -> None:
    """Until the keeper is ready for signals: its child may run before it."""
    status = Path(f"/proc/{keeper.pid}/status")

    def forwards() -> bool:
        caught = next(line for line in status.read_text().splitlines() if line.startswith("SigCgt:"))
        return bool(int(caught.split()[1], 16) & 1 << signal.SIGCHLD - 1)

    until(forwards)


def test_the_shell_gets_its_prompt_back_and_the_program_goes_on(tmp_path: Path) -> None:
    keeper = start(tmp_path, "detach")
    assert keeper.wait(DEADLINE_S) == 0
    pid = child(tmp_path)
    assert is_alive(pid)
    assert os.getsid(pid) == pid  # no terminal can reach it any more
    until(lambda: (tmp_path / "log").read_text() == "after\n")
    (tmp_path / "end").touch()
    until((tmp_path / "ended").exists)


@pytest.mark.parametrize(("what", "code"), [("exit", 7), ("die", 128 + 11)])
def test_the_shell_sees_how_the_program_ended(tmp_path: Path, what: str, code: int) -> None:
    assert start(tmp_path, what).wait(DEADLINE_S) == code


def test_sigterm_reaches_the_program(tmp_path: Path) -> None:
    keeper = start(tmp_path, "wait")
    pid = child(tmp_path)
    until_it_keeps(keeper)
    keeper.send_signal(signal.SIGTERM)
    assert keeper.wait(DEADLINE_S) == 128 + signal.SIGTERM
    assert not is_alive(pid)


def test_killing_the_keeper_ends_the_program(tmp_path: Path) -> None:
    keeper = start(tmp_path, "wait")
    pid = child(tmp_path)
    keeper.kill()
    keeper.wait(DEADLINE_S)
    until(lambda: not is_alive(pid))


def test_a_hangup_leaves_the_keeper_in_its_place(tmp_path: Path) -> None:
    keeper = start(tmp_path, "detach later")
    pid = child(tmp_path)
    until_it_keeps(keeper)
    os.kill(keeper.pid, signal.SIGHUP)
    (tmp_path / "now").touch()
    assert keeper.wait(DEADLINE_S) == 0
    assert is_alive(pid)
    (tmp_path / "end").touch()
    until((tmp_path / "ended").exists)


GIFT = """
import os, sys
from pathlib import Path
from tui_tuner.system.foreground import keep_foreground
folder, what = Path(sys.argv[1]), sys.argv[2]
def work():
    (folder / "worked in").write_text(str(os.getpid()))
    if what == "raise":
        raise ValueError("no such config")
    return {"rows": list(range(100_000))}
try:
    foreground = keep_foreground(meanwhile=work)
except ValueError:
    sys.exit(2)
(folder / "child").write_text(str(os.getpid()))
(folder / "gift").write_text(str(len(foreground.gift()["rows"])))
"""


def test_the_keeper_works_meanwhile_and_the_program_gets_the_result(tmp_path: Path) -> None:
    keeper = subprocess.Popen([sys.executable, "-c", GIFT, str(tmp_path), "give"], stdin=subprocess.DEVNULL)
    assert keeper.wait(DEADLINE_S) == 0
    assert (tmp_path / "gift").read_text() == "100000"
    assert (tmp_path / "worked in").read_text() == str(keeper.pid) != (tmp_path / "child").read_text()


def test_work_that_fails_ends_the_program_too(tmp_path: Path) -> None:
    keeper = subprocess.Popen([sys.executable, "-c", GIFT, str(tmp_path), "raise"], stdin=subprocess.DEVNULL)
    assert keeper.wait(DEADLINE_S) == 2
    assert not (tmp_path / "gift").exists()
    if (tmp_path / "child").exists():
        assert not is_alive(int((tmp_path / "child").read_text()))


EARLY = """
import os, sys
from pathlib import Path
from tui_tuner.system.foreground import drop_early_child, fork_early, keep_foreground
folder, what = Path(sys.argv[1]), sys.argv[2]
foreground = fork_early()
if foreground is not None:
    (folder / "new").write_text(str(os.getpid()))
    (folder / "new").rename(folder / "child")  # whole: it may be ended at any moment
    (folder / "gift").write_text(foreground.gift())
    sys.exit(7)
if what == "need":
    keep_foreground(meanwhile=lambda: "a plan")
    (folder / "returned").touch()
if what == "drop":
    while not (folder / "child").exists():
        pass
    drop_early_child()
if what == "other":
    while not (folder / "child").exists():
        pass
    if keep_foreground() is not None:
        (folder / "another").write_text(str(os.getpid()))
"""


def test_a_process_that_was_forked_early_gets_the_result_and_runs_the_program(tmp_path: Path) -> None:
    keeper = subprocess.Popen([sys.executable, "-c", EARLY, str(tmp_path), "need"], stdin=subprocess.DEVNULL)
    assert keeper.wait(DEADLINE_S) == 7
    assert (tmp_path / "gift").read_text() == "a plan"
    assert not (tmp_path / "returned").exists()
    assert (tmp_path / "child").read_text() != str(keeper.pid)


@pytest.mark.parametrize("what", ["drop", "other"])
def test_a_process_that_was_forked_early_for_nothing_ends(tmp_path: Path, what: str) -> None:
    keeper = subprocess.Popen([sys.executable, "-c", EARLY, str(tmp_path), what], stdin=subprocess.DEVNULL)
    assert keeper.wait(DEADLINE_S) == 0
    early = int((tmp_path / "child").read_text())
    assert not is_alive(early)
    assert not (tmp_path / "gift").exists()
    if what == "other":
        assert (tmp_path / "another").read_text() not in (str(early), str(keeper.pid))
