"""Going back and forth in a search that is over."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from support.filmed_search import Filmed

from tui_tuner.engine.commands import Command, CommandKind
from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.engine.history import MarkKind
from tui_tuner.engine.reader import SearchReader
from tui_tuner.engine.replay import FASTEST, SLOWEST, ReplaySource
from tui_tuner.engine.view import SearchState, TrialState
from tui_tuner.errors import TunerError

BEGAN = 1_700_000_000.0
STEP_S = 10.0


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def set_times(root: Path, of_seq: str) -> None:
    """Give what happened other times: an SQL expression of `seq`, in seconds after `BEGAN`."""
    connection = sqlite3.connect(SearchDirectory(root).database)
    with connection:
        for table in ("events", "epochs"):
            connection.execute(f"UPDATE {table} SET time = {BEGAN} + ({of_seq})")
    connection.close()


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A search of five trials, with a pause by hand; ten seconds from one event or epoch to the next."""
    root = tmp_path_factory.mktemp("replay") / "search"
    Filmed(root, seed=5).run({8: Command(CommandKind.PAUSE)})
    set_times(root, f"seq * {STEP_S}")
    return root


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def replay(finished: Path, clock: Clock) -> ReplaySource:
    return ReplaySource(finished, speed=60.0, clock=clock)


def test_it_begins_at_the_beginning_and_stands(replay: ReplaySource, clock: Clock) -> None:
    first = replay.poll()
    assert (first.state, len(first.trials), replay.position) == (SearchState.STARTING, 0, 1)
    clock.now += 1000
    assert replay.poll() is first


def test_while_it_plays_the_search_goes_on_at_the_speed_that_was_asked_for(replay: ReplaySource, clock: Clock) -> None:
    began, position = replay.now(), replay.position
    replay.play(True)
    clock.now += 2.0
    assert replay.now() == began + 120.0
    assert replay.position == position + 12
    replay.speed = 1.0
    clock.now += 5.0
    assert replay.now() == began + 125.0
    replay.play(False)
    clock.now += 5.0
    assert replay.now() == began + 125.0


def test_the_speed_has_limits(replay: ReplaySource) -> None:
    replay.speed = 1e9
    assert replay.speed == FASTEST
    replay.speed = 0.0
    assert replay.speed == SLOWEST


def test_at_the_end_it_stops_and_plays_from_the_beginning_again(replay: ReplaySource, clock: Clock) -> None:
    replay.speed = FASTEST
    replay.play(True)
    clock.now += 3600.0
    last = replay.poll()
    assert replay.at_end
    assert not replay.playing
    assert last.state is SearchState.COMPLETED
    assert len(last.trials) == 5
    replay.play(True)
    assert replay.poll().state is SearchState.STARTING


def test_it_steps_by_events_and_by_trials(replay: ReplaySource) -> None:
    replay.step(3)
    assert replay.position == 4
    replay.step(-100)
    assert replay.position == 1
    replay.step_trial(1)
    assert [trial.status for trial in replay.poll().trials.values()] == [TrialState.RUNNING]
    replay.step_trial(1)
    (first,) = replay.poll().trials.values()
    assert first.status is not TrialState.RUNNING
    replay.step_trial(-1)
    (first,) = replay.poll().trials.values()
    assert (first.status, first.score) == (TrialState.RUNNING, None)


def test_a_score_is_not_known_before_its_trial_has_ended(replay: ReplaySource) -> None:
    for position in range(1, replay.timeline.end + 1):
        replay.go_to(position)
        view = replay.poll()
        ended = [trial for trial in view.trials.values() if trial.status is TrialState.COMPLETED]
        best = min((trial.score for trial in ended if trial.score is not None), default=None)
        assert (None if view.best is None else view.best.score) == best
        for trial in view.trials.values():
            epochs = replay.epochs(trial.trial_id)
            assert trial.last_epoch == (epochs[-1] if epochs and trial.status is TrialState.RUNNING else None)


