"""Keys that arrive in one piece, as over a slow link: the second one finds what the first has opened or closed."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.fake_source import FakeSource, make_trial, make_view
from support.running_app import Loop, running

from tui_tuner import tui
from tui_tuner.engine.commands import CommandKind
from tui_tuner.engine.view import TrialState
from tui_tuner.tui.screens.over_search import OverSearch


def live() -> FakeSource:
    return FakeSource(make_view([make_trial(0), make_trial(1), make_trial(2, TrialState.RUNNING, done=4)]))


@pytest.mark.parametrize(
    ("opening", "closing"),
    [
        (("j",), ("s", "d")),
        (("j",), ("s", "enter")),
        (("y",), ("j", "j")),
        (("y",), ("enter", "enter")),
        (("b",), ("enter", "enter")),
        (("S",), ("y", "y")),
        (("q",), ("s", "s")),
        (("c",), ("enter", "enter")),
        (("c",), ("escape", "escape")),
        (("question_mark",), ("escape", "escape")),
        (("3", "n"), ("enter", "enter")),
        (("2", "y"), ("enter", "enter")),
        (("enter",), ("escape", "escape")),
        (("enter",), ("q", "q")),
        (("home", "enter", "y"), ("j", "j")),
        (("ctrl+p",), ("escape", "escape")),
        (("ctrl+p",), ("down", "enter", "enter")),
        (("ctrl+p",), ("enter", "enter", "enter")),
        (("T",), ("enter", "enter", "enter")),
        (("F",), ("enter", "enter")),
        (("N",), ("escape", "escape")),
    ],
    ids=lambda keys: " ".join(keys),
)
async def test_two_keys_at_once_close_what_is_open_once(opening: tuple[str, ...], closing: tuple[str, ...]) -> None:
    source, loop = live(), Loop()
    async with running(source, drive=loop) as app:
        await app.until(loop.running.is_set)
        for key in opening:
            await app.press(key)
            await app.pilot.pause()
        below, opened = app.app.screen_stack[-2:] if app.has_dialog else (None, app.screen)
        await app.burst(*closing)
        assert app.app.is_running
        await app.until(lambda: below is None or opened not in app.app.screen_stack)
        assert app.screen in app.app.screen_stack
        assert below is None or below in app.app.screen_stack


@pytest.mark.parametrize("keys", [("enter", "enter"), ("C", "C"), ("a", "a"), ("enter", "C")], ids=" ".join)
async def test_two_keys_at_once_open_one_screen(keys: tuple[str, ...]) -> None:
    async with running(live()) as app:
        await app.press("home")
        await app.burst(*keys)
        await app.until(lambda: isinstance(app.app.screen, OverSearch))
        await app.pilot.pause()
        await app.press("escape")
        await app.until(lambda: not app.has_dialog)


async def test_what_was_asked_for_once_is_asked_of_the_engine_once() -> None:
    source, loop = live(), Loop()
    async with running(source, drive=loop) as app:
        await app.until(loop.running.is_set)
        await app.press("S")
        await app.burst("y", "y")
        assert source.kinds() == [CommandKind.STOP_NOW]


async def test_the_palette_does_what_was_chosen_once() -> None:
    source = live()
    async with running(source) as app:
        await app.press("ctrl+p", *"Run one more trial")
        await app.pilot.pause()
        await app.press("down")
        await app.burst("enter", "enter", "enter")
        await app.until(lambda: not app.has_dialog)
        assert source.kinds() == [CommandKind.SET_WORKERS]


async def test_a_letter_of_jump_mode_leads_to_one_place() -> None:
    async with running(live()) as app:
        await app.press("j")
        await app.burst("s", "d")
        await app.until(lambda: not app.has_dialog)
        await app.pilot.pause()
        assert app.screen.focused is app.pane("curves")


def test_screens_are_opened_and_closed_in_one_place() -> None:
    folder = Path(tui.__file__).parent
    files = [path for path in folder.rglob("*.py") if path.name not in ("stacking.py", "leavable.py")]
    assert [path.name for path in files if ".push_screen(" in (text := path.read_text()) or ".dismiss(" in text] == []
