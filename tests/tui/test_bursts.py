"""Keys that arrive in one piece, as over a slow link: the second one finds what the first has opened or closed."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest
from support.fake_source import FakeSource, make_trial, make_view
from support.running_app import Loop, running
from support.terminal import Terminal
from textual import events
from textual._time import get_time
from textual.widgets import Input

from tui_tuner import tui
from tui_tuner.engine.commands import CommandKind
from tui_tuner.engine.view import TrialState
from tui_tuner.tui import type_ahead
from tui_tuner.tui.actions import BY_ID, CONSEQUENTIAL
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


@pytest.mark.parametrize(
    ("keys", "typed"),
    [
        (("F", *"status", "space", "equals_sign", "equals_sign", "space", "x"), "status == x"),
        (("slash", *"sSdxq"), "sSdxq"),
        (("N", *"sdx", "plus"), "sdx+"),
        (("b", "end", *"00"), "3000"),
        (("2", "y", *"05"), "05"),
    ],
    ids=lambda keys: "".join(keys),
)
async def test_what_is_typed_ahead_goes_into_the_line_that_is_being_opened(keys: tuple[str, ...], typed: str) -> None:
    source, loop = live(), Loop()
    async with running(source, drive=loop) as app:
        await app.until(loop.running.is_set)
        await app.burst(*keys)
        await app.until(lambda: typed in [line.value for line in app.app.screen.query(Input)])
        assert source.kinds() == []


async def test_a_dialog_is_opened_and_answered_in_one_piece() -> None:
    source, loop = live(), Loop()
    async with running(source, drive=loop) as app:
        await app.until(loop.running.is_set)
        await app.burst("S", "y")
        await app.until(lambda: source.kinds() == [CommandKind.STOP_NOW])


@pytest.mark.parametrize(
    ("opening", "keys"),
    [
        ("F", ("enter", *"sdxq")),
        ("N", ("escape", *"sdxq")),
        ("y", ("escape", "s", "plus", "P")),
        ("enter", ("q", "q")),
        ("enter", ("escape", "x", "D", "N", "space")),
        ("a", ("escape", *"sdxq")),
        ("j", ("a", "s", "plus")),
        ("question_mark", ("escape", "s", "d")),
        ("ctrl+p", ("escape", "s", "d")),
    ],
    ids=lambda keys: "".join(keys),
)
async def test_keys_that_came_with_the_one_that_closes_something_neither_steer_nor_leave(
    opening: str, keys: tuple[str, ...]
) -> None:
    source, loop = live(), Loop()
    async with running(source, drive=loop) as app:
        await app.until(loop.running.is_set)
        await app.press(opening)
        await app.pilot.pause()
        await app.burst(*keys)
        await app.until(lambda: app.screen.is_active)
        told = [notification.title for notification in app.app._notifications]
        assert told == [] if keys == ("q", "q") else len(told) == 1 and told[0].startswith("Not done: ")
        assert source.kinds() == []
        assert not source.view.notes
        assert app.app.is_running
        assert not app.screen.query(Input)
        await app.press("s")
        assert source.kinds() == [CommandKind.STOP]


async def test_other_keys_that_came_with_the_one_that_closes_something_count_where_they_lead() -> None:
    async with running(live()) as app:
        await app.press("home", "F")
        await app.pilot.pause()
        await app.burst("enter", "down", "a", "4")
        await app.until(lambda: app.has_dialog and "Contour" in app.text)
        await app.press("escape")
        assert app.pane("leaderboard").cursor_key == app.pane("leaderboard").keys[1]


async def test_an_arrow_that_is_held_down_is_not_held_up_by_a_frame_for_each_key(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(type_ahead, "_FRAME_S", 600.0)
    async with running(FakeSource(make_view([make_trial(number) for number in range(120)]))) as app:
        await app.press("home")
        await app.pilot.pause()
        frames = 0

        def drawn() -> None:
            nonlocal frames
            frames += not app.app._batch_count

        monkeypatch.setattr(app.app, "post_display_hook", drawn)
        await app.burst(*["down"] * 100)
        table = app.pane("leaderboard")
        await app.until(lambda: table.cursor_key == table.keys[100])
        await app.pilot.pause()
        assert frames < 50
        assert f"{table.cursor_key} " in app.text


async def test_what_came_in_one_piece_is_drawn_with_its_last_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type_ahead, "_FRAME_S", 600.0)
    async with running(live()) as app:
        await app.press("F")
        await app.until(lambda: isinstance(app.app.focused, Input))
        line = app.app.focused
        assert isinstance(line, Input)
        drawn: list[str] = []
        monkeypatch.setattr(app.app, "post_display_hook", lambda: drawn.append(line.value))
        for key in "momentum":
            app.app.post_message(events.Key(key, key))
        for _ in range(2000):  # only what is to be done at once: no timer, and no pause of Pilot's, which has it drawn
            await asyncio.sleep(0)
        assert line.value == "momentum"
        assert drawn[-1:] == ["momentum"]


async def test_a_key_pressed_just_when_a_question_went_away_by_itself_asks_for_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(type_ahead, "_REACTION_S", 600.0)
    source, loop = live(), Loop()
    async with running(source, drive=loop) as app:
        await app.until(loop.running.is_set)
        await app.press("q")
        await app.until(lambda: app.has_dialog)
        loop.over.set()
        await app.until(lambda: not app.has_dialog)
        await app.pilot.pause()
        await app.press("s")
        assert source.kinds() == []


async def test_a_key_that_answers_a_part_of_a_frame_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    source, loop = live(), Loop()
    async with running(source, drive=loop) as app:
        await app.until(loop.running.is_set)
        await app.press("question_mark")
        await app.until(lambda: app.has_dialog)
        monkeypatch.setattr(type_ahead, "_ONE_PIECE_S", 0.0)
        answered: list[float] = []
        shown = app.app.type_ahead.shown

        def shown_and_answered(*since: float) -> None:
            if not app.has_dialog and not answered:
                answered.append(get_time())  # whoever sees the frame is faster than who has written it
            shown(*since)

        monkeypatch.setattr(app.app.type_ahead, "shown", shown_and_answered)
        await app.press("escape")
        await app.until(lambda: answered)
        key = events.Key("s", "s")
        key.time = answered[0]
        app.app.post_message(key)
        await app.until(lambda: source.kinds() == [CommandKind.STOP])


async def test_what_is_pasted_outside_of_a_line_to_type_in_does_nothing() -> None:
    source, loop = live(), Loop()
    async with running(source, drive=loop) as app:
        await app.until(loop.running.is_set)
        app.app.post_message(events.Paste("sSyqhd\n"))
        await app.pilot.pause()
        assert (source.kinds(), app.has_dialog, app.app.is_running) == ([], False, True)


async def test_what_is_pasted_after_a_key_goes_into_the_line_that_it_opens() -> None:
    async with running(live()) as app:
        app.app.post_message(events.Key("F", "F"))
        app.app.post_message(events.Paste("units > 8"))
        await app.until(lambda: [line.value for line in app.app.screen.query(Input)] == ["units > 8"])


SLOW_TO_READ = """
import time
from tui_tuner.cli import main
from tui_tuner.tui.driver import PatientDriver

