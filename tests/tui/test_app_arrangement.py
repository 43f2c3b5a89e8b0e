"""Panes are hidden, maximised and resized by keys, and a search keeps what was chosen for it."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.fake_source import FakeSource, make_trial, make_view
from support.running_app import App, running

from tui_tuner.engine.view import TrialState
from tui_tuner.tui.actions import PANES
from tui_tuner.tui.choices import Choices


def source() -> FakeSource:
    trials = [make_trial(number) for number in range(30)]
    return FakeSource(make_view([*trials, make_trial(30, TrialState.RUNNING, done=4)], max_trials=40))


def in_sight(app: App) -> list[str]:
    return [name for name in PANES if app.pane(name).display]


@pytest.mark.parametrize("size", [(160, 45), (120, 36), (80, 24), (60, 20)])
async def test_z_maximises_the_focused_pane_and_brings_the_others_back(size: tuple[int, int]) -> None:
    async with running(source(), size=size) as app:
        await app.press("2")
        before = {name: app.pane(name).region for name in in_sight(app)}
        await app.press("z")
        await app.pilot.pause()
        assert in_sight(app) == ["curves"]
        assert app.pane("curves").region.width == size[0]
        assert "3 Space" in app.text
        await app.press("4")
        await app.pilot.pause()
        assert in_sight(app) == ["best"]
        assert app.screen.focused is app.pane("best")
        await app.press("2", "z")
        await app.pilot.pause()
        assert {name: app.pane(name).region for name in in_sight(app)} == before


async def test_shift_z_hides_the_focused_pane_and_its_number_shows_it_again() -> None:
    async with running(source()) as app:
        await app.press("5", "Z")
        await app.pilot.pause()
        assert in_sight(app) == list(PANES[:4])
        assert app.screen.focused is app.pane("leaderboard")
        assert app.pane("best").region.right == 160
        assert [note.message for note in app.app._notifications] == ["The log is hidden; 5 shows it again."]
        await app.press("shift+tab")
        assert app.screen.focused is app.pane("best")
        await app.press("5")
        await app.pilot.pause()
        assert in_sight(app) == list(PANES)
        assert app.screen.focused is app.pane("log")
        assert "trial 0030" in app.row("5 Log")


async def test_the_last_pane_stays() -> None:
    async with running(source()) as app:
        await app.press(*["Z"] * 8)
        await app.pilot.pause()
        assert len(in_sight(app)) == 1
        assert app.pane(in_sight(app)[0]).size.area > 0
        await app.press("equals_sign")
        await app.pilot.pause()
        assert in_sight(app) == list(PANES)


async def test_keys_resize_the_focused_pane() -> None:
    async with running(source()) as app:
        await app.press("3")
        before = app.pane("space").region
        await app.press(">", ">")
        await app.pilot.pause()
        wider = app.pane("space").region
        assert wider.width > before.width
        assert wider.right == app.pane("best").region.x
        await app.press("}", "<", "<")
        await app.pilot.pause()
        higher = app.pane("space").region
        assert (higher.width, higher.bottom) == (before.width, before.bottom)
        assert higher.height > before.height
        await app.press("{")
        await app.pilot.pause()
        assert app.pane("space").region == before


async def test_the_choice_is_kept_for_the_search(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    async with running(source(), choices=Choices(Path("/searches/a"))) as app:
        await app.press("5", "Z", "1", ">", "}")
        await app.pilot.pause()
        before = {name: app.pane(name).region for name in in_sight(app)}
    async with running(source(), choices=Choices(Path("/searches/a"))) as app:
        assert {name: app.pane(name).region for name in in_sight(app)} == before
    async with running(source(), choices=Choices(Path("/searches/b"))) as app:
        assert in_sight(app) == list(PANES)


async def test_a_hidden_pane_is_not_drawn() -> None:
    now = source()
    async with running(now) as app:
        await app.press("4", "Z")
        await app.pilot.pause()
        now.put_trial(make_trial(31, score=0.99))
        await app.poll()
        assert app.pane("best")._state.view is not now.view
        await app.press("4")
        await app.pilot.pause()
        assert app.pane("best")._state.view is now.view
