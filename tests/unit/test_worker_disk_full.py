"""A full disk is told from a trial's own faults, and a log that cannot be written ends no training."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tui_tuner.worker.disk_full import found_no_room
from tui_tuner.worker.failures import job_failure, trial_failure
from tui_tuner.worker.jobs import EvaluateJob, TrialJob
from tui_tuner.worker.reports import Outcome


def caused(cause: BaseException) -> BaseException:
    try:
        try:
            raise cause
        except type(cause) as error:
            raise ValueError("the callback failed") from error
    except ValueError as error:
        return error


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        OSError(errno.EDQUOT, "Disk quota exceeded"),
        OSError("Unable to create file (unable to truncate: errno = 28, error message = 'No space left on device')"),
        RuntimeError("Can't decrement id ref count (file write failed: errno = 27, error message = 'File too large')"),
        OSError("4096 requested and 0 written"),
        caused(OSError(errno.ENOSPC, "No space left on device")),
    ],
)
def test_a_disk_without_room_is_recognised(error: BaseException) -> None:
    assert found_no_room(error)
    ended = trial_failure(error, TrialJob("t1", 1, 2, {}), "w")
    assert (ended.outcome, ended.no_room) == (Outcome.STOPPED, True)
    assert ended.message.startswith("no room on the disk (")
    assert "\n" not in ended.message
    assert job_failure(error, EvaluateJob("t1", {}), "w").no_room


@pytest.mark.parametrize(
    "error",
    [
        FileNotFoundError(errno.ENOENT, "No such file or directory"),
        ValueError("No space left on device"),  # a program's own words
        OSError("28 requested and 28 writing"),
        RuntimeError("errno = 281"),
    ],
)
def test_other_faults_are_the_trials_own(error: BaseException) -> None:
    assert not found_no_room(error)
    ended = trial_failure(error, TrialJob("t1", 1, 2, {}), "w")
    assert (ended.outcome, ended.no_room) == (Outcome.INVALID, False)


def limited(script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a script that can make no file longer than 4096 bytes: the system's own errors, without a disk to fill.

    The script sets the limit itself: a fork to set it before could take gRPC's threads, of other tests, with it.
    """
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
    return subprocess.run(
        [sys.executable, "-c", limit + script, *arguments],
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_errors_of_numpy_and_hdf5_are_recognised_as_they_come(tmp_path: Path) -> None:
    script = (
        "import sys, numpy, h5py\n"
        "from tui_tuner.worker.disk_full import found_no_room\n"
        "def write_h5():\n"
        "    with h5py.File(sys.argv[1] + '/a.h5', 'w') as file:\n"
        "        file['x'] = numpy.zeros(100_000)\n"
        "for write in (write_h5, lambda: numpy.save(sys.argv[1] + '/a.npy', numpy.zeros(100_000))):\n"
        "    try:\n"
        "        write()\n"
        "        print('written')\n"
        "    except Exception as error:\n"
        "        print(found_no_room(error), repr(error)[:200])\n"
    )
    done = limited(script, str(tmp_path))
    lines = done.stdout.splitlines()
    assert len(lines) == 2, done.stdout + done.stderr
    assert all(line.startswith("True ") for line in lines), done.stdout + done.stderr


def test_a_log_that_takes_nothing_ends_no_program_and_says_where_it_has_a_gap(tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    script = (
        "import os, sys\n"
        "from tui_tuner.worker.log_stream import outlive_full_disk\n"
        "outlive_full_disk()\n"
        "log = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_APPEND)\n"
        "os.dup2(log, 1); os.dup2(log, 2)\n"
        "print('x' * 4000)\n"
        "for number in range(100): print('a line that finds no room', number)\n"
        "print('an error', file=sys.stderr)\n"
        "os.truncate(sys.argv[1], 0)\n"
        "print('there is room again')\n"
        "sys.exit(7)\n"
    )
    done = limited(script, str(log))
    assert done.returncode == 7, done.stderr
    assert log.read_text() == "\n--- the disk was full: output is missing here ---\nthere is room again\n"


def test_another_fault_of_a_stream_is_no_full_disk() -> None:
    script = (
        "import os, sys\n"
        "from tui_tuner.worker.log_stream import outlive_full_disk\n"
        "outlive_full_disk()\n"
        "os.close(1)\n"
        "try:\n"
        "    print('into nowhere')\n"
        "except OSError as error:\n"
        "    sys.exit(error.errno)\n"
    )
    done = limited(script)
    assert done.returncode == errno.EBADF


def test_large_output_is_written_whole(tmp_path: Path) -> None:
    script = (
        "import sys\n"
        "from tui_tuner.worker.log_stream import outlive_full_disk\n"
        "outlive_full_disk()\n"
        "print('ä' * 1_000_000)\n"
        "sys.stdout.buffer.write(b'bytes') if hasattr(sys.stdout, 'buffer') else None\n"
    )
    done = subprocess.run([sys.executable, "-c", script], stdout=subprocess.PIPE, check=True)
    assert done.stdout == ("ä" * 1_000_000 + os.linesep).encode() + b"bytes"
