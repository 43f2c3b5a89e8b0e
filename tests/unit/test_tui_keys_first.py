"""Workers stand back while keys are pressed, and no longer."""

from __future__ import annotations

import asyncio
import errno
import os
import subprocess
import sys
from collections.abc import Coroutine, Iterator
from pathlib import Path

import pytest

from tui_tuner.tui import keys_first
from tui_tuner.tui.keys_first import KeysFirst
from tui_tuner.worker.priority import VARIABLE

WORKER = b"python\0-P\0-m\0tui_tuner.worker\x005\x006\0"


@pytest.fixture(autouse=True)
def person(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody who has said nothing about it, on a machine where three seconds are soon over."""
    monkeypatch.delenv(VARIABLE)
    monkeypatch.setattr(keys_first, "HOLD_S", 0.05)
    monkeypatch.setattr(keys_first, "_AGAIN_S", 0.001)


async def in_time(what: Coroutine[None, None, None]) -> None:
    async with asyncio.timeout(30):
        await what


class Machine:
    """A directory like `/proc`."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def add(self, pid: int, command: bytes = WORKER) -> None:
        (self.root / str(pid)).mkdir()
        (self.root / str(pid) / "cmdline").write_bytes(command)
        (self.root / str(pid) / "autogroup").write_text("")

    def steps(self, pid: int) -> str:
        return (self.root / str(pid) / "autogroup").read_text()


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_workers_stand_back_until_some_time_after_the_last_key(machine: Machine) -> None:
    async def press() -> None:
        machine.add(7)
        workers = [7]
        keys = KeysFirst(lambda: workers, machine.root)
        keys.pressed()
        assert machine.steps(7) == "10"
        machine.add(8)
        workers.append(8)
        keys.pressed()
        assert (machine.steps(7), machine.steps(8)) == ("10", "10")
        while machine.steps(7) != "0" or machine.steps(8) != "0":
            await asyncio.sleep(0.001)
        keys.pressed()
        assert (machine.steps(7), machine.steps(8)) == ("10", "10")
        keys.release()

    asyncio.run(in_time(press()))


def test_whoever_leaves_lets_the_workers_have_their_share_at_once(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys_first, "HOLD_S", 1e6)

    async def press() -> None:
        machine.add(7)
        keys = KeysFirst(lambda: [7], machine.root)
        keys.release()
        assert machine.steps(7) == ""
        keys.pressed()
        assert machine.steps(7) == "10"
        keys.release()
        assert machine.steps(7) == "0"

    asyncio.run(in_time(press()))


def test_what_is_no_worker_is_left_alone(machine: Machine) -> None:
    async def press() -> None:
        machine.add(7, b"bash\0")
        machine.add(8)
        workers = [7, 8, 9]  # there is no process 9
        keys = KeysFirst(lambda: workers, machine.root)
        keys.pressed()
        assert (machine.steps(7), machine.steps(8)) == ("", "10")
        (machine.root / "8" / "cmdline").write_bytes(b"bash\0")  # it has ended, and its number is another's
        keys.release()
        assert machine.steps(8) == "10"

    asyncio.run(in_time(press()))


def test_what_is_no_worker_is_looked_at_once_while_keys_are_pressed(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cluster has many workers on other machines, and the mouse moves often."""
    looked_at: list[str] = []
    read = Path.read_bytes

    def counted(path: Path) -> bytes:
        looked_at.append(path.parent.name)
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", counted)
    monkeypatch.setattr(keys_first, "HOLD_S", 1e6)

    async def press() -> None:
        machine.add(8)
        keys = KeysFirst(lambda: [8, 9], machine.root)
        for _ in range(3):
            keys.pressed()
        assert sorted(looked_at) == ["8", "9"]
        keys.release()
        machine.add(9)
        keys.pressed()
        assert (machine.steps(8), machine.steps(9)) == ("10", "10")
        keys.release()

    asyncio.run(in_time(press()))


def test_a_kernel_that_is_asked_too_often_is_asked_again(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """`sched(7)` is silent on that: whoever is not root gets EAGAIN within a tenth of a second."""
    write = Path.write_text
    asked: list[tuple[str, str]] = []

    def every_second_time(path: Path, text: str, encoding: str) -> int:
        asked.append((path.parent.name, text))
        if len(asked) % 2:
            raise BlockingIOError(errno.EAGAIN, "try again")
        return write(path, text, encoding)

    async def press() -> None:
        machine.add(7)
        keys = KeysFirst(lambda: [7], machine.root)
        monkeypatch.setattr(Path, "write_text", every_second_time)
        keys.pressed()
        while machine.steps(7) != "0":
            await asyncio.sleep(0.001)
        keys.pressed()
        while machine.steps(7) != "10":
            await asyncio.sleep(0.001)
        keys.release()
        assert machine.steps(7) == "0"

    asyncio.run(in_time(press()))
    assert asked[::2] == asked[1::2]


@pytest.mark.parametrize(("wanted", "steps"), [("0", ""), ("much", ""), ("4", "8"), ("15", "19")])
def test_a_person_says_how_far(wanted: str, steps: str, machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, wanted)

    async def press() -> None:
        machine.add(7)
        KeysFirst(lambda: [7], machine.root).pressed()
        assert machine.steps(7) == steps

    asyncio.run(in_time(press()))


@pytest.fixture
def session() -> Iterator[Path]:
    """What the kernel says of the session of a process that looks like a worker."""
    command = [sys.executable, "-c", "input(1)", "tui_tuner.worker", ""]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True) as process:
        assert process.stdout is not None
        process.stdout.read(1)  # it has begun: the kernel knows its command line
        yield Path(f"/proc/{process.pid}/autogroup")
        assert process.stdin is not None
        process.stdin.write(b"\n")


def test_the_kernel_takes_it(session: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not session.exists() or not session.read_text():
        pytest.skip("this kernel does not group processes by session")
    monkeypatch.setattr(keys_first, "HOLD_S", 1e6)
    monkeypatch.setattr(keys_first, "_AGAIN_S", 0.1)

    async def press() -> None:
        keys = KeysFirst(lambda: [int(session.parent.name), os.getpid()])
        keys.pressed()
        while session.read_text().split()[-1] != "10":
            await asyncio.sleep(0.01)
        keys.release()
        assert session.read_text().split()[-1] == "0"

    asyncio.run(in_time(press()))
