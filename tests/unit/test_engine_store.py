"""`search.db`: what the engine writes is what viewers read, and nothing half-written is ever seen."""

from __future__ import annotations

import math
import sqlite3
from pathlib import Path

import pytest

from tui_tuner.engine import events, json_values
from tui_tuner.engine.journal import EPOCH, Journal
from tui_tuner.engine.reader import SearchReader
from tui_tuner.engine.schema import SCHEMA_VERSION, connect
from tui_tuner.engine.store import Store, TrialRow
from tui_tuner.engine.view import TrialState
from tui_tuner.errors import TunerError
from tui_tuner.worker.reports import EpochEnded


def epoch(trial_id: str = "0", number: int = 0, **metrics: float) -> EpochEnded:
    return EpochEnded("worker 0", trial_id, 0, 0, number, metrics or {"loss": 0.5}, 10.0 + number, 0.25)


def row(trial_id: str = "0", **changes: object) -> TrialRow:
    base: dict[str, object] = {
        "trial_id": trial_id,
        "number": int(trial_id),
        "status": TrialState.RUNNING,
        "hyperparameters": {"units": 8, "learning_rate": 1e-4, "activation": "[red]", "bias": True},
    }
    return TrialRow(**{**base, **changes})  # type: ignore[arg-type]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "search.db")


def test_a_trial_is_read_back_as_it_was_written(store: Store) -> None:
    written = row(
        status=TrialState.COMPLETED,
        score=0.875,
        best_epoch=3,
        started=1.5,
        ended=3.0,
        duration_s=1.5,
        worker="worker 0",
        message="as\nit is",
        attempt=2,
        runs=3,
        planned_epochs=10,
        execution_scores=(0.85, -math.inf, 0.9),
        metrics={"loss": math.inf, "val_loss": -math.inf, "accuracy": 0.5},
        reason="explore",
        predicted_mean=0.75,
        predicted_deviation=0.125,
        known_results=7,
        violation=0.25,
        other_scores=(3.5, math.inf),
    )
    with store.transaction():
        store.event(events.TrialCreated(), "0")
        store.trial(written)
    assert store.trials() == [written]


def test_nan_survives_in_metrics_and_the_json_stays_readable_for_sqlite(store: Store, tmp_path: Path) -> None:
    with store.transaction():
        store.epoch(epoch(loss=math.nan, val_loss=math.inf, accuracy=0.25))
    connection = sqlite3.connect(tmp_path / "search.db")
    text = connection.execute("SELECT metrics FROM epochs").fetchone()[0]
    assert connection.execute("SELECT json_extract(metrics, '$.accuracy') FROM epochs").fetchone() == (0.25,)
    metrics = json_values.load_metrics(text)
    assert math.isnan(metrics["loss"])
    assert metrics["val_loss"] == math.inf


def test_all_events_share_one_sequence(store: Store) -> None:
    with store.transaction():
        first = store.event(events.TrialCreated(), "0")
        store.epoch(epoch())
        second = store.event(events.TrialEnded("COMPLETED", 0.5), "0")
    assert (first, second, store.seq) == (1, 3, 3)


def test_the_sequence_goes_on_after_reopening(store: Store, tmp_path: Path) -> None:
    with store.transaction():
        store.event(events.TrialCreated(), "0")
        store.epoch(epoch())
    store.close()
    again = Store(tmp_path / "search.db")
    assert again.seq == 2


def test_an_exception_inside_a_transaction_leaves_nothing_behind(store: Store) -> None:
    def write_and_fail() -> None:
        with store.transaction():
            store.event(events.TrialCreated(), "0")
            store.trial(row())
            raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError, match="in the middle"):
        write_and_fail()
    assert store.trials() == []
    assert store.seq == 0
    with store.transaction():
        assert store.event(events.TrialCreated(), "0") == 1


def test_an_epoch_that_is_reported_twice_is_kept_once(store: Store, tmp_path: Path) -> None:
    with store.transaction():
        store.epoch(epoch(loss=0.5))
        store.epoch(epoch(loss=0.9))
    connection = sqlite3.connect(tmp_path / "search.db")
    assert connection.execute("SELECT metrics FROM epochs").fetchall() == [('{"loss":0.5}',)]


def test_commands_wait_until_they_are_answered(store: Store, tmp_path: Path) -> None:
    assert store.open_commands() == []
    other = sqlite3.connect(tmp_path / "search.db")
    with other:
        other.execute("INSERT INTO commands (time, who, kind, trial_id) VALUES (1.0, 'me', 'skip', '3')")
        other.execute("INSERT INTO commands (time, who, kind) VALUES (1.0, 'me', 'from the future')")
    [waiting] = store.open_commands()
    assert (waiting.command.kind, waiting.command.trial_id, waiting.command.who) == ("skip", "3", "me")
    with store.transaction():
        store.event(events.CommandAnswered("skip", "me", "done"), "3")
        store.answer(waiting.id)
    assert store.open_commands() == []


