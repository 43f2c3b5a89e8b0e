"""Every pane has its place on screens of every size."""

from __future__ import annotations

import pytest
from support.fake_source import FakeSource, make_trial, make_view
from support.running_app import running

from tui_tuner.engine.view import TrialState
from tui_tuner.tui.actions import PANES
from tui_tuner.tui.layout import choose_layout


def source() -> FakeSource:
    trials = [make_trial(number) for number in range(30)]
    return FakeSource(make_view([*trials, make_trial(30, TrialState.RUNNING, done=4)], max_trials=40))


async def test_a_large_screen_shows_all_panes_without_overlap() -> None:
    async with running(source(), size=(160, 45)) as app:
        regions = [app.pane(name).region for name in PANES]
        assert all(region.area > 0 for region in regions)
        assert all(not one.overlaps(other) for index, one in enumerate(regions) for other in regions[index + 1 :])
        assert app.pane("leaderboard").region.y == app.pane("curves").region.y
        assert app.pane("space").region.y == app.pane("best").region.y == app.pane("log").region.y
        assert not app.pane("tabs").display
        for title in ("1 Leaderboard", "2 Curves", "3 Search space", "4 Best model", "5 Log"):
            assert title in app.text


async def test_a_middling_screen_shows_two_panes_and_tabs() -> None:
    async with running(source(), size=(120, 36)) as app:
        assert app.pane("leaderboard").region.y == app.pane("curves").region.y
        assert app.pane("tabs").region.y < app.pane("space").region.y
        await app.press("5")
        await app.pilot.pause()
        assert app.pane("log").region.width == 120
        assert not app.pane("space").display


@pytest.mark.parametrize("size", [(80, 24), (60, 20), (40, 12)])
async def test_a_small_screen_shows_the_leaderboard_and_one_of_the_others(size: tuple[int, int]) -> None:
    async with running(source(), size=size) as app:
        for key, name in zip("2345", PANES[1:], strict=True):
            await app.press(key)
            await app.pilot.pause()
            assert app.screen.focused is app.pane(name)
            assert [pane for pane in PANES if app.pane(pane).display] == ["leaderboard", name]
            assert app.pane("leaderboard").region.bottom <= app.pane("tabs").region.y
            assert app.pane(name).region.bottom <= size[1] - 1
            assert app.pane(name).size.height > 0


async def test_a_search_says_its_state_and_what_is_left_also_where_the_window_is_made_small() -> None:
    trials = [make_trial(0), make_trial(1), make_trial(2, TrialState.RUNNING)]
    async with running(FakeSource(make_view(trials))) as app:
        assert "elapsed 1 min 34 s   about" in app.text
        await app.pilot.resize_terminal(40, 12)
        await app.pilot.pause()
        line = app.text.splitlines()[0]
        assert "titanic   ● run" in line
        assert line.rstrip().endswith(" s left")
        await app.pilot.resize_terminal(160, 45)
        await app.pilot.pause()
        assert "elapsed 1 min 34 s   about" in app.text


async def test_tab_switches_tabs_on_a_small_screen() -> None:
    async with running(source(), size=(80, 24)) as app:
        await app.press("tab", "tab")
        assert app.screen.focused is app.pane("space")
        await app.pilot.pause()
        assert "8 … 64" in app.text


async def test_a_click_switches_tabs() -> None:
    async with running(source(), size=(80, 24)) as app:
        await app.pilot.click("#tabs", offset=(app.row("4 Best model").index("Best"), 0))
        await app.pilot.pause()
        assert app.pane("best").display
        assert "evaluated at the end" in app.text


async def test_resizing_moves_the_panes_and_keeps_what_they_show() -> None:
    async with running(source(), size=(160, 45)) as app:
        await app.press("down")
        await app.pilot.resize_terminal(80, 24)
        await app.pilot.pause()
        assert not app.pane("log").display
        assert app.screen.has_class("-narrow")
        await app.pilot.resize_terminal(160, 45)
        await app.pilot.pause()
        assert all(app.pane(name).display for name in PANES)
        assert app.screen.state is not None
        assert app.screen.state.shown is not None
        assert f"trial {app.screen.state.shown.trial_id}" in app.row("5 Log")


@pytest.mark.parametrize("width", range(20, 200, 7))
def test_every_size_has_a_layout(width: int) -> None:
    for height in range(8, 60, 5):
        layout = choose_layout(width, height)
        assert layout.name in ("wide", "medium", "narrow")
        assert set(layout.tabbed) <= set(PANES[1:])
