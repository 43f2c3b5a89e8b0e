"""What a search writes to the terminal beside what is drawn."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.fake_source import BEGAN, FakeSource, make_trial, make_view
from support.running_app import running

from tui_tuner.engine.view import SearchState, SearchView, TrialState
from tui_tuner.tui.herald import Herald


class Told:
    """A herald and what it wrote."""

    def __init__(self, *, quiet: bool = False) -> None:
        self.written: list[str] = []
        self.now = 100.0
        self.looking = False
        self.herald = Herald(self.written.append, looking=lambda: self.looking, quiet=quiet, clock=lambda: self.now)

    def see(self, view: SearchView, word: str = "running") -> None:
        self.herald.observe(view, BEGAN, word)

    @property
    def notifications(self) -> list[str]:
        return [text for text in self.written if text.startswith("\x1b]9;")]

    @property
    def titles(self) -> list[str]:
        return [text for text in self.written if text.startswith("\x1b]2;")]


@pytest.fixture(autouse=True)
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")


def view_of(count: int, best: float = 0.5) -> SearchView:
    return make_view([make_trial(number, score=best if number == count - 1 else 0.4) for number in range(count)])


def test_the_title_is_written_only_when_it_changes() -> None:
    told = Told()
    told.see(view_of(1))
    told.see(view_of(1))
    told.see(view_of(2))
    assert told.titles == ["\x1b]2;1/30 0.5000 titanic\x1b\\", "\x1b]2;2/30 0.5000 titanic\x1b\\"]


def test_what_was_there_before_is_not_told() -> None:
    told = Told()
    told.see(view_of(5))
    assert told.notifications == []


def test_a_new_best_is_told_with_a_bell() -> None:
    told = Told()
    told.see(view_of(1))
    told.see(view_of(2, 0.9))
    assert told.notifications == ["\x1b]9;tui-tuner: titanic: new best val_accuracy 0.9000 in trial 0001\x1b\\\a"]


def test_it_is_told_not_too_often_and_the_latest_is_not_lost() -> None:
    told = Told()
    told.see(view_of(1, 0.41))
    for count in range(2, 6):
        told.see(view_of(count, 0.4 + count / 100))
    assert len(told.notifications) == 1
    told.now += 60.0
    told.see(view_of(5, 0.45))
    assert len(told.notifications) == 2
    assert "trial 0004" in told.notifications[-1]


def test_the_end_is_always_told() -> None:
    told = Told()
    told.see(view_of(1))
    told.see(view_of(2, 0.9))
    told.see(replace(view_of(2, 0.9), state=SearchState.COMPLETED), "completed")
    assert "completed, 2 trials" in told.notifications[-1]


def test_who_looks_is_not_told_what_they_see() -> None:
    told = Told()
    told.looking = True
    told.see(view_of(1))
    told.see(view_of(2, 0.9))
    told.looking = False
    told.now += 60.0
    told.see(view_of(3, 0.9))
    assert all("trial 0001" not in text for text in told.notifications)


def test_quiet_means_quiet() -> None:
    told = Told(quiet=True)
    told.see(view_of(1))
    told.see(view_of(2, 0.9))
    told.see(replace(view_of(2, 0.9), state=SearchState.FAILED), "failed")
    assert told.notifications == []
    assert told.titles


@pytest.mark.parametrize("name", ["dumb", "linux"])
def test_a_terminal_without_a_title_gets_none(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("TERM", name)
    told = Told()
    told.see(view_of(1))
    assert told.titles == []


async def test_the_app_tells_what_happens_and_can_be_told_not_to() -> None:
    source = FakeSource(make_view([make_trial(0, TrialState.RUNNING, done=1)]))
    async with running(source) as app:
        written: list[str] = []
        app.app.herald._write = written.append
        source.put_trial(make_trial(0, TrialState.FAILED, message="no memory"))
        await app.poll()
        assert any("trial 0000 failed: no memory" in text for text in written)
        titles = {command.title for command in app.app.get_system_commands(app.app.screen)}
        assert "No notifications" in titles
        app.app.action_change_notifications()
        assert app.app.herald.quiet
        written.clear()
        source.put(state=SearchState.COMPLETED)
        await app.poll()
        assert not any("\x1b]9;" in text for text in written)
    async with running(source) as again:
        assert again.app.herald.quiet
        again.app.action_change_notifications()
        assert not again.app.herald.quiet
