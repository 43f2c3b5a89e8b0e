"""The log of what people have asked of a search."""

from __future__ import annotations

from support.fake_source import BEGAN, FakeSource, make_trial, make_view
from support.running_app import App, running

from tui_tuner.engine.view import Intervention
from tui_tuner.tui.screens.interventions import InterventionsScreen

HOSTILE = "[red]x[/red]\x1b[31m\u202e"


def request(number: int, *, ok: bool = True, answer: str = "done", who: str = "app") -> Intervention:
    return Intervention(BEGAN + number, who, "set_workers", None, {"workers": number}, answer, ok)


def source_with(*asked: Intervention) -> FakeSource:
    source = FakeSource(make_view([make_trial(0)]))
    source.asked = asked
    return source


async def opened(app: App) -> InterventionsScreen:
    await app.press("i")
    screen = app.app.screen
    assert isinstance(screen, InterventionsScreen)
    await app.until(lambda: screen.table.border_subtitle)
    return screen


async def test_the_latest_request_is_on_top_and_below_is_all_of_it() -> None:
    async with running(source_with(request(1), request(2, ok=False, answer="no " * 60 + "end", who="pid 7"))) as app:
        screen = await opened(app)
        await app.pilot.pause()
        assert [screen.table._rows[key].arguments["workers"] for key in screen.table.keys] == [2, 1]
        assert "trials at once: 2" in screen.whole.shown.plain
        assert screen.whole.shown.plain.endswith("end\npid 7")
        assert "2 requests" in str(screen.table.border_subtitle)
        await app.press("down")
        await app.until(lambda: "trials at once: 1" in screen.whole.shown.plain)


async def test_it_is_kept_up_to_date_and_the_cursor_follows_the_latest_unless_it_was_moved() -> None:
    source = source_with(request(1), request(2))
    async with running(source) as app:
        screen = await opened(app)
        source.asked = (*source.asked, request(3))
        source.put()
        await app.poll()
        assert screen.table.selected is not None
        assert screen.table.selected.arguments["workers"] == 3
        await app.press("end")
        source.asked = (*source.asked, request(4))
        source.put()
        await app.poll()
        assert screen.table.selected.arguments["workers"] == 1


async def test_i_and_escape_go_back() -> None:
    async with running(source_with()) as app:
        for key in ("i", "escape"):
            await app.press("i")
            await app.until(lambda: app.has_dialog)
            await app.press(key)
            await app.until(lambda: not app.has_dialog)


async def test_without_requests_it_says_so() -> None:
    async with running(source_with()) as app:
        await app.press("i")
        await app.until(lambda: "Nobody has asked anything of this search." in app.text)


async def test_any_text_is_shown_as_text() -> None:
    hostile = Intervention(BEGAN, HOSTILE, HOSTILE, HOSTILE, {"name": HOSTILE}, HOSTILE, ok=False)
    for size in ((160, 45), (60, 20)):
        async with running(source_with(hostile), size=size) as app:
            await opened(app)
            await app.until(lambda: "[red]x[/red]" in app.text)
            assert "\x1b" not in app.text
            assert "\u202e" not in app.text
