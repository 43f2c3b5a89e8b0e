"""Viewers see one curve of a trial, however often it was cut off."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tui_tuner.analysis.fields import fields_of
from tui_tuner.analysis.filters import parse_filter
from tui_tuner.engine import events
from tui_tuner.engine.reader import SearchReader
from tui_tuner.engine.store import Store, TrialRow
from tui_tuner.engine.view import TrialState
from tui_tuner.worker.reports import EpochEnded


class Search:
    """A trial of a real database, as the engine writes it, and what a viewer sees of it."""

    def __init__(self, root: Path) -> None:
        root.mkdir()
        self._root = root
        self._store = Store(root / "search.db")
        with self._store.transaction():
            self._store.set_meta(objective={"name": "loss", "direction": "min"}, state="running")
            self._store.event(events.TrialCreated(), "0")
        self.begin(0, first=0)
        self.reader = SearchReader(root)
        self.reader.poll()

    def begin(self, attempt: int, first: int) -> None:
        with self._store.transaction():
            self._store.event(events.TrialStarted("w", attempt), "0")
            self._store.trial(TrialRow("0", 0, TrialState.RUNNING, {}, attempt=attempt, first_attempt=first))

    def end(self, attempt: int, status: TrialState, first: int = 0) -> None:
        with self._store.transaction():
            self._store.event(events.TrialEnded(status.value, None), "0")
            self._store.trial(TrialRow("0", 0, status, {}, attempt=attempt, first_attempt=first))

    def epoch(self, attempt: int, epoch: int, loss: float, execution: int = 0) -> None:
        with self._store.transaction():
            self._store.epoch(EpochEnded("w", "0", attempt, execution, epoch, {"loss": loss}, 1.0, 0.5))

    def curve(self) -> list[tuple[int, int, float]]:
        return [(each.execution, each.epoch, each.metrics["loss"]) for each in self.reader.epochs("0")]

    def curve_by_sql(self) -> list[tuple[int, int]]:
        """The execution and the epoch, by the statement that docs/search-db.md gives for a trial's curve."""
        page = (Path(__file__).parents[2] / "docs" / "search-db.md").read_text(encoding="utf-8")
        statement = page.partition("-- the learning curve of trial 03")[2].partition("\n")[2].partition(";")[0]
        connection = sqlite3.connect(self._root / "search.db")
        return [row[:2] for row in connection.execute(statement.replace("'03'", "'0'"))]

    def progress(self) -> tuple[int, int, float] | None:
        """The last epoch, and the best objective, that a viewer shows who looks now."""
        trial = self.reader.poll().trials["0"]
        if trial.last_epoch is None or trial.live_score is None:
            return None
        return trial.last_epoch.execution, trial.last_epoch.epoch, trial.live_score


@pytest.fixture
def search(tmp_path: Path) -> Search:
    return Search(tmp_path / "search")


def test_an_attempt_that_goes_on_takes_the_place_of_what_was_not_saved(search: Search) -> None:
    for epoch, loss in enumerate((0.9, 0.8, 0.1, 0.7)):
        search.epoch(0, epoch, loss)
    assert search.progress() == (0, 3, 0.1)
    search.begin(1, first=0)
    assert search.progress() == (0, 3, 0.1)  # until it is known where the new attempt goes on
    search.epoch(1, 2, 0.75)
    assert search.progress() == (0, 2, 0.75)
    search.epoch(1, 3, 0.6)
    assert search.progress() == (0, 3, 0.6)
    assert search.curve() == [(0, 0, 0.9), (0, 1, 0.8), (0, 2, 0.75), (0, 3, 0.6)]


def test_a_viewer_that_comes_later_sees_the_same(search: Search, tmp_path: Path) -> None:
    for epoch in range(3):
        search.epoch(0, epoch, 0.9 - epoch / 10)
    search.begin(1, first=0)
    search.epoch(1, 2, 0.85)
    search.reader = SearchReader(tmp_path / "search")
    assert search.progress() == (0, 2, 0.8)
    assert [loss for _, _, loss in search.curve()] == [0.9, 0.8, 0.85]


def test_three_attempts_of_two_executions_are_one_curve(search: Search) -> None:
    for attempt, execution, epoch in (
        *((0, 0, 0), (0, 0, 1), (0, 0, 2), (0, 1, 0), (0, 1, 1)),
        *((1, 0, 2), (1, 1, 0), (1, 1, 1), (1, 1, 2)),
        *((2, 1, 1), (2, 1, 2)),
    ):
        if (execution, epoch) == ((0, 0), (0, 2), (1, 1))[attempt] and attempt:
            search.begin(attempt, first=0)
        search.epoch(attempt, epoch, float(attempt), execution)
    assert search.curve() == [(0, 0, 0.0), (0, 1, 0.0), (0, 2, 1.0), (1, 0, 1.0), (1, 1, 2.0), (1, 2, 2.0)]
    assert search.progress() == (1, 2, 1.0)
    assert search.curve_by_sql() == [each[:2] for each in search.curve()]


def test_an_attempt_that_begins_anew_has_a_curve_of_its_own(search: Search) -> None:
    for epoch in range(3):
        search.epoch(0, epoch, 0.1)
    search.begin(1, first=1)
    assert search.progress() is None
    assert len(search.curve()) == 3  # of the last attempt that has any
    search.epoch(1, 0, 0.9)
    assert search.curve() == [(0, 0, 0.9)]
    assert search.progress() == (0, 0, 0.9)


def test_one_that_was_to_go_on_and_began_anew_has_no_epoch_twice(search: Search) -> None:
    for epoch in range(3):
        search.epoch(0, epoch, 0.1)
    search.begin(1, first=0)
    search.epoch(1, 0, 0.9)
    assert search.curve() == [(0, 0, 0.9)]
    assert search.progress() == (0, 0, 0.9)


def test_the_epochs_of_trials_can_be_filtered_by_whatever_became_of_them(search: Search) -> None:
    def matches(text: str) -> bool:
        view = search.reader.poll()
        return parse_filter(text, fields_of(view))(view.trials["0"])

    search.epoch(0, 0, 0.5)
    search.epoch(0, 1, 0.4)
    assert matches("epochs == 2")
    search.end(0, TrialState.INTERRUPTED)
    assert matches("epochs == 2")
    search.begin(1, first=0)
    search.epoch(1, 1, 0.4)
    search.epoch(1, 2, 0.4)
    search.end(1, TrialState.STOPPED)
    assert matches("epochs == 3")
    search.begin(2, first=2)  # from its beginning
    search.epoch(2, 0, 0.4)
    search.end(2, TrialState.COMPLETED, first=2)
    assert matches("epochs == 1")