read = PatientDriver.run_input_thread

def read_after_the_first_frame(self):
    while self._app.type_ahead._in_sight_from in (0.0, float("inf")):
        time.sleep(0.01)
    read(self)

PatientDriver.run_input_thread = read_after_the_first_frame
main()
"""
"""The app on a machine so busy that its input thread begins last."""


@pytest.mark.parametrize("program", [("-m", "tui_tuner.cli"), ("-c", SLOW_TO_READ)], ids=["quick", "slow to read"])
def test_what_was_typed_before_the_first_frame_does_not_leave(tmp_path: Path, program: tuple[str, str]) -> None:
    with Terminal([sys.executable, *program], size=(120, 36), cwd=tmp_path) as terminal:
        terminal.press("q")
        terminal.until("Not done: Quit")
        terminal.press("q")
        assert terminal.until_exit() == 0


def test_consequential_actions_are_among_the_actions() -> None:
    assert BY_ID.keys() >= CONSEQUENTIAL


def test_screens_are_opened_and_closed_in_one_place() -> None:
    folder = Path(tui.__file__).parent
    files = [path for path in folder.rglob("*.py") if path.name not in ("stacking.py", "leavable.py")]
    assert [path.name for path in files if ".push_screen(" in (text := path.read_text()) or ".dismiss(" in text] == []
