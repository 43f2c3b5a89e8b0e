"""How much memory there is, how much a process takes, and what is said when it ran out."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tui_tuner.executors import memory
from tui_tuner.executors.endings import Ending
from tui_tuner.executors.memory import MIB, MemoryGauge, OutOfMemoryWatch, fair_share_bytes, machine_memory_bytes
from tui_tuner.executors.process_tree import descendants


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


@pytest.mark.parametrize(
    ("files", "limit"),
    [
        ({"proc/self/cgroup": "0::/jobs/a\n", "groups/jobs/a/memory.max": f"{64 * MIB}\n"}, 64 * MIB),
        (
            {
                "proc/self/cgroup": "0::/jobs/a\n",
                "groups/jobs/a/memory.max": "max\n",
                "groups/jobs/memory.max": f"{32 * MIB}\n",
            },
            32 * MIB,
        ),
        # In a container: the path is the one outside, the limit is in the root.
        ({"proc/self/cgroup": "0::/docker/1234\n", "groups/memory.max": f"{16 * MIB}\n"}, 16 * MIB),
        (
            {
                "proc/self/cgroup": "5:cpu,cpuacct:/x\n4:memory:/y\n0::/\n",
                "groups/memory/y/memory.limit_in_bytes": f"{8 * MIB}\n",
            },
            8 * MIB,
        ),
        ({"proc/self/cgroup": "4:memory:/\n", "groups/memory/memory.limit_in_bytes": "9223372036854771712\n"}, None),
        ({}, None),
    ],
)
def test_the_limit_of_the_control_group_is_respected(tmp_path: Path, files: dict[str, str], limit: int | None) -> None:
    write(tmp_path, files)
    total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    found = machine_memory_bytes(tmp_path / "proc", tmp_path / "groups")
    assert found == (total if limit is None else limit)


def test_workers_have_nine_tenths_of_the_memory_together_but_each_what_it_needs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(memory, "machine_memory_bytes", lambda: 20_000 * MIB)
    assert fair_share_bytes(2) == 9_000 * MIB
    assert fair_share_bytes(1_000) == 1_024 * MIB


def test_a_process_is_charged_for_what_it_has_for_itself() -> None:
    gauge = MemoryGauge(os.getpid())
    before = gauge.read_bytes()
    kept = bytearray(b"x") * (50 * MIB)
    after = gauge.read_bytes()
    assert before is not None
    assert after is not None
    assert 40 * MIB < after - before < 60 * MIB
    assert kept


def test_without_proc_ps_is_asked_and_not_too_often(tmp_path: Path) -> None:
    gauge = MemoryGauge(os.getpid(), tmp_path)
    found = gauge.read_bytes()
    assert found is not None
    assert found > 5 * MIB
    assert gauge.read_bytes() is None


def test_a_process_that_is_gone_has_no_memory(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    assert MemoryGauge(process.pid).read_bytes() is None
    assert MemoryGauge(process.pid, tmp_path).read_bytes() is None


def test_that_the_kernel_ended_processes_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    write(tmp_path, {"vmstat": "pgfault 12\noom_kill 3\n"})
    watch = OutOfMemoryWatch(tmp_path)
    assert not watch.noticed()
    write(tmp_path, {"vmstat": "pgfault 12\noom_kill 4\n"})
    assert watch.noticed()
    assert watch.noticed()  # another worker may have gone with it
    now[0] += 60
    assert not watch.noticed()
    assert not OutOfMemoryWatch(tmp_path / "no such folder").noticed()


def ending(returncode: int | None, log: Path, *, kernel_killed: bool = False, ready: bool = True) -> str:
    return Ending("worker-3", returncode, ready, kernel_killed, log).in_words()


def test_a_worker_that_the_kernel_ended_ran_out_of_memory(tmp_path: Path) -> None:
    words = ending(-signal.SIGKILL, tmp_path / "log", kernel_killed=True)
    assert words.startswith("worker-3 ran out of memory: the kernel ended it (signal 9, SIGKILL); all processes here ")
    assert words.endswith(" GiB together")


def test_what_the_log_says_of_memory_is_said(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("terminate called after throwing an instance of 'std::bad_alloc'\n  what():  std::bad_alloc\n\n")
    assert ending(-signal.SIGABRT, log) == (
        "worker-3 was killed by signal 6 (SIGABRT); native code gave up, the log may say why; "
        "it ran out of memory, as its log says: what():  std::bad_alloc"
    )
    log.write_text("Traceback (most recent call last):\nMemoryError\n")
    assert ending(1, log).endswith("ended with exit code 1; it ran out of memory, as its log says: MemoryError")
    # As TensorFlow says it; the dump of the threads comes after it.
    words = "F0000 00:00:17.4  11155 env.cc:84] Check failed: ret == 0 Thread creation failed.\n"
    log.write_text(words + "at f\n" * 99)
    assert ending(-signal.SIGABRT, log).endswith("; its log says: Check failed: ret == 0 Thread creation failed.")
    log.write_text("terminate called without an active exception\n")
    assert ending(-signal.SIGABRT, log).endswith("; its log says: without an active exception")
    log.write_text("all is well\n")
    assert ending(1, log) == "worker-3 ended with exit code 1"
    assert ending(1, tmp_path / "none") == "worker-3 ended with exit code 1"


def test_a_worker_that_was_never_ready_shows_the_end_of_its_log(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("".join(f"line {number}\n\n" for number in range(30)))
    assert ending(7, log, ready=False) == (
        "worker-3 ended with exit code 7 before it was ready; its log ends with:\n"
        "line 25\nline 26\nline 27\nline 28\nline 29"
    )


@pytest.mark.parametrize("has_proc", [True, False])
def test_all_that_descend_from_a_process_are_found(tmp_path: Path, has_proc: bool) -> None:
    proc = Path("/proc") if has_proc else tmp_path
    code = "import os, subprocess; subprocess.run(['sh', '-c', 'sleep 100 & echo $! $$; wait'], start_new_session=True)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        born = {int(pid) for pid in process.stdout.readline().split()}
        found = set(descendants([process.pid], proc))
        for pid in born:
            os.kill(pid, signal.SIGKILL)
        process.wait()
    assert found == born
