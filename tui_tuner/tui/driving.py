"""Runs the search loop in a background thread of the app."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event

from textual.app import App
from textual.worker import Worker, WorkerState, get_current_worker

from tui_tuner.tui.state import Leave

Drive = Callable[[Callable[[], bool]], None]
"""The search loop. It returns when the search is over, or soon after its argument says that the app lets go of it."""


class Driving:
    """At most one search loop at a time.

    Args:
        app: Runs the thread.
        make: Makes a loop that goes on with the search, or `None` if that is not possible here.
    """

    NAME = "search loop"

    def __init__(self, app: App[Leave], make: Callable[[], Drive] | None) -> None:
        self._app = app
        self._make = make
        self._released = Event()
        self._worker: Worker[None] | None = None
        self.error: BaseException | None = None

    @property
    def running(self) -> bool:
        """Whether a loop runs in this process."""
        return self._worker is not None and not self._worker.is_finished

    @property
    def can_resume(self) -> bool:
        return self._make is not None

    def start(self, drive: Drive) -> None:
        """Run the loop until it returns or is released."""

        def run() -> None:
            worker = get_current_worker()
            drive(lambda: self._released.is_set() or worker.is_cancelled)

        self.error = None
        self._worker = self._app.run_worker(run, name=self.NAME, thread=True, exit_on_error=False)

    def resume(self) -> None:
        """Make a new loop and run it.

        Raises:
            TunerError: If the search cannot go on, as where another process runs it.
        """
        assert self._make is not None
        self.start(self._make())

    def release(self) -> None:
        """Ask the loop to return: the caller of the app goes on with it."""
        self._released.set()

    def ended(self, event: Worker.StateChanged) -> bool:
        """Whether this event says that the loop is over; keeps its error, if it raised one."""
        if event.worker is not self._worker or not event.worker.is_finished:
            return False
        if event.state is WorkerState.ERROR:
            self.error = event.worker.error
        return True
