"""What a person can ask of the engine on the screen of a search, and how its answers show."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tui_tuner.analysis.text import clean
from tui_tuner.engine.commands import CommandKind
from tui_tuner.engine.view import SearchView, TrialView
from tui_tuner.errors import TunerError
from tui_tuner.tui.actions import Situation, availability
from tui_tuner.tui.control import Control, Said
from tui_tuner.tui.screens.immediate import ImmediateScreen
from tui_tuner.tui.screens.question import Answer, Question
from tui_tuner.tui.stacking import open_over

if TYPE_CHECKING:
    from tui_tuner.tui.requests import Request

_LOOK_AGAIN_S = 0.1
"""After a command the engine's answer is looked for sooner than at the next poll."""

_TITLES = {
    CommandKind.PAUSE: "Pause",
    CommandKind.RESUME: "Continue",
    CommandKind.STOP: "Stop",
    CommandKind.STOP_NOW: "Stop now",
    CommandKind.SKIP: "Skip",
    CommandKind.ENQUEUE: "Configuration",
    CommandKind.RERUN: "Re-run",
    CommandKind.LIMIT: "Search space",
    CommandKind.SET_MAX_TRIALS: "Trials",
    CommandKind.SET_MAX_TIME: "Time budget",
    CommandKind.SET_WORKERS: "Workers",
}
_SEEN_ANYWAY = frozenset({CommandKind.RESUME, CommandKind.STOP, CommandKind.STOP_NOW})
"""Commands whose success the header shows."""


class SteeredScreen(ImmediateScreen):
    """The base of a search's screen: the actions that ask the engine for something.

    A subclass keeps the snapshot, the selection and the situation, and draws them.
    """

    _control: Control
    _view: SearchView | None
    _shown: TrialView | None
    _situation: Situation

    def poll(self) -> None:
        """Take a snapshot and draw what is new."""
        raise NotImplementedError

    def draw(self) -> None:
        """Draw the present snapshot, selection and requests."""
        raise NotImplementedError

    @property
    def selected_hyperparameter(self) -> str | None:
        """The name of the hyperparameter that the search space's cursor is on."""
        raise NotImplementedError

    def now(self) -> float:
        """Seconds since the epoch."""
        raise NotImplementedError

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Show at once what was asked for, and soon what the engine says to it."""
        try:
            yield
        except TunerError as error:
            self.app.notify(clean(str(error)), severity="error", markup=False)
            return
        self.draw()
        self.set_timer(_LOOK_AGAIN_S, self.poll)

    def tell_answers(self) -> bool:
        """Tell what the engine has answered; whether anything."""
        answers = self._control.answers()
        for said in answers:
            self._tell(said)
        return bool(answers)

    def _tell(self, said: Said) -> None:
        command, answer = said.command, said.answer
        soft = command.kind is CommandKind.PAUSE and not command.arguments.get("hard")
        if answer.ok and (soft or command.kind in _SEEN_ANYWAY):
            return
        title = _TITLES[command.kind] if answer.ok else f"{_TITLES[command.kind]} refused"
        self.app.notify(clean(answer.text), title=title, severity="information" if answer.ok else "error", markup=False)

    # What goes on.

    def action_pause(self) -> None:
        if self._view is not None:
            with self.asking():
                self._control.pause(self._view)

    def action_hard_pause(self) -> None:
        if self._view is not None:
            with self.asking():
                self._control.pause(self._view, hard=True)

    def action_go_on(self) -> None:
        if self._view is not None:
            with self.asking():
                self._control.go_on(self._view)

    action_take_back = action_go_on

    def action_stop(self) -> None:
        with self.asking():
            self._control.stop()

    def action_stop_now(self) -> None:
        def answered(answer: str | None) -> None:
            if answer is not None and self._may_stop_now():
                with self.asking():
                    self._control.stop_now()

        open_over(self.app, Question("Stop the search now?", (_STOP_NOW,), self._may_stop_now), answered)

    def _may_stop_now(self) -> bool:
        return bool(availability("stop_now", self._situation))

    def action_skip(self) -> None:
        if self._shown is not None:
            with self.asking():
                self._control.skip(self._shown.trial_id)

    # What is tried. Dialogs are loaded when the first is opened: the first frame does not wait for them.

    def action_enqueue(self) -> None:
        from tui_tuner.tui import requests

        if self._view is not None:
            self._ask_by_dialog("enqueue", requests.enqueue(self._view, self._shown))

    def action_rerun(self) -> None:
        from tui_tuner.tui import requests

        if self._view is not None:
            self._ask_by_dialog("rerun", requests.rerun(self._view, self._shown))

    def action_limit(self) -> None:
        from tui_tuner.tui import requests

        name = self.selected_hyperparameter
        if self._view is None or name is None:
            return
        try:
            request = requests.limit(self._view, name)
        except TunerError as error:
            self.app.notify(clean(error.message), severity="warning", markup=False)
            return
        self._ask_by_dialog("limit", request)

    def action_budget(self) -> None:
        from tui_tuner.tui import requests

        if self._view is not None:
            self._ask_by_dialog("budget", requests.budget(self._view, self.now()))

    def action_more_workers(self) -> None:
        self._change_workers(1)

    def action_fewer_workers(self) -> None:
        self._change_workers(-1)

    def _change_workers(self, by: int) -> None:
        if self._view is not None:
            with self.asking():
                self._control.change_workers(self._view, by)

    def _ask_by_dialog(self, action: str, request: Request) -> None:
        def answered(result: object) -> None:
            if result is None:
                return
            if not availability(action, self._situation):  # meanwhile the search has ended
                self.app.notify("The search takes no requests any more.", severity="warning", markup=False)
                return
            with self.asking():
                for command in request.commands(result):
                    self._control.ask(command)

        open_over(self.app, request.dialog, answered)


_STOP_NOW = Answer("stop", "y", "Stop now", "The running trials are cut off; they go on when the search is resumed.")
