"""What people have asked of a search: read from its events, and put in words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.filmed_search import Filmed
from support.small_searches import make_search

from tui_tuner.analysis.interventions import asked
from tui_tuner.engine.commands import Command, CommandKind
from tui_tuner.engine.only_reader import OnlyReader
from tui_tuner.engine.reader import SearchReader
from tui_tuner.engine.replay import ReplaySource
from tui_tuner.engine.view import Intervention
from tui_tuner.errors import TunerError


def intervention(kind: str, trial_id: str | None = None, **arguments: Any) -> Intervention:
    return Intervention(0.0, "app", kind, trial_id, arguments, "done", ok=True)


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (intervention("pause"), "pause"),
        (intervention("pause", hard=True), "pause and free the devices"),
        (intervention("skip", "07"), "skip trial 07"),
        (intervention("enqueue", values={"units": 32, "lr": 1e-4}), "run units=32 lr=1e-4"),
        (intervention("rerun", best=3, times=5), "run again the best 3 5 times"),
        (intervention("rerun", "07"), "run again trial 07"),
        (intervention("limit", name="units", min_value=8, max_value=32), "narrow units to 8 … 32"),
        (intervention("limit", name="units", values=["a", "b"]), "narrow units to a, b"),
        (intervention("limit", name="units"), "narrow units no more"),
        (intervention("set_max_trials", max_trials=40), "trials in all: 40"),
        (intervention("set_max_time", max_time=3600), "time budget: 1 h 00 min"),
        (intervention("set_max_time", max_time=None), "time budget: none"),
        (intervention("set_workers", workers=3), "trials at once: 3"),
        (intervention("[b]new\x1b[0m"), "[b]new"),
        (intervention("enqueue", values=[1]), "run"),
    ],
)
def test_a_request_in_words(made: Intervention, words: str) -> None:
    assert asked(made) == words


@pytest.mark.parametrize("kind", list(CommandKind))
def test_every_kind_of_request_has_words(kind: CommandKind) -> None:
    assert asked(intervention(kind))


def test_they_are_read_in_their_order_and_a_replay_knows_those_up_to_its_moment(tmp_path: Path) -> None:
    root = tmp_path / "search"
    Filmed(root).run(
        {8: Command(CommandKind.SET_MAX_TRIALS, arguments={"max_trials": 4}), 12: Command(CommandKind.SKIP, "99")}
    )
    reader = SearchReader(root)
    reader.poll()
    first, second = reader.interventions()
    assert (first.kind, dict(first.arguments), first.ok) == ("set_max_trials", {"max_trials": 4}, True)
    assert (second.kind, second.trial_id, second.ok) == ("skip", "99", False)
    assert "99" in second.answer
    replay = ReplaySource(root)
    assert replay.interventions() == ()
    seen = []
    for mark in replay.marks:
        replay.go_to(mark.position)
        seen.append(len(replay.interventions()))
    assert seen[-1] == 2
    assert 1 in seen


def test_who_may_only_look_changes_nothing_whatever_a_screen_asks(tmp_path: Path) -> None:
    root = make_search(tmp_path / "search")
    reader = OnlyReader(root)
    assert len(reader.poll().trials) == 3
    with pytest.raises(TunerError, match="read-only"):
        reader.send(Command(CommandKind.STOP))
    with pytest.raises(TunerError, match="read-only"):
        reader.note("00", "mine")
    again = SearchReader(root)
    assert again.poll().notes == {}
