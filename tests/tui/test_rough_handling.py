"""What fast hands, double clicks and small windows do to dialogs, lines to type in and the palette."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from support.fake_source import SPACE, FakeSource, make_trial, make_view
from support.running_app import Loop, running
from support.terminal import Terminal
from textual import events
from textual.widgets import Input

from tui_tuner.engine.view import HyperParameterView, TrialState

HOSTILE = "a\x1b[31mb\x07\n\tc\u202ed"


def live() -> FakeSource:
    return FakeSource(make_view([make_trial(0), make_trial(1), make_trial(2, TrialState.RUNNING, done=4)]))


@pytest.mark.parametrize("page", ["pageup", "pagedown"])
async def test_a_page_of_what_the_palette_has_found_may_be_turned_where_there_is_no_room_for_it(page: str) -> None:
    async with running(live()) as app:
        await app.pilot.resize_terminal(7, 3)
        await app.press("ctrl+p", "a")
        await app.pilot.pause()
        await app.press("down", page, page)
        await app.press("escape")
        await app.until(lambda: not app.has_dialog)


@pytest.mark.parametrize("page", ["pageup", "pagedown"])
@pytest.mark.parametrize("opening", [("q",), ("c",), ("3", "n")], ids=" ".join)
async def test_a_page_of_answers_may_be_turned_where_there_is_no_room_for_them(
    opening: tuple[str, ...], page: str
) -> None:
    source, loop = live(), Loop()
    async with running(source, drive=loop) as app:
        await app.until(loop.running.is_set)
        await app.pilot.resize_terminal(7, 5)
        await app.burst(*opening, page)
        await app.press("escape")
        await app.until(lambda: not app.has_dialog)


async def test_a_double_click_beside_the_palette_closes_the_palette() -> None:
    async with running(live()) as app:
        await app.press("ctrl+p")
        await app.pilot.pause()
        for _ in range(2):
            for event in (events.MouseDown, events.MouseUp):
                app.app.post_message(event(None, 0, 0, 0, 0, 1, False, False, False, 0, 0))
        await app.until(lambda: not app.has_dialog)
        await app.pilot.pause()
        assert app.screen.is_active


async def test_a_value_with_control_characters_is_text_in_a_form() -> None:
    parameter = HyperParameterView("kind", "Choice", values=(HOSTILE, "plain"), default=HOSTILE)
    trial = make_trial(0, values={"kind": HOSTILE})
    async with running(FakeSource(make_view([trial], space=(*SPACE, parameter)))) as app:
        await app.press("e")
        await app.until(lambda: app.has_dialog)
        await app.pilot.pause()
        assert HOSTILE in [field.value for field in app.app.screen.query(Input)]
        assert "a\ufffd[31mb" in app.text
        assert not set(app.text) & {"\x1b", "\x07", "\t", "\u202e"}


@pytest.mark.parametrize("sent", [b"\xff", b"\xe5\xad", b"\x1b[200~log \x1b[31mq\r\x1b[201~"], ids=repr)
def test_what_is_no_key_for_anybody_does_not_end_the_app(sent: bytes, tmp_path: Path) -> None:
    with Terminal([sys.executable, "-m", "tui_tuner.cli"], size=(120, 36), cwd=tmp_path) as terminal:
        terminal.until("Start a new one")
        terminal.send(sent)
        terminal.press("?")
        terminal.until("esc closes")


async def test_what_is_pasted_into_a_line_cannot_command_the_terminal() -> None:
    async with running(live()) as app:
        await app.press("N")
        await app.pilot.pause()
        app.app.post_message(events.Paste("see \x1b]0;title\x07\x1b[2Jthis"))
        await app.until(lambda: "see \ufffd" in app.text)
        assert not set(app.text) & {"\x1b", "\x07"}
