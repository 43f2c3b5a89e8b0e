"""`python -m tui_tuner.worker.aside_main FD`: does one job beside a search, such as to make the final model.

The job comes and the answers go through the socket `FD`. What Keras prints goes to the standard output.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

from tui_tuner.errors import TunerError
from tui_tuner.worker.aside_jobs import AsideJob, Failed, Result, Told
from tui_tuner.worker.final_jobs import RetrainJob
from tui_tuner.worker.jobs import Task
from tui_tuner.worker.probe_jobs import ProbeJob


def main() -> None:
    """Do the job. When whoever asked for it is gone, it ends at once, with all that the user's code has started."""
    with Connection(int(sys.argv[1])) as connection:
        try:
            job: AsideJob = connection.recv()
            threading.Thread(target=_end_with, args=(connection,), name="asker", daemon=True).start()
            connection.send(_answer(job, connection.send))
        except (OSError, EOFError):
            os._exit(1)


def _end_with(connection: Connection) -> None:
    """Wait for the other end to close: nothing more comes."""
    with contextlib.suppress(EOFError, OSError):
        connection.recv()
    if os.getpgrp() == os.getpid():
        os.killpg(os.getpid(), signal.SIGKILL)
    os._exit(1)


def _answer(job: AsideJob, tell: Callable[[Told], None]) -> Result | Failed:
    from tui_tuner.worker.failures import one_line

    try:
        return _do(job, tell)
    except BrokenPipeError:
        raise
    except TunerError as error:
        return Failed(error.message, error.hint)
    except (Exception, SystemExit) as error:
        traceback.print_exception(error)
        return Failed(one_line(error))


def _do(job: AsideJob, tell: Callable[[Told], None]) -> Result:
    if isinstance(job, ProbeJob):
        from tui_tuner.worker.probe import probe

        _see_the_users_files()
        return probe(job, tell)
    task = _task(job.root)
    if isinstance(job, RetrainJob):
        from tui_tuner.worker.final_model import retrain

        _see_the_users_files()
        return retrain(task, job, tell)
    from tui_tuner.worker.final_evaluation import evaluate_file

    _see_the_users_files()
    return evaluate_file(task, job)


def _task(root: Path) -> Task:
    from tui_tuner.configs.assemble import stored_search

    return stored_search(root).task


def _see_the_users_files() -> None:
    """Only once Keras is imported, so that no file of the user's shadows a module that it needs."""
    sys.path.insert(0, str(Path.cwd()))


if __name__ == "__main__":
    main()
