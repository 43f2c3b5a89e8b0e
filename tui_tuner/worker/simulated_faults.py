"""The ways in which real training fails, committed on request by simulated training."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time

from tui_tuner.errors import FailedTrialError, FatalValueError

FAULTS = (
    *("raise", "fatal", "failed", "exit", "nan", "inf", "no_objective"),
    *("die", "segfault", "hang", "stuck", "print", "child", "stray", "memory"),
    *("move", "mute", "close"),
)
"""What the hyperparameter `fault` can ask for, at epoch `fault_epoch` (0 unless it is given).

`raise`, `fatal`, `failed` raise a `RuntimeError`, a `FatalValueError`, a `FailedTrialError`; `exit` calls
`sys.exit(3)`; `nan` and `inf` make all metrics so; `no_objective` leaves the objective out; `die` and `segfault` end
the process by `SIGKILL` and `SIGSEGV`; `hang` never ends its epoch, `stuck` neither, in native code that lets no other
thread run, with all signals blocked; `print` writes a line through Python, one past it and one through C's buffer;
`child` starts a process that outlives the trial, and prints its id, `stray` one that has left the worker's process
group and holds its files open; `memory` takes `fault_mib` MiB (64 unless it is given) that the worker keeps;
`move` goes to the root folder, `mute` closes Python's standard output, `close` all files but the standard streams.
"""

_KEPT: list[bytearray] = []


def commit_fault(fault: str, metrics: dict[str, float], objective: str, mib: int) -> dict[str, float]:
    """Do what the hyperparameter `fault` asks for; returns the metrics that the epoch reports."""
    match fault:
        case "raise":
            raise RuntimeError("simulated failure [red]in[/red] the model")
        case "fatal":
            raise FatalValueError("simulated fatal mistake")
        case "failed":
            raise FailedTrialError("simulated hopeless configuration")
        case "exit":
            sys.exit(3)
        case "nan" | "inf":
            return dict.fromkeys(metrics, float(fault))
        case "no_objective":
            return {name: value for name, value in metrics.items() if name != objective}
        case "die":
            os.kill(os.getpid(), signal.SIGKILL)
        case "segfault":
            os.kill(os.getpid(), signal.SIGSEGV)
        case "hang":
            threading.Event().wait()
        case "stuck":
            signal.pthread_sigmask(signal.SIG_SETMASK, signal.valid_signals())
            ctypes.PyDLL(None).sleep(100_000)
        case "print":
            print("from Python")
            os.write(1, b"past Python\n")
            ctypes.CDLL(None).printf(b"from C, which keeps it back for a while\n")
        case "child":
            print(subprocess.Popen(["sleep", "1000"]).pid)
        case "stray":
            print(_stray())
        case "move":
            os.chdir("/")
        case "mute":
            sys.stdout.close()
        case "close":
            os.closerange(3, 1024)
        case "memory":
            _KEPT.append(bytearray(b"x") * (mib * 2**20))
    return metrics


def _stray() -> int:
    pid = os.fork()
    if pid == 0:
        os.setsid()
        time.sleep(100_000)
    return pid
