"""The ways out of the screen of a search, and what becomes of its loop."""

from __future__ import annotations

from collections.abc import Callable

from textual.worker import Worker

from tui_tuner.analysis.text import clean
from tui_tuner.tui.driving import Driving
from tui_tuner.tui.screens.question import Answer, Question
from tui_tuner.tui.screens.steered import SteeredScreen
from tui_tuner.tui.stacking import open_over
from tui_tuner.tui.state import Leave


class LeavingScreen(SteeredScreen):
    """The part of a search's screen that ends it. A subclass runs the loop, if it runs here."""

    _driving: Driving
    _leave: Callable[[Leave], None]
    _attached: bool
    _leaving_after_stop = False

    def action_detach(self) -> None:
        self._leave(Leave.HEADLESS)

    def action_leave(self) -> None:
        if not self._is_driven():
            live = self._view is not None and self._view.state.is_live
            self._leave(Leave.HEADLESS if live and self._attached else Leave.FINISHED)
            return

        def answered(answer: str | None) -> None:
            if answer == _LEAVE_RUNNING.id:
                self._leave(Leave.HEADLESS)
            elif answer == _STOP_AND_QUIT.id:
                self._stop_and_leave()

        answers = (_LEAVE_RUNNING,) if self._leaving_after_stop else (_STOP_AND_QUIT, _LEAVE_RUNNING)
        open_over(self.app, Question("The search is running", answers, self._is_driven), answered)

    def _is_driven(self) -> bool:
        """Whether leaving means something for the search: its loop runs here, and has more to do than to return."""
        is_over = self._view is not None and not self._control.state(self._view).is_live
        return self._driving.running and not is_over

    def _stop_and_leave(self) -> None:
        if not self._is_driven():
            self._leave(Leave.FINISHED)
            return
        with self.asking():
            self._control.stop_now()
            self._leaving_after_stop = True

    def loop_ended(self, event: Worker.StateChanged) -> None:
        """The search loop returned or raised."""
        if not self._driving.ended(event):
            return
        self._control.forget()
        self.poll()
        self.draw()
        if self._driving.error is not None:
            self.app.notify(
                clean(str(self._driving.error)) or type(self._driving.error).__name__,
                title="The search loop failed",
                severity="error",
                timeout=60,
                markup=False,
            )
        if self._leaving_after_stop:
            self._leave(Leave.STOPPED)


_STOP_AND_QUIT = Answer(
    "stop", "s", "Stop it and quit", "The running trials are cut off; they go on when it is resumed."
)
_LEAVE_RUNNING = Answer("headless", "h", "Leave it running", "It goes on without the screen; attach to it at any time.")
