"""Keys that come faster than they are handled: typed ahead, pressed twice, or sent in one piece by a slow link."""

from __future__ import annotations

import asyncio
import math
from collections import deque
from contextlib import ExitStack, suppress
from typing import Any

from textual import events
from textual._time import get_time
from textual.app import App, ScreenStackError
from textual.dom import DOMNode
from textual.message_pump import MessagePump
from textual.screen import ModalScreen, Screen
from textual.widget import Widget
from textual.widgets import Input

from tui_tuner.tui.actions import BY_ID, CONSEQUENTIAL, Action

Typed = events.Key | events.Paste

_ROUNDS = 8
"""So often what a key has done is followed through the queues before the next one is let through anyway."""

_PATIENCE_S = 1.0
"""A widget that does not answer holds up keys no longer than that."""

_FRAME_S = 0.1
"""So often a frame is drawn while keys wait."""

_ONE_PIECE_S = 0.05
"""Nobody presses keys one after the other so soon: these came in one piece, pressed before the first one counted."""

_REACTION_S = 0.5
"""What has changed by itself is not what somebody meant who pressed a key so soon afterwards."""


class TypeAhead:
    """Handles each key once all that the one before has done is done, as if they had been typed slowly: what is typed
    ahead goes into the line or the dialog that is being opened, and not to what was in sight before.

    And it knows which keys are left over: they were pressed before what they would act on was in sight, because
    something that was open closed meanwhile. Such a key still moves, opens and types, but a consequential action is not
    done, and the key that has closed something does not count twice.

    Args:
        app: Whose keys they are.
    """

    def __init__(self, app: App[Any]) -> None:
        self._app = app
        self._busy = False
        self._waiting: deque[tuple[Typed, float]] = deque()
        self._let_through: tuple[Typed, float] | None = None
        self._following: asyncio.Task[None] | None = None
        self._undrawn = ExitStack()
        self._undrawn_since = 0.0
        self._opening: list[Widget] = []
        self._target: DOMNode = app
        self._piece_began = self._last_came = self._since = float("-inf")
        self._key = self._closed_by = ""
        self._closed_at = self._in_sight_from = 0.0
        self._to_react_s = 0.0
        self._uncovered: Screen[Any] | None = None
        self._told = True

    # One after the other

    def is_next(self, event: Typed) -> bool:
        """Whether a key is to be handled now. If not, the app gets it again later.

        After a key that was handled, `handled` must be called.
        """
        if self._let_through is not None and self._let_through[0] is event:
            self._since = self._let_through[1]
            self._let_through = None
        elif self._busy:
            self._waiting.append((event, self._begin_of_piece(event)))
            return False
        else:
            self._since = self._begin_of_piece(event)
        self._busy = True
        self._target = self._app.focused or self._app.screen
        return True

    def handled(self, event: Typed) -> None:
        """The key has been handed to what has the focus: see what becomes of it, then let the next one through."""
        self._key = event.key if isinstance(event, events.Key) else ""
        self._following = asyncio.create_task(self._follow())

    def opening(self, widget: Widget) -> None:
        """A line to type in comes on the screen: the next key is for it."""
        self._opening.append(widget)

    def end(self) -> None:
        """The app ends: no key is handled any more."""
        self._waiting.clear()
        self._undrawn.close()
        if self._following is not None:
            self._following.cancel()

    def _begin_of_piece(self, event: Typed) -> float:
        """When the first of the keys came that came in one piece with this one."""
        if event.time - self._last_came >= _ONE_PIECE_S:
            self._piece_began = event.time
        self._last_came = event.time
        return self._piece_began

    async def _follow(self) -> None:
        with suppress(TimeoutError, ScreenStackError):  # there may be no screen for a moment
            async with asyncio.timeout(_PATIENCE_S):
                await self._settle()
        self._opening.clear()
        with suppress(ScreenStackError):
            self._draw_or_not()
        if self._waiting:
            self._let_through = self._waiting.popleft()
            self._app.post_message(self._let_through[0])
        else:
            self._busy = False

    def _draw_or_not(self) -> None:
        """While keys wait, such as those of an arrow that is held down, only a frame now and then is drawn; and each
        that shows what was opened or closed, or the focus elsewhere, since keys may go by where things are."""
        now = get_time()
        is_elsewhere = self._target is not (self._app.focused or self._app.screen)
        if not self._waiting or is_elsewhere or now - self._undrawn_since > _FRAME_S:
            self._draw()
            self._undrawn_since = now
        elif not self._app._batch_count:
            self._undrawn.enter_context(self._app.batch_update())
            self._undrawn_since = now

    def _draw(self) -> None:
        """Textual ends a batch without a word to the screen, which would draw with whatever happens next."""
        self._undrawn.close()
        self._app.screen.check_idle()

    async def _settle(self) -> None:
        """Until everybody has done what the key asked for: the widget that had it and those around it, and then, as
        long as that moves the focus or opens and closes something, what has the focus."""
        start, place = self._target, None
        for turn in range(_ROUNDS):
            opening, self._opening = self._opening, []
            for pump in (*opening, *start.ancestors_with_self, self._app):
                await _done_with_its_queue(pump)
            start = self._app.focused or self._app.screen
            before, place = place, (self._app.screen, start)
            if turn and place == before and not self._opening:
                return

    # What is left over

    def closed(self, *, by_itself: bool = False) -> None:
        """Something else is on top that no key has opened: keys pressed before it is in sight are left over.

        Args:
            by_itself: No key has closed it, so that one may be on its way that was meant for it.
        """
        self._closed_by = "" if by_itself else self._key
        self._closed_at = get_time()
        self._in_sight_from = float("inf")
        self._to_react_s = _REACTION_S if by_itself else 0.0
        self._told = False
        screen = self._app.screen
        self._uncovered = screen if isinstance(screen, ModalScreen) else None

    def shown(self, since: float) -> None:
        """A frame was drawn: what is on top now is in sight.

        Args:
            since: When its writing began, on the clock of events. A key may answer a part of it that the terminal has
                already.
        """
        if math.isinf(self._in_sight_from):
            self._in_sight_from = since + self._to_react_s

    def is_left_over(self, event: Typed) -> bool:
        """Whether a key that is handled now must not be, since it was meant for something that has closed."""
        in_sight_from = min(self._in_sight_from, self._closed_at + _PATIENCE_S)  # maybe there was nothing to draw
        if not isinstance(event, events.Key) or self._since >= in_sight_from:
            return False
        if isinstance(self._app.focused, Input):
            return False
        if event.key == self._closed_by or self._app.screen is self._uncovered:
            return True
        action = self._action(event.key)
        if action is None or action.id not in CONSEQUENTIAL:
            return False
        self._tell(action)
        return True

    def _action(self, key: str) -> Action | None:
        """What the key would do."""
        found = self._app.active_bindings.get(key)
        return BY_ID.get(found.binding.id or "") if found is not None and found.enabled else None

    def _tell(self, action: Action) -> None:
        if not self._told:
            self._told = True
            self._app.notify(
                "The key was pressed before what it acts on was in sight. Press it again if you mean it.",
                title=f"Not done: {action.label}",
                severity="warning",
                markup=False,
            )


def type_ahead_of(app: App[Any]) -> TypeAhead | None:
    """What handles the keys of an app in their order, if anything does."""
    found = getattr(app, "type_ahead", None)
    return found if isinstance(found, TypeAhead) else None


async def _done_with_its_queue(pump: MessagePump) -> None:
    done = asyncio.Event()
    if pump.call_later(done.set):
        await done.wait()
