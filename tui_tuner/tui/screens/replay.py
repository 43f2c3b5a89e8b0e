"""A search as it was, with the keys to go through its time."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from tui_tuner.engine.replay import FASTEST, SLOWEST, ReplaySource
from tui_tuner.engine.view import SearchSource
from tui_tuner.tui.actions import ACTIONS, SCOPES, Action, bindings
from tui_tuner.tui.actions.search import GROUP as STEERING
from tui_tuner.tui.driving import Driving
from tui_tuner.tui.screens.search import SearchScreen
from tui_tuner.tui.widgets.scrub_bar import Moment, ScrubBar

SPEEDS = (SLOWEST, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, FASTEST)

_KEYS = {key for action in SCOPES["replay"] for key in action.keys.split(",")}
"""They mean the search's time here, whatever they mean elsewhere."""


class ReplayScreen(SearchScreen):
    """The search's own screen on a `ReplaySource`, with a scrub bar. Nothing is steered.

    Args:
        source: The search.
        options: Those of `SearchScreen`.
    """

    BINDINGS: ClassVar[list[BindingType]] = bindings("replay")
    actions: ClassVar[tuple[Action, ...]] = (
        *SCOPES["replay"],
        *(action for action in ACTIONS if action.group != STEERING and _KEYS.isdisjoint(action.keys.split(","))),
    )

    def __init__(self, source: SearchSource, driving: Driving, **options: Any) -> None:
        if not isinstance(source, ReplaySource):
            raise TypeError("only a ReplaySource can be replayed")
        super().__init__(source, driving, **{**options, "herald": None})  # it is long over
        self._replay = source
        self._mark_positions = [mark.position for mark in source.marks]
        self.scrub = ScrubBar(source.marks)

    def compose(self) -> ComposeResult:
        for widget in super().compose():
            if widget is self._keys:
                yield self.scrub
            yield widget

    def poll(self) -> None:
        super().poll()
        self._show_moment()

    def _show_moment(self) -> None:
        replay = self._replay
        self.scrub.show(
            Moment(
                playing=replay.playing,
                speed=replay.speed,
                position=replay.position,
                end=replay.timeline.end,
                time_s=replay.now(),
                lasted_s=replay.end_s - replay.start_s,
            )
        )

    def action_play(self) -> None:
        self._replay.play(not self._replay.playing)
        self.poll()

    def action_faster(self) -> None:
        self._replay.speed = next((speed for speed in SPEEDS if speed > self._replay.speed), FASTEST)
        self.poll()

    def action_slower(self) -> None:
        self._replay.speed = next((speed for speed in reversed(SPEEDS) if speed < self._replay.speed), SLOWEST)
        self.poll()

    def action_step_on(self) -> None:
        self._step(1)

    def action_step_back(self) -> None:
        self._step(-1)

    def _step(self, by: int) -> None:
        self._replay.play(False)
        self._replay.step(by)
        self.poll()

    def action_next_trial(self) -> None:
        self._replay.step_trial(1)
        self.poll()

    def action_previous_trial(self) -> None:
        self._replay.step_trial(-1)
        self.poll()

    def action_next_mark(self) -> None:
        index = bisect_right(self._mark_positions, self._replay.position)
        if index < len(self._mark_positions):
            self._go_to(self._mark_positions[index])

    def action_previous_mark(self) -> None:
        index = bisect_left(self._mark_positions, self._replay.position) - 1
        if index >= 0:
            self._go_to(self._mark_positions[index])

    def action_to_start(self) -> None:
        self._go_to(1)

    def action_to_end(self) -> None:
        self._go_to(self._replay.timeline.end)

    def on_scrub_bar_sought(self, message: ScrubBar.Sought) -> None:
        self._go_to(message.position)

    def _go_to(self, position: int) -> None:
        self._replay.go_to(position)
        self.poll()
