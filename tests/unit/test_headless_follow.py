"""Following a search: everything is printed once and in order, and a lost output ends nothing."""

from __future__ import annotations

import io
import json
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

from tui_tuner.engine import events
from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.engine.journal import Journal
from tui_tuner.engine.lock import EngineLock
from tui_tuner.engine.reader import SearchReader
from tui_tuner.engine.store import Store, TrialRow
from tui_tuner.engine.view import SearchState, SearchView, TrialState, WorkerView
from tui_tuner.headless.follow import Follower
from tui_tuner.headless.session import exit_code
from tui_tuner.worker.reports import EpochEnded


class Search:
    """A search directory that a test writes into as an engine does."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.store = Store(root / "search.db")
        with self.store.transaction():
            self.store.set_meta(name="s", tuner="random", objective={"name": "val_loss", "direction": "min"})

    def state(self, state: SearchState, detail: str = "") -> None:
        with self.store.transaction():
            self.store.event(events.StateChanged(state, detail))

    def trial(self, number: int) -> None:
        with self.store.transaction():
            self.store.event(events.TrialStarted("worker-0", 0), str(number))
            self.store.trial(TrialRow(str(number), number, TrialState.RUNNING, {"units": number}))

    def epoch(self, trial: int, epoch: int, **metrics: float) -> None:
        with self.store.transaction():
            self.store.epoch(EpochEnded("worker-0", str(trial), 0, 0, epoch, metrics, 5.0, 0.5))

    def follow(
        self,
        out: io.TextIOBase,
        *,
        as_json: bool = False,
        after: int = 0,
        steady: Callable[[], float] = time.monotonic,
    ) -> Follower:
        reader, journal = SearchReader(self.root), Journal(self.root, after)
        return Follower(reader, journal, out, as_json=as_json, steady=steady)  # type: ignore[arg-type]


@pytest.fixture
def search(tmp_path: Path) -> Iterator[Search]:
    search = Search(tmp_path)
    yield search
    search.store.close()


def test_what_was_written_before_the_end_is_printed_too(search: Search) -> None:
    out = io.StringIO()
    rounds = iter(["trial", "end", "over"])

    def over() -> bool:
        now = next(rounds)
        if now == "trial":
            search.trial(0)
        if now == "end":
            search.state(SearchState.COMPLETED, "all trials were run")
        return now == "end"

    search.follow(out).run(over)
    assert out.getvalue().splitlines() == ["trial 0  started    units=0", "completed: all trials were run"]
    assert next(rounds) == "over"


def test_the_story_begins_after_what_was_known(search: Search) -> None:
    search.trial(0)
    out = io.StringIO()
    follower = search.follow(out, after=search.store.seq)
    search.trial(1)
    follower.run(lambda: True)
    assert out.getvalue().splitlines() == ["trial 1  started    units=1"]


def test_the_heading_is_for_people_only(search: Search) -> None:
    lines, objects = io.StringIO(), io.StringIO()
    search.follow(lines).begin()
    search.follow(objects, as_json=True).begin()
    assert lines.getvalue().startswith("s: random search for the min of val_loss")
    assert objects.getvalue() == ""


def test_json_lines_are_strict_json_with_every_epoch_in_its_place(search: Search) -> None:
    search.trial(0)
    search.epoch(0, 0, val_loss=0.5, loss=math.inf)
    search.state(SearchState.PAUSED, "schön\nhere")
    search.epoch(0, 1, val_loss=math.nan, loss=-math.inf)
    out = io.StringIO()
    search.follow(out, as_json=True).run(lambda: True)
    lines = [json.loads(line, parse_constant=lambda text: pytest.fail(text)) for line in out.getvalue().splitlines()]
    assert [(line["seq"], line["kind"]) for line in lines] == [
        (1, "trial_started"),
        (2, "epoch"),
        (3, "state_changed"),
        (4, "epoch"),
    ]
    assert lines[1] == {
        "seq": 2,
        "time": 5.0,
        "kind": "epoch",
        "trial_id": "0",
        "data": {
            "attempt": 0,
            "execution": 0,
            "epoch": 0,
            "duration_s": 0.5,
            "metrics": {"val_loss": 0.5, "loss": "Infinity"},
        },
    }
    assert lines[2]["data"]["detail"] == "schön\nhere"
    assert lines[3]["data"]["metrics"] == {"val_loss": "NaN", "loss": "-Infinity"}


class Broken(io.StringIO):
    """An output whose reader goes away after the first line."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error
        self.tries = 0

    def flush(self) -> None:
        self.tries += 1
        if self.tries > 1:
            raise self.error


@pytest.mark.parametrize("error", [BrokenPipeError(), OSError(5, "input/output error"), ValueError("closed file")])
def test_a_lost_output_ends_the_printing_and_not_the_following(search: Search, error: Exception) -> None:
    for number in range(5):
        search.trial(number)
    out = Broken(error)
    asked = []

    def over() -> bool:
        asked.append(True)
        return len(asked) > 2

    search.follow(out).run(over)
    assert len(asked) == 3
    assert out.tries == 2


def test_json_lines_can_be_written_in_any_encoding(search: Search) -> None:
    search.state(SearchState.RUNNING, "schön …")
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding="ascii")
    search.follow(out, as_json=True).run(lambda: True)
    assert json.loads(raw.getvalue())["data"]["detail"] == "schön …"


@pytest.mark.parametrize(
    ("state", "signal_number", "code"),
    [
        (SearchState.COMPLETED, None, 0),
        (SearchState.COMPLETED, 2, 0),  # it was over before the signal could stop it
        (SearchState.STOPPED, None, 0),
        (SearchState.STOPPED, 2, 130),
        (SearchState.STOPPED, 15, 143),
        (SearchState.FAILED, None, 1),
        (SearchState.FAILED, 2, 1),
    ],
)
def test_the_exit_code_says_how_it_ended(state: SearchState, signal_number: int | None, code: int) -> None:
    assert exit_code(SearchView(Path(), state=state), signal_number) == code


def test_a_preparation_that_takes_long_is_said_once_to_do_so_and_where_its_output_is(search: Search) -> None:
    out = io.StringIO()
    now = 0.0
    lock = EngineLock(SearchDirectory(search.root).lock)
    lock.acquire()
    log = SearchDirectory(search.root).worker_log("worker-0")
    log.parent.mkdir()
    log.touch()
    with search.store.transaction():
        search.store.set_meta(
            state="starting",
            detail="loading data",
            workers=[asdict(WorkerView("worker-0", 7, "CPU", activity="loading data"))],
        )
    rounds = iter([59.0, 61.0, 200.0, 300.0])

    def over() -> bool:
        nonlocal now
        now = next(rounds)
        return now == 300.0

    search.follow(out, steady=lambda: now).run(over)
    lock.release()
    assert out.getvalue() == f"starting: loading data, for 60 s now; worker-0 prints to {log}\n"
