"""The ways out of the app, and what becomes of the search loop."""

from __future__ import annotations

import pytest
from support.fake_source import FakeSource, make_trial, make_view
from support.running_app import Loop, running

from tui_tuner.engine.commands import CommandKind
from tui_tuner.engine.view import SearchState, TrialState
from tui_tuner.tui.app import Leave
from tui_tuner.tui.screens.question import Question


def live() -> FakeSource:
    return FakeSource(make_view([make_trial(0), make_trial(1, TrialState.RUNNING, done=4)]))


def over() -> FakeSource:
    return FakeSource(make_view([make_trial(0)], state=SearchState.COMPLETED))


@pytest.mark.parametrize("key", ["q", "ctrl+q"])
async def test_quitting_a_finished_search_asks_nothing(key: str) -> None:
    async with running(over()) as app:
        await app.press(key)
    assert app.app.return_value is Leave.FINISHED


async def test_quitting_an_attached_app_leaves_the_search_alone() -> None:
    source = live()
    async with running(source, attached=True) as app:
        await app.press("q")
    assert app.app.return_value is Leave.HEADLESS
    assert source.sent == []


async def test_quitting_can_leave_the_search_running() -> None:
    source, loop = live(), Loop()
    async with running(source, drive=loop) as app:
        await app.until(loop.running.is_set)
        await app.press("q")
        assert isinstance(app.app.screen, Question)
        await app.press("h")
    assert app.app.return_value is Leave.HEADLESS
    assert loop.was_released
    assert source.sent == []


async def test_quitting_can_be_cancelled() -> None:
    source, loop = live(), Loop()
    async with running(source, drive=loop) as app:
        await app.until(loop.running.is_set)
        await app.press("q", "escape")
        assert app.app.screen is app.screen
        assert app.app.is_running
        assert not loop.was_released
        assert source.sent == []


@pytest.mark.parametrize("answer", ["s", "enter"])
async def test_quitting_can_stop_the_search_and_waits_for_it(answer: str) -> None:
    source, loop = live(), Loop()
    async with running(source, drive=loop) as app:
        await app.until(loop.running.is_set)
        await app.press("q", answer)
        assert source.kinds() == [CommandKind.STOP_NOW]
        assert "stopping now" in app.header
        assert app.app.is_running
        source.put(state=SearchState.STOPPED, run_started=None)
        await app.poll()
        assert app.app.is_running  # the loop has not returned yet
        loop.over.set()
        await app.until(lambda: app.app.return_value is not None)
    assert app.app.return_value is Leave.STOPPED
    assert not loop.was_released


async def test_who_waits_for_the_stop_can_still_leave_it_running() -> None:
    source, loop = live(), Loop()
    async with running(source, drive=loop) as app:
        await app.until(loop.running.is_set)
        await app.press("q", "s")
        await app.press("q", "h")
    assert app.app.return_value is Leave.HEADLESS
    assert loop.was_released


async def test_the_screen_stays_at_the_end_of_the_search() -> None:
    source, loop = live(), Loop()
    async with running(source, drive=loop) as app:
        await app.until(loop.running.is_set)
        source.put(state=SearchState.COMPLETED, run_started=None)
        loop.over.set()
        await app.until(lambda: not app.screen.situation.driving)
        assert app.app.is_running
        assert "✓ completed" in app.header
        await app.press("q")
    assert app.app.return_value is Leave.FINISHED


async def test_a_search_that_is_shown_as_over_is_left_without_a_question_though_its_loop_has_not_returned() -> None:
    source, loop = live(), Loop()
    async with running(source, drive=loop) as app:
        await app.until(loop.running.is_set)
        source.put(state=SearchState.COMPLETED, run_started=None)
        await app.poll()
        await app.press("q")
    assert app.app.return_value is Leave.FINISHED


async def test_a_search_that_is_started_again_is_not_left_without_a_question() -> None:
    source, loop = over(), Loop()
    source.put(state=SearchState.STOPPED)
    async with running(source, make_drive=lambda: loop) as app:
        await app.press("r")
        await app.until(loop.running.is_set)
        await app.press("q")
        assert isinstance(app.app.screen, Question)
        await app.press("h")
    assert app.app.return_value is Leave.HEADLESS


async def test_a_question_about_a_running_search_goes_away_with_it() -> None:
    source, loop = live(), Loop()
    async with running(source, drive=loop) as app:
        await app.until(loop.running.is_set)
        await app.press("q")
        assert isinstance(app.app.screen, Question)
        source.put(state=SearchState.COMPLETED, run_started=None)
        loop.over.set()
        await app.until(lambda: app.app.screen is app.screen)
        assert app.app.is_running
        assert source.sent == []


async def test_the_loop_starts_after_the_first_snapshot_is_shown() -> None:
    loop = Loop()
    source = live()
    async with running(source, drive=loop) as app:
        await app.until(loop.running.is_set)
        assert source.polls >= 1
        assert app.screen.situation.driving
        await app.press("q", "h")


async def test_a_loop_that_raises_is_reported_and_kept_for_the_caller() -> None:
    source, loop = live(), Loop()
    loop.error = RuntimeError("[bold]boom[/")
    async with running(source, drive=loop) as app:
        await app.until(loop.running.is_set)
        loop.over.set()
        await app.until(lambda: app.app.loop_error is not None)
        await app.pilot.pause()
        assert [note.message for note in app.app._notifications] == ["[bold]boom[/"]
        await app.press("q")
    assert app.app.return_value is Leave.FINISHED
    assert app.app.loop_error is loop.error


async def test_an_error_of_the_app_itself_releases_the_loop() -> None:
    loop = Loop()

    def fail() -> None:
        raise ZeroDivisionError

    async def crash() -> None:
        async with running(live(), drive=loop) as app:
            await app.until(loop.running.is_set)
            app.app.call_later(fail)
            await app.until(lambda: loop.was_released)

    with pytest.raises(ZeroDivisionError):
        await crash()
    assert loop.was_released
