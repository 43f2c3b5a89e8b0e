"""A worker process: talks to its executor over an inherited socket, and runs one job after another.

A control thread listens, the main thread works. When the executor's end of the socket closes, for whatever reason,
the worker ends itself and every process that the user's code has started in it: a killed engine leaves nothing behind.
"""

from __future__ import annotations

import contextlib
import errno
import faulthandler
import os
import queue
import select
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NoReturn

from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.worker import demo, handed_over, template
from tui_tuner.worker.control import TrialControl
from tui_tuner.worker.device import limit_gpu_memory
from tui_tuner.worker.dispatch import ClosingReport, run_job
from tui_tuner.worker.failures import trial_failure
from tui_tuner.worker.jobs import Job, TrialJob
from tui_tuner.worker.lifeline import hold
from tui_tuner.worker.log_files import OutputSwitch
from tui_tuner.worker.log_stream import outlive_full_disk
from tui_tuner.worker.messages import LINE_CLOSED, SetControl, Setup
from tui_tuner.worker.priority import stand_back
from tui_tuner.worker.protocol import JobRunner, Reporter
from tui_tuner.worker.reports import Report, WorkerStarted
from tui_tuner.worker.simulated import PREFIX, SimulatedRunner

_PARENT_CHECK_S = 2.0
"""How often the worker looks whether its parent lives, for when another process holds the socket open."""