def test_the_journal_tells_events_and_epochs_in_order(store: Store, tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    with store.transaction():
        store.event(events.TrialStarted("worker 0", 0), "0")
        store.epoch(epoch(number=0, loss=0.5))
        store.event(events.TrialEnded("COMPLETED", 0.5), "0")
    kinds = [(entry.seq, entry.kind, entry.trial_id) for entry in journal.new()]
    assert kinds == [(1, "trial_started", "0"), (2, EPOCH, "0"), (3, "trial_ended", "0")]
    assert journal.new() == []
    assert [entry.seq for entry in Journal(tmp_path, after=1).new()] == [2, 3]


def test_a_file_of_a_newer_version_is_refused_with_what_to_do(store: Store, tmp_path: Path) -> None:
    store.close()
    connection = sqlite3.connect(tmp_path / "search.db")
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    connection.close()
    with pytest.raises(TunerError, match="newer tui-tuner") as caught:
        connect(tmp_path / "search.db")
    assert "Upgrade" in caught.value.hint


@pytest.mark.parametrize("version", [1, 2, 3])
def test_a_file_of_an_older_version_is_brought_up_to_date_with_what_is_in_it(tmp_path: Path, version: int) -> None:
    added = {
        2: ("first_attempt", "origin", "rerun_of"),
        3: ("reason", "predicted_mean", "predicted_deviation", "known_results"),
        4: ("violation", "other_scores"),
    }
    written = row(status=TrialState.COMPLETED, score=0.5, metrics={"loss": 0.5})
    database = tmp_path / "search.db"
    store = Store(database)
    with store.transaction():
        store.event(events.TrialCreated(), "0")
        store.trial(written)
    store.close()
    connection = connect(database)
    for column in [name for later in added if later > version for name in added[later]]:
        connection.execute(f"ALTER TABLE trials DROP COLUMN {column}")
    if version < 2:
        connection.execute("ALTER TABLE commands DROP COLUMN arguments")
    connection.execute(f"PRAGMA user_version = {version}")
    connection.close()
    assert Store(database).trials() == [written]


def test_what_is_no_search_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TunerError, match="no search here"):
        connect(tmp_path / "search.db")
    (tmp_path / "search.db").write_text("not a database at all, but long enough to look like one" * 20)
    with pytest.raises(TunerError, match=r"search\.db: cannot be opened"):
        connect(tmp_path / "search.db")


def test_a_database_is_there_with_its_tables_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    database = tmp_path / "search.db"
    with monkeypatch.context() as patched:
        patched.setattr("tui_tuner.engine.schema.TABLES", "CREATE TABLE half (a); CREATE mistake;")
        with pytest.raises(TunerError, match="cannot be opened"):
            Store(database)
    assert not database.exists()
    store = Store(database)
    assert store.trials() == []
    assert [file.name for file in tmp_path.iterdir() if file.name.endswith(".new")] == []
    viewer = connect(database)
    assert viewer.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    viewer.close()
    store.close()


def test_what_a_deleted_database_has_left_behind_does_not_get_into_the_next_one(tmp_path: Path) -> None:
    database = tmp_path / "search.db"
    first = Store(database)
    with first.transaction():
        first.event(events.TrialCreated(), "0")
        first.trial(row())
    log = (tmp_path / "search.db-wal").read_bytes()
    first.close()
    database.unlink()
    (tmp_path / "search.db-wal").write_bytes(log)  # as a crash leaves it
    second = Store(database)
    assert second.trials() == []
    assert second.seq == 0
    second.close()


def test_text_that_no_database_can_hold_does_not_end_a_search(store: Store) -> None:
    odd = b"\xff.csv".decode("utf-8", "surrogateescape")
    with store.transaction():
        store.event(events.TrialEnded("FAILED", None, f"schön, no such file: {odd}"), "0")
        store.trial(row(message=f"schön, no such file: {odd}", hyperparameters={"file": odd}))
    [stored] = store.trials()
    assert stored.message == "schön, no such file: \ufffd.csv"
    assert stored.hyperparameters == {"file": "\ufffd.csv"}


def test_a_note_is_seen_by_every_viewer_and_can_be_taken_away(store: Store, tmp_path: Path) -> None:
    with store.transaction():
        store.event(events.TrialCreated(), "0")
        store.trial(row())
    writer, other = SearchReader(tmp_path, "me"), SearchReader(tmp_path)
    assert other.poll().notes == {}
    writer.note("0", "[red] \x1b[31m 漢字")
    assert writer.poll().notes == other.poll().notes == {"0": "[red] \x1b[31m 漢字"}
    assert store.meta()["note:0"]["who"] == "me"
    writer.note("0", "")
    assert other.poll().notes == {}
    for reader in (writer, other):
        reader.close()
