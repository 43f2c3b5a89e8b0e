"""What holds for all tests."""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Iterator

import pytest

from tui_tuner.system.collector import Freezing

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # So a shell starts what it runs in the background; the programs that tests start and interrupt would inherit it.
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Where bytecode may not be kept, each of the many programs that tests start would compile all of its modules anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
# What nobody has read yet stays in a buffer, as it does for everybody.
os.environ.pop("PYTHONUNBUFFERED", None)

# Beside TensorFlow a full collection takes a fifth of a second, and there is one in each test of the app.
gc.callbacks.append(Freezing(most=1000, long_s=0.02))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """The whole suite runs in one process more than there are cores, because tests wait now and then, but in at most
    four for the sake of memory; what is named, in one."""
    if config.args_source is pytest.Config.ArgsSource.ARGS:
        return 0
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(4, cores + 1)


@pytest.fixture(autouse=True, scope="session")
def state_of_nobody(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What programs keep for the person at this machine is kept elsewhere."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        patch.setenv("TUI_TUNER_WORKER_NICE", "0")  # the tests beside them would starve the workers of an app
        yield