def main() -> NoReturn:
    """Run the worker whose socket is the file descriptor in `sys.argv[1]`.

    `sys.argv[2]` is the line of a template that it shall leave behind, if one is wanted.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    faulthandler.enable()
    outlive_full_disk()
    stand_back()
    descriptors = [int(argument) for argument in sys.argv[1:]]
    for descriptor in descriptors:
        os.set_inheritable(descriptor, False)
    connection = Connection(descriptors[0])
    control = socket.socket(fileno=descriptors[1]) if len(descriptors) > 1 else None
    _work(connection, Parent(), control)


def _work(connection: Connection, parent: Parent, control: socket.socket | None = None) -> NoReturn:
    """Be a worker.

    Args:
        control: The line of the template to leave behind, or `None`.
    """
    try:
        setup = connection.recv()
    except (EOFError, OSError):
        _end()
    assert isinstance(setup, Setup)

    def leave_template() -> None:
        if control is not None and (engine := parent.watch()) is not None:
            template.leave_behind(control, connection, engine, lambda line: _work(line, Parent(engine)))

    WorkerProcess(connection, setup, parent, leave_template).run()


class Parent:
    """The process that has the executor.

    Args:
        watched: A pidfd of it, for a worker that is not its child.
    """

    def __init__(self, watched: int | None = None) -> None:
        self._pid = os.getppid()
        self._watched = watched

    def watch(self) -> int | None:
        """A pidfd of it; `None` if it is gone."""
        try:
            watched = os.pidfd_open(self._pid)
        except OSError:
            return None
        return None if self.is_gone() else watched  # looked at last: else its number might be another's by now

    def is_gone(self) -> bool:
        """Whether it has ended."""
        if self._watched is None:
            return os.getppid() != self._pid
        look = select.poll()
        look.register(self._watched, select.POLLIN)
        return bool(look.poll(0))


class WorkerProcess:
    """One worker process, from its first message to its end."""

    def __init__(
        self, connection: Connection, setup: Setup, parent: Parent, leave_template: Callable[[], None]
    ) -> None:
        self._connection = connection
        self._setup = setup
        self._parent = parent
        self._leave_template = leave_template
        self._sending = threading.Lock()
        self._jobs: queue.SimpleQueue[tuple[Job, Reporter]] = queue.SimpleQueue()
        self._controls: dict[str, TrialControl] = {}  # of the trials that were handed over and have not ended
        self._output = OutputSwitch()
        self._folder = Path.cwd()

    def run(self) -> NoReturn:
        """Start up and run jobs until the executor goes away."""
        setup = self._setup
        hold(setup.lifeline)
        self._report(WorkerStarted(setup.worker, os.getpid(), setup.device))
        threading.Thread(target=self._listen, name="control", daemon=True).start()
        runner = _make_runner(setup, Reporter(setup.worker, self._report), self._leave_template)
        while True:
            job, reporter = self._jobs.get()
            closing = self._run(runner, job, reporter)
            if isinstance(job, TrialJob):
                self._controls.pop(job.trial_id, None)
            self._report(closing)

    def _run(self, runner: JobRunner, job: Job, reporter: Reporter) -> ClosingReport:
        with contextlib.suppress(OSError):  # it is gone; who needs it will say so
            os.chdir(self._folder)  # an earlier trial may have left it
        if not isinstance(job, TrialJob):
            return run_job(runner, job, reporter)
        path = SearchDirectory(self._setup.task.project_dir).trial_log(job.trial_id)
        try:
            with self._output.into(path, _heading(job, reporter.worker)):
                return run_job(runner, job, reporter)
        except OSError as error:  # of the log; `run_job` raises none
            return trial_failure(error, job, reporter.worker)

    def _report(self, report: Report) -> None:
        try:
            with self._sending:
                self._connection.send(report)
        except OSError as error:
            _end_for(error)

    def _listen(self) -> None:
        try:
            while True:
                while not self._connection.poll(_PARENT_CHECK_S):
                    if self._parent.is_gone():
                        _end()
                self._take(self._connection.recv())
        except (EOFError, OSError) as error:
            _end_for(error)
        except BaseException as error:  # no memory is left, say; without this thread nothing reaches the worker
            try:
                traceback.print_exception(error)
            finally:
                os._exit(1)

    def _take(self, message: Job | SetControl) -> None:
        if isinstance(message, SetControl):
            control = self._controls.get(message.trial_id)
            if control is not None:
                control.set(message.control, message.answered)
            return
        reporter = Reporter(self._setup.worker, self._report, awaits_answers=self._setup.task.awaits_answers)
        if isinstance(message, TrialJob):
            self._controls[message.trial_id] = reporter.control
        self._jobs.put((message, reporter))


def _heading(job: TrialJob, worker: str) -> str:
    """What sets a further attempt off in the log; the first one needs nothing."""
    if job.attempt == 0:
        return ""
    return f"--- attempt {job.attempt + 1}, {worker}, {time.strftime('%Y-%m-%d %H:%M:%S')} ---"


def _make_runner(setup: Setup, reporter: Reporter, leave_template: Callable[[], None]) -> JobRunner:
    task = setup.task
    if task.model.startswith(PREFIX):
        from tui_tuner.worker import simulated

        simulated.warm_up(task, reporter, leave_template)
        runner: JobRunner = SimulatedRunner(task)
    elif task.model.startswith(demo.PREFIX):
        demo.warm_up(reporter, leave_template)
        runner = demo.DemoRunner(task)
    elif task.model.startswith(handed_over.PREFIX):
        from tui_tuner.worker.runner import warm_up

        warm_up(reporter, leave_template)
        limit_gpu_memory(setup.gpu_share)
        return handed_over.open_runner(Path(task.model.removeprefix(handed_over.PREFIX)))
    else:
        from tui_tuner.worker.runner import KerasRunner, warm_up

        warm_up(reporter, leave_template)
        limit_gpu_memory(setup.gpu_share)
        runner = KerasRunner(task)
    # Only now, so that no file of the user's shadows a module that Keras needs.
    sys.path.insert(0, str(Path.cwd()))
    return runner


def _end_for(error: EOFError | OSError) -> NoReturn:
    """End because the line to the executor is broken."""
    if isinstance(error, OSError) and error.errno == errno.EBADF:
        os._exit(LINE_CLOSED)  # by this process: the executor is there, hears of it, and ends what is left
    _end()


def _end() -> NoReturn:
    """End this process and all that were started from it, at once."""
    if os.getpgrp() == os.getpid():
        os.killpg(os.getpid(), signal.SIGKILL)
    os._exit(1)
