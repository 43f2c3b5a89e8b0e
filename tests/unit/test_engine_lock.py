"""What a process holds for its search is not held on by processes that a script forks from it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SCRIPT = """
import os, signal, sys
from pathlib import Path
from tui_tuner.engine.lock import EngineLock, is_held
from tui_tuner.executors.lifeline import Lifeline

lock, lifeline = EngineLock(Path(sys.argv[1])), Lifeline()
lock.acquire()
reading = os.open(lifeline.path, os.O_RDONLY | os.O_NONBLOCK) if lifeline.path else None
theirs, ours = os.pipe()
child = os.fork()
if child == 0:  # as a data loader's process, which outlives the search
    os.close(theirs)
    os.write(ours, b"x")
    signal.pause()
os.read(theirs, 1)
held = [is_held(lock._path)]
lock.release()
lifeline.close()
held.append(is_held(lock._path))
try:
    ended = reading is None or os.read(reading, 1) == b""
except BlockingIOError:  # somebody could still write
    ended = False
os.kill(child, signal.SIGKILL)
os.waitpid(child, 0)
print(held, ended)
"""


def test_a_forked_process_holds_neither_the_lock_nor_the_lifeline(tmp_path: Path) -> None:
    command = [sys.executable, "-c", SCRIPT, str(tmp_path / "engine.lock")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout.strip(), done.stderr) == ("[True, False] True", "")