def test_marks_are_where_a_best_a_failure_and_a_request_were(replay: ReplaySource) -> None:
    kinds = [mark.kind for mark in replay.marks]
    assert MarkKind.BEST in kinds
    assert MarkKind.INTERVENTION in kinds
    for mark in replay.marks:
        replay.go_to(mark.position - 1)
        before = replay.poll()
        replay.go_to(mark.position)
        after = replay.poll()
        if mark.kind is MarkKind.BEST:
            assert after.best_trial_id != before.best_trial_id
        elif mark.kind is MarkKind.FAILED:
            assert sum(trial.status is TrialState.FAILED for trial in after.trials.values()) == 1 + sum(
                trial.status is TrialState.FAILED for trial in before.trials.values()
            )


def test_notes_are_shown_as_they_are_now(tmp_path: Path) -> None:
    root = tmp_path / "search"
    Filmed(root).run({})
    reader = SearchReader(root)
    trial_id = next(iter(reader.poll().trials))
    reader.note(trial_id, "[b]mine")
    reader.close()
    replay = ReplaySource(root)
    assert replay.poll().notes == {trial_id: "[b]mine"}


def test_nobody_can_be_asked_for_anything(replay: ReplaySource) -> None:
    with pytest.raises(TunerError, match="This is a replay"):
        replay.send(Command(CommandKind.PAUSE))
    assert replay.answer(1) is None


def test_a_night_between_two_runs_is_not_waited_for(tmp_path: Path, clock: Clock) -> None:
    root = tmp_path / "search"
    filmed = Filmed(root)
    filmed.run({}, dies_after=12)
    connection = sqlite3.connect(SearchDirectory(root).database)
    last = connection.execute("SELECT max(seq) FROM (SELECT seq FROM events UNION SELECT seq FROM epochs)").fetchone()
    connection.close()
    filmed.run({})
    set_times(root, f"seq * 10 + 36000 * (seq > {last[0]})")
    replay = ReplaySource(root, speed=10.0, clock=clock)
    states = set()
    replay.play(True)
    while not replay.at_end:
        clock.now += 0.25
        states.add(replay.poll().state)
        assert clock.now < 120.0, "it waits for the night"
    assert SearchState.INTERRUPTED in states
    assert replay.poll().state is SearchState.COMPLETED


def test_a_search_whose_engine_died_ends_interrupted(tmp_path: Path) -> None:
    root = tmp_path / "search"
    Filmed(root).run({}, dies_after=12)
    replay = ReplaySource(root)
    replay.go_to(replay.timeline.end)
    view = replay.poll()
    assert view.state is SearchState.INTERRUPTED
    assert all(trial.status is not TrialState.RUNNING for trial in view.trials.values())
    replay.step(-1)
    assert replay.poll().state.is_live


def test_a_clock_that_was_set_back_does_not_turn_time_around(tmp_path: Path) -> None:
    root = tmp_path / "search"
    Filmed(root).run({})
    set_times(root, "seq * 10 - 5000 * (seq > 20)")
    times = ReplaySource(root).timeline.times
    assert list(times) == sorted(times)
    assert times[-1] - times[1] < 10 * len(times)


def test_of_a_log_is_shown_what_was_there(finished: Path, replay: ReplaySource) -> None:
    directory = SearchDirectory(finished)
    replay.go_to(replay.timeline.end)
    trial_id = next(iter(replay.poll().trials))
    log = directory.trial_log(trial_id)
    log.parent.mkdir(exist_ok=True)
    log.write_text("building\n" + "".join(f"Epoch {epoch}/3\nloss {epoch}\n" for epoch in (1, 2, 3)))
    assert replay.log_path(trial_id) == log
    seen = []
    for position in range(1, replay.timeline.end + 1):
        replay.go_to(position)
        if trial_id in (view := replay.poll()).trials and view.trials[trial_id].status is TrialState.RUNNING:
            seen.append(replay.log_path(trial_id).read_text().count("Epoch"))
    assert seen == sorted(seen)
    assert {1, 2, 3} <= set(seen)
    replay.close()


def test_a_log_that_tells_no_times_says_so_until_the_trial_is_over(finished: Path, replay: ReplaySource) -> None:
    replay.step_trial(1)
    trial_id = next(iter(replay.poll().trials))
    log = SearchDirectory(finished).trial_log(trial_id)
    log.parent.mkdir(exist_ok=True)
    log.write_text("hello\n")
    assert "Nothing in this log tells when" in replay.log_path(trial_id).read_text()
    replay.step_trial(1)
    assert replay.log_path(trial_id) == log
    replay.close()


def test_without_a_search_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(TunerError):
        ReplaySource(tmp_path)
