"""A viewer whose search is deleted, moved away, or replaced by another one while it looks."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tui_tuner.engine import events, reader
from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.engine.lock import EngineLock
from tui_tuner.engine.reader import DATABASE_GONE, SearchReader
from tui_tuner.engine.store import Store, TrialRow
from tui_tuner.engine.view import SearchState, TrialState
from tui_tuner.errors import TunerError


@pytest.fixture(autouse=True)
def always_look(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "_LIVENESS_EVERY_S", 0.0)


class Engine:
    """The engine of a search that runs."""

    def __init__(self, root: Path, name: str, trials: int) -> None:
        root.mkdir(exist_ok=True)
        self.store = Store(SearchDirectory(root).database)
        self._lock = EngineLock(SearchDirectory(root).lock)
        self._lock.acquire()
        with self.store.transaction():
            self.store.event(events.StateChanged(SearchState.RUNNING))
            self.store.set_meta(name=name, state="running", objective={"name": "loss", "direction": "min"})
            for number in range(trials):
                self.store.event(events.TrialCreated(), str(number))
                self.store.trial(TrialRow(str(number), number, TrialState.RUNNING, {}))

    def end(self) -> None:
        self.store.close()
        self._lock.release()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "search"


@pytest.fixture
def engine(root: Path) -> Iterator[Engine]:
    found = Engine(root, "first", trials=3)
    yield found
    found.end()


def test_a_search_whose_directory_is_deleted_is_said_to_be_gone(engine: Engine, root: Path) -> None:
    viewer = SearchReader(root)
    assert viewer.poll().state is SearchState.RUNNING
    viewer.note("0", "kept")
    shutil.rmtree(root)
    view = viewer.poll()
    assert (view.state, view.detail) == (SearchState.INTERRUPTED, DATABASE_GONE)
    assert {trial.status for trial in view.trials.values()} == {TrialState.INTERRUPTED}
    with pytest.raises(TunerError, match="deleted or moved"):
        viewer.note("0", "lost")
    viewer.close()


@pytest.mark.parametrize("place", ["a file", "no search"])
def test_what_takes_the_place_of_a_search_and_is_none_is_not_read(engine: Engine, root: Path, place: str) -> None:
    viewer = SearchReader(root)
    viewer.poll()
    shutil.rmtree(root)
    if place == "a file":
        root.write_text("a file")
    else:
        root.mkdir()
        (root / "search.db").write_text("no database")
    assert viewer.poll().detail == DATABASE_GONE
    assert len(viewer.poll().trials) == 3
    viewer.close()


def test_a_search_whose_place_cannot_be_looked_at_is_read_on(engine: Engine, root: Path, tmp_path: Path) -> None:
    viewer = SearchReader(root)
    viewer.poll()
    root.rename(tmp_path / "elsewhere")
    root.symlink_to(root)  # an error as of a folder that may not be entered any more, for root too
    with engine.store.transaction():
        engine.store.event(events.TrialCreated(), "3")
        engine.store.trial(TrialRow("3", 3, TrialState.RUNNING, {}))
    view = viewer.poll()
    assert (view.state, len(view.trials)) == (SearchState.RUNNING, 4)
    viewer.close()


def test_a_search_that_is_moved_back_goes_on(engine: Engine, root: Path, tmp_path: Path) -> None:
    viewer = SearchReader(root)
    viewer.poll()
    root.rename(tmp_path / "elsewhere")
    assert viewer.poll().detail == DATABASE_GONE
    (tmp_path / "elsewhere").rename(root)
    view = viewer.poll()
    assert view.state is SearchState.RUNNING
    assert {trial.status for trial in view.trials.values()} == {TrialState.RUNNING}
    viewer.close()


@pytest.mark.parametrize("asked", [False, True])
def test_a_new_search_in_the_same_place_is_what_is_read_then_and_loses_nothing(
    engine: Engine, root: Path, tmp_path: Path, asked: bool
) -> None:
    viewer = SearchReader(root)
    viewer.poll()
    if asked:
        viewer.note("0", "of the first one")
    root.rename(tmp_path / "replaced")
    second = Engine(root, "second", trials=1)
    view = viewer.poll()
    assert (view.name, view.state, list(view.trials)) == ("second", SearchState.RUNNING, ["0"])
    assert not view.notes
    viewer.note("0", "of the second one")
    assert viewer.poll().notes == {"0": "of the second one"}
    viewer.close()
    second.end()
    other = SearchReader(root)
    assert (other.poll().name, list(other.poll().trials)) == ("second", ["0"])
    other.close()
