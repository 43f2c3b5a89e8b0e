"""While you were away: the panel, and what is remembered for a person."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from support.fake_source import BEGAN, FakeSource, make_trial, make_view
from support.running_app import NOW, running

from tui_tuner.analysis.away import LastSeen
from tui_tuner.engine.commands import CommandKind
from tui_tuner.engine.view import SearchState, TrialState
from tui_tuner.system import person_file
from tui_tuner.tui.memory import Memory

ROOT = Path("/tmp/tui-tuner-test/titanic")


@pytest.fixture(autouse=True)
def state_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state"


def remembering(now: float = NOW) -> Memory:
    return Memory(ROOT, lambda: now)


def search(state: SearchState = SearchState.RUNNING, detail: str = "") -> FakeSource:
    trials = [
        replace(make_trial(0, score=0.7), seq=3),
        replace(make_trial(1, score=0.8), seq=11),
        *(
            replace(make_trial(number, TrialState.FAILED, message=f"[b]Error{number}[/b]: it broke"), seq=10 + number)
            for number in range(2, 7)
        ),
        replace(make_trial(8, TrialState.RUNNING, done=4), seq=20),
    ]
    return FakeSource(make_view(trials, seq=30, state=state, detail=detail, root=ROOT))


@pytest.mark.parametrize("size", [(160, 45), (80, 24), (40, 12)])
async def test_who_comes_back_is_told_what_happened_until_they_close_it(size: tuple[int, int]) -> None:
    remembering(NOW - 7200).seen(replace(search().view, seq=5), leaving=True)
    source = search(SearchState.PAUSED, "held by ana")
    async with running(source, size=size, attached=True, memory=remembering()) as app:
        assert "While you were away" in app.text
        assert "2 h 00 min" in app.text
        if size[0] >= 80:
            assert "6 ended: 1 completed, 5 failed" in app.text
            assert "val_accuracy 0.7000 → 0.8000 in trial 0001" in app.text
            assert "[b]Error2[/b]: it broke" in app.text
            assert "and 2 more causes" in app.text
            assert "❚❚ paused, was running" in app.text
        assert all(len(line) <= size[0] for line in app.text.splitlines())
        await app.press("space")
        assert source.kinds() == [CommandKind.RESUME]  # the keys of the search go on working
        await app.press("escape")
        await app.pilot.pause()
        assert "While you were away" not in app.text


async def test_who_has_seen_it_all_is_told_nothing() -> None:
    source = search()
    async with running(source, memory=remembering()) as app:
        assert "While you were away" not in app.text  # was never here
        await app.press("q")
    async with running(source, memory=remembering(NOW + 60)) as app:
        assert "While you were away" not in app.text


async def test_leaving_remembers_what_was_on_the_screen() -> None:
    source = search()
    async with running(source, memory=remembering()) as app:
        source.put(state=SearchState.PAUSED)
        await app.poll()
        await app.press("q")
    assert remembering().recall() == LastSeen(31, NOW, SearchState.PAUSED, BEGAN)


def test_an_app_that_is_killed_forgets_no_more_than_the_last_seconds() -> None:
    now = [NOW]
    looking = Memory(ROOT, lambda: now[0])
    view = search().view
    for second in range(30):
        now[0] = NOW + second
        looking.seen(replace(view, seq=view.seq + second))
    last = remembering().recall()
    assert last is not None
    assert last.seq == view.seq + 20


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"seq": 1}', '{"seq": "x", "time": 0, "state": "?", "created": 1}']
)
def test_a_damaged_memory_is_none(content: str, state_home: Path) -> None:
    remembering().seen(search().view, leaving=True)
    (file,) = (state_home / "tui-tuner" / "seen").iterdir()
    file.write_text(content)
    assert remembering().recall() is None


async def test_where_nothing_can_be_remembered_nothing_else_suffers(state_home: Path) -> None:
    state_home.write_text("a file where a folder should be")
    async with running(search(), memory=remembering()) as app:
        assert "● running" in app.header
        await app.press("q")
    assert remembering().recall() is None


def test_searches_that_nobody_looks_at_are_forgotten(state_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(person_file, "KEPT", 3)
    for number in range(5):
        Memory(Path(f"/searches/{number}"), lambda: NOW).seen(search().view, leaving=True)
    kept = [json.loads(file.read_text())["directory"] for file in (state_home / "tui-tuner" / "seen").iterdir()]
    assert len(kept) == 3
    assert "/searches/4" in kept
