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


BOTH = """\
import os, pathlib, sys
from tui_tuner.interop.trial_output import TrialOutput

log = pathlib.Path(sys.argv[1])
log.write_text("earlier\\n")
output = TrialOutput()
print("before")
with output.into(log):
    os.system("i=0; while [ $i -lt 3000 ]; do echo out $i; echo err $i >&2; i=$((i + 1)); done")
    print("out end")
    print("err end", file=sys.stderr)
print("after", file=sys.stderr)
"""

OUT = [f"out {number}" for number in range(3000)] + ["out end"]
ERR = [f"err {number}" for number in range(3000)] + ["err end"]


def run_both(log: Path, stderr: int) -> tuple[list[str], list[str]]:
    """What comes out at standard output, and at standard error."""
    command = [sys.executable, "-c", BOTH, str(log)]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=stderr, text=True, cwd=Path(__file__).parents[2])
    assert done.returncode == 0
    return done.stdout.splitlines(), (done.stderr or "").splitlines()


def test_what_a_trial_prints_comes_out_where_it_was_printed_and_the_log_has_all(tmp_path: Path) -> None:
    printed, errors = run_both(tmp_path / "log.txt", subprocess.PIPE)
    assert printed == ["before", *OUT]
    assert errors == [*ERR, "after"]
    kept = (tmp_path / "log.txt").read_text().splitlines()
    assert kept[0] == "earlier"
    assert [line for line in kept[1:] if line in set(OUT)] == OUT
    assert [line for line in kept[1:] if line in set(ERR)] == ERR
    assert len(kept) == 1 + len(OUT) + len(ERR)
    assert [file.name for file in tmp_path.iterdir()] == ["log.txt"]


def test_what_is_printed_to_one_place_keeps_its_order(tmp_path: Path) -> None:
    printed, _ = run_both(tmp_path / "log.txt", subprocess.STDOUT)
    in_order = [line for pair in zip(OUT, ERR, strict=True) for line in pair]
    assert printed == ["before", *in_order, "after"]
    assert (tmp_path / "log.txt").read_text().splitlines() == ["earlier", *in_order]


def test_the_last_words_of_native_code_are_in_the_log(tmp_path: Path) -> None:
    code = BOTH.replace('print("out end")', 'os.write(2, b"last words\\n"); os.abort()')
    command = [sys.executable, "-c", code, str(tmp_path / "log.txt")]
    subprocess.run(command, capture_output=True, cwd=Path(__file__).parents[2])
    assert (tmp_path / "log.txt").read_text().splitlines().count("last words") == 1
