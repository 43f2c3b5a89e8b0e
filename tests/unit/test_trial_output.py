"""What a trial prints in a script's process goes to its log, and nothing but that goes to the script's output."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from support.watching import until

INTERRUPTED = """\
import pathlib, select, signal, sys
from tui_tuner.interop.trial_output import TrialOutput

def interrupt(number, frame):
    raise KeyboardInterrupt

folder = pathlib.Path(sys.argv[1])
signal.signal(signal.SIGALRM, interrupt)
output = TrialOutput()
try:
    with output.into(folder / "log.txt"):
        print("x" * 200_000)
        signal.setitimer(signal.ITIMER_REAL, 0.3)  # nobody reads the pipe: it falls into the wait for the copy
except KeyboardInterrupt:
    others = [open(folder / "other.txt", "rb") for _ in range(10)]
    (folder / "interrupted").touch()
select.select([sys.stdin], [], [], 20)
"""


def test_an_interrupted_wait_for_the_copy_copies_no_other_file(tmp_path: Path) -> None:
    (tmp_path / "other.txt").write_text("not of the trial\n" * 100)
    command = [sys.executable, "-c", INTERRUPTED, str(tmp_path)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        until((tmp_path / "interrupted").exists)
        printed = process.stdout.read(200_001)
        process.stdin.close()
        printed += process.stdout.read()
    assert process.returncode == 0
    assert printed == b"x" * 200_000 + b"\n"
