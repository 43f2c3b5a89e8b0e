"""What a person has chosen for the view of a search, and the colours of marked trials."""

from __future__ import annotations

from pathlib import Path

import pytest

from tui_tuner.tui.choices import Choices
from tui_tuner.tui.trial_colours import COLOURS, assign


@pytest.fixture
def state_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state"


def test_choices_come_back_for_the_same_search_only(state_home: Path) -> None:
    Choices(Path("/searches/a")).keep("columns", {"hidden": ["units"]})
    Choices(Path("/searches/a")).keep("curves", {"metric": "loss"})
    again = Choices(Path("/searches/a"))
    assert again.read("columns") == {"hidden": ["units"]}
    assert again.read("curves") == {"metric": "loss"}
    assert Choices(Path("/searches/b")).read("columns") == {}


@pytest.mark.parametrize("content", ["", "{", "[1]", '{"columns": 3}', "\x00"])
def test_damaged_choices_are_none(content: str, state_home: Path) -> None:
    Choices(Path("/searches/a")).keep("columns", {"hidden": ["units"]})
    (file,) = (state_home / "tui-tuner" / "choices").iterdir()
    file.write_text(content)
    assert Choices(Path("/searches/a")).read("columns") == {}


def test_without_a_search_they_last_as_long_as_the_object(state_home: Path) -> None:
    choices = Choices()
    choices.keep("columns", {"hidden": ["units"]})
    assert choices.read("columns") == {"hidden": ["units"]}
    assert not state_home.exists()


def test_a_marked_trial_keeps_its_colour_and_a_colour_is_given_twice_only_when_all_are_taken() -> None:
    first = assign(["a", "b", "c"], {})
    assert len(set(first.values())) == 3
    second = assign(["c", "d"], first)
    assert second["c"] == first["c"]
    assert second["d"] != second["c"]
    many = assign([str(number) for number in range(len(COLOURS) + 2)], {})
    assert set(many.values()) == set(COLOURS)
