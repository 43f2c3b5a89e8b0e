"""`python -m tui_tuner.worker.final_main FD`: makes or evaluates the final model in a process of its own.

The request comes and the answers go through the socket `FD`. What Keras prints goes to the standard output.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

from tui_tuner.errors import TunerError
from tui_tuner.worker.final_jobs import Failed, Progress, Reply, Request, RetrainJob


def main() -> None:
    """Do what the request says. Who has asked being gone ends it at the next epoch."""
    with Connection(int(sys.argv[1])) as connection:
        try:
            request: Request = connection.recv()
            connection.send(_answer(request, connection.send))
        except (OSError, EOFError):
            os._exit(1)


def _answer(request: Request, tell: Callable[[Progress], None]) -> Reply:
    from tui_tuner.worker.failures import one_line

    try:
        return _do(request, tell)
    except BrokenPipeError:
        raise
    except TunerError as error:
        return Failed(error.message, error.hint)
    except (Exception, SystemExit) as error:
        traceback.print_exception(error)
        return Failed(one_line(error))


def _do(request: Request, tell: Callable[[Progress], None]) -> Reply:
    from tui_tuner.configs.assemble import plan_search, stored_config

    task = plan_search(stored_config(request.root)).task
    job = request.job
    if isinstance(job, RetrainJob):
        from tui_tuner.worker.final_model import retrain

        _see_the_users_files()
        return retrain(task, job, tell)
    from tui_tuner.worker.final_evaluation import evaluate_file

    _see_the_users_files()
    return evaluate_file(task, job)


def _see_the_users_files() -> None:
    """Only once Keras is imported, so that no file of the user's shadows a module that it needs."""
    sys.path.insert(0, str(Path.cwd()))


if __name__ == "__main__":
    main()
