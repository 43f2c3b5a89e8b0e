"""The app on a fake search, for Pilot tests."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from threading import Event
from typing import Any

from support.fake_source import BEGAN, FakeSource
from textual import events
from textual.pilot import Pilot

from tui_tuner.tui.app import Leave, TunerApp

NOW = BEGAN + 94.0
DEADLINE_S = 10.0
_CHARACTERS = {"space": " ", "equals_sign": "=", "plus": "+"}


class Loop:
    """A search loop that only waits: until it is released, or the test says that the search is over."""

    def __init__(self) -> None:
        self.calls = 0
        self.running = Event()
        self.over = Event()
        self.was_released = False
        self.error: Exception | None = None

    def __call__(self, released: Callable[[], bool]) -> None:
        self.calls += 1
        self.running.set()
        while not released():
            if self.over.wait(0.01):
                if self.error is not None:
                    raise self.error
                return
        self.was_released = True


class App:
    """A running app under test."""

    def __init__(self, app: TunerApp, pilot: Pilot[Leave], source: FakeSource) -> None:
        self.app = app
        self.pilot = pilot
        self.source = source
        self.screen = app.search

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    async def burst(self, *keys: str) -> None:
        """Keys that the terminal sends in one piece: nothing is done yet when the next one is there."""
        for key in keys:
            self.app.post_message(events.Key(key, key if len(key) == 1 else _CHARACTERS.get(key)))
        await self.pilot.pause()
        await self.pilot.pause()

    async def poll(self) -> None:
        """Take a snapshot now, and let it be drawn."""
        self.screen.poll()
        await self.pilot.pause(0.0)
        await self.pilot.pause(0.0)

    async def until(self, condition: Callable[[], object]) -> None:
        """Let the app work until the condition holds."""
        deadline = time.monotonic() + DEADLINE_S
        while not condition():
            assert time.monotonic() < deadline, "the condition never held"
            await self.pilot.pause(0.01)

    @property
    def has_dialog(self) -> bool:
        """Whether something lies over the search."""
        return self.app.screen is not self.screen

    def pane(self, name: str) -> Any:
        return self.screen.query_one(f"#{name}")

    @property
    def header(self) -> str:
        """What the header says."""
        return str(self.pane("header").text)

    @property
    def text(self) -> str:
        """The whole screen as text."""
        strips = self.app.screen._compositor.render_strips()
        return "\n".join("".join(segment.text for segment in strip) for strip in strips)

    def row(self, needle: str) -> str:
        """The line of the screen that holds `needle`."""
        return next(line for line in self.text.splitlines() if needle in line)


@asynccontextmanager
async def running(
    source: FakeSource, *, size: tuple[int, int] = (160, 45), clock: Callable[[], float] = lambda: NOW, **options: Any
) -> AsyncIterator[App]:
    """The app, drawn once on `source`. `options` are those of `TunerApp`."""
    app = TunerApp(source, drive=options.pop("drive", None), clock=clock, **options)
    async with app.run_test(size=size) as pilot:
        found = App(app, pilot, source)
        await found.until(lambda: app.search.state is not None)
        await pilot.pause()
        yield found
