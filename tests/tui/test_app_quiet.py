"""Nothing is drawn while nothing changes, and only what has changed otherwise."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from support.fake_source import BEGAN, FakeSource, make_trial, make_view
from support.running_app import App, running
from textual.content import Content
from textual.screen import Screen

from tui_tuner.engine.view import SearchState, TrialState


class Frames:
    """Counts what is sent to the terminal."""

    def __init__(self, app: App) -> None:
        self._app = app
        self.frames: list[str] = []
        display = app.app._display

        def counted(screen: object, renderable: object) -> None:
            self.frames.append(type(renderable).__name__)
            display(screen, renderable)  # type: ignore[arg-type]

        app.app._display = counted  # type: ignore[method-assign]

    async def settle(self) -> None:
        """Wait for the last frames of the start, then count from nothing."""
        quiet = 0
        while quiet < 5:
            before = self.count
            await self._app.pilot.pause()
            quiet = quiet + 1 if self.count == before else 0
        self.frames.clear()

    @property
    def count(self) -> int:
        return len(self.frames)

    async def begin(self, app: App) -> None:
        """Count from now on: the start is drawn to its end."""
        before = -1
        while before != self.count:
            before = self.count
            await app.pilot.pause(0.05)
        self.frames.clear()


@pytest.mark.parametrize("state", [SearchState.PAUSED, SearchState.COMPLETED])
async def test_unchanged_polls_draw_nothing(state: SearchState) -> None:
    now = [BEGAN + 90]
    source = FakeSource(make_view([make_trial(0), make_trial(1, TrialState.RUNNING, done=2)], state=state))
    async with running(source, clock=lambda: now[0]) as app:
        frames = Frames(app)
        await frames.begin(app)
        for _ in range(5):
            now[0] += 1
            await app.poll()
        await app.pilot.pause()
        assert frames.frames == []


async def test_time_alone_redraws_the_clock_once_a_second() -> None:
    now = [BEGAN + 90.0]
    source = FakeSource(make_view([make_trial(0), make_trial(1, TrialState.RUNNING, done=2)]))
    async with running(source, clock=lambda: now[0]) as app:
        clock = app.pane("clock")
        drawn: list[str] = []
        update = clock.update

        def counted(content: Content, **options: bool) -> None:
            drawn.append(content.plain)
            update(content, **options)

        clock.update = counted
        frames = Frames(app)
        await frames.settle()
        drawn.clear()
        for _ in range(4):
            now[0] += 0.25
            await app.poll()
        assert len(drawn) == 1
        assert "1 min 31 s" in drawn[0]
        assert frames.count <= 2


async def test_an_epoch_redraws_the_lines_that_changed() -> None:
    trials = [make_trial(number, score=0.5 + number / 100) for number in range(20)]
    source = FakeSource(make_view([*trials, make_trial(20, TrialState.RUNNING, done=2)]))
    async with running(source) as app:
        board = app.pane("leaderboard")
        drawn: list[int] = []
        board.refresh_lines = lambda start, count=1: drawn.append(start)
        source.put_trial(make_trial(20, TrialState.RUNNING, done=3))
        await app.poll()
        assert drawn == [1]


async def test_an_epoch_and_a_second_lay_nothing_out_again() -> None:
    now = [BEGAN + 90.0]
    source = FakeSource(make_view([make_trial(0), make_trial(1, TrialState.RUNNING, done=2)]))
    async with running(source, clock=lambda: now[0]) as app:
        await Frames(app).settle()
        laid_out: list[Screen[Any]] = []
        app.screen.screen_layout_refresh_signal.subscribe(app.screen, laid_out.append, immediate=True)
        source.put_trial(make_trial(1, TrialState.RUNNING, done=3))
        now[0] += 1
        await app.poll()
        await app.pilot.pause()
        assert "3/" in app.text
        assert not laid_out
        source.view = make_view([make_trial(0), *(make_trial(number, TrialState.RUNNING, done=3) for number in (1, 2))])
        await app.poll()
        await app.pilot.pause()
        assert laid_out  # another worker has a line of its own


async def test_hidden_panes_are_not_drawn_and_catch_up_when_they_are_shown() -> None:
    source = FakeSource(make_view([make_trial(0)]))
    async with running(source, size=(80, 24)) as app:
        source.put_trial(make_trial(1, score=0.99))
        await app.poll()
        assert app.pane("best")._state is None
        await app.press("4")
        await app.pilot.pause()
        assert "0.9900" in app.text


async def test_what_a_key_has_changed_waits_for_no_frame_and_news_do(monkeypatch: pytest.MonkeyPatch) -> None:
    source = FakeSource(make_view([make_trial(0), make_trial(1, TrialState.RUNNING, done=2)]))
    async with running(source) as app:
        frames = Frames(app)
        await frames.settle()
        monkeypatch.setattr(app.screen._update_timer, "resume", lambda: None)  # there is no frame
        await app.press("l")
        assert frames.count
        monkeypatch.setattr("tui_tuner.tui.screens.immediate._BY_A_KEY_S", 0.0)  # that was long ago
        await frames.settle()
        source.put_trial(make_trial(1, TrialState.RUNNING, done=3))
        app.screen.poll()  # and no pause of Pilot's, which draws
        for _ in range(100):
            await asyncio.sleep(0)
        assert app.screen._dirty_widgets
        assert frames.count == 0
