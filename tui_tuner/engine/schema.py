"""The tables of `search.db`, documented in `docs/search-db.md` for people who query the file: keep the two together."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.engine.file_system import is_networked
from tui_tuner.engine.lock import is_held
from tui_tuner.engine.nearby import hint_at_searches
from tui_tuner.errors import TunerError

SCHEMA_VERSION = 4

TABLES = """
CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE trials (
    trial_id TEXT PRIMARY KEY,
    number INTEGER NOT NULL,
    status TEXT NOT NULL,
    score REAL,
    best_epoch INTEGER,
    hyperparameters TEXT NOT NULL,
    started REAL,
    ended REAL,
    duration_s REAL,
    worker TEXT NOT NULL DEFAULT '',
    message TEXT NOT NULL DEFAULT '',
    attempt INTEGER NOT NULL DEFAULT 0,
    runs INTEGER NOT NULL DEFAULT 0,
    planned_epochs INTEGER,
    metrics TEXT NOT NULL DEFAULT '{}',
    execution_scores TEXT NOT NULL DEFAULT '[]',
    seq INTEGER NOT NULL,
    first_attempt INTEGER NOT NULL DEFAULT 0,
    origin TEXT NOT NULL DEFAULT '',
    rerun_of TEXT,
    reason TEXT NOT NULL DEFAULT '',
    predicted_mean REAL,
    predicted_deviation REAL,
    known_results INTEGER,
    violation REAL,
    other_scores TEXT NOT NULL DEFAULT '[]'
);
CREATE INDEX trials_by_seq ON trials (seq);

CREATE TABLE epochs (
    seq INTEGER PRIMARY KEY,
    trial_id TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    execution INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    time REAL NOT NULL,
    duration_s REAL NOT NULL,
    metrics TEXT NOT NULL
);
CREATE UNIQUE INDEX epochs_by_trial ON epochs (trial_id, attempt, execution, epoch);

CREATE TABLE events (
    seq INTEGER PRIMARY KEY,
    time REAL NOT NULL,
    kind TEXT NOT NULL,
    trial_id TEXT,
    data TEXT NOT NULL DEFAULT '{}'
);
CREATE INDEX events_by_trial ON events (trial_id, kind);

CREATE TABLE commands (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    time REAL NOT NULL,
    who TEXT NOT NULL,
    kind TEXT NOT NULL,
    trial_id TEXT,
    answered_seq INTEGER,
    arguments TEXT NOT NULL DEFAULT '{}'
);
CREATE INDEX commands_open ON commands (id) WHERE answered_seq IS NULL;
"""

_CHANGES = {
    2: (
        "ALTER TABLE trials ADD COLUMN first_attempt INTEGER NOT NULL DEFAULT 0;"
        "ALTER TABLE trials ADD COLUMN origin TEXT NOT NULL DEFAULT '';"
        "ALTER TABLE trials ADD COLUMN rerun_of TEXT;"
        "ALTER TABLE commands ADD COLUMN arguments TEXT NOT NULL DEFAULT '{}';"
    ),
    3: (
        "ALTER TABLE trials ADD COLUMN reason TEXT NOT NULL DEFAULT '';"
        "ALTER TABLE trials ADD COLUMN predicted_mean REAL;"
        "ALTER TABLE trials ADD COLUMN predicted_deviation REAL;"
        "ALTER TABLE trials ADD COLUMN known_results INTEGER;"
    ),
    4: (
        "ALTER TABLE trials ADD COLUMN violation REAL;"
        "ALTER TABLE trials ADD COLUMN other_scores TEXT NOT NULL DEFAULT '[]';"
    ),
}
"""By version: what makes a file of the version before into one of it."""

LAST_SEQ = "SELECT max(coalesce((SELECT max(seq) FROM events), 0), coalesce((SELECT max(seq) FROM epochs), 0))"
"""The number of the last event; epochs are events too."""

LAST_WRITE = (
    "SELECT max(time) FROM (SELECT time FROM events WHERE seq = (SELECT max(seq) FROM events)"
    " UNION ALL SELECT time FROM epochs WHERE seq = (SELECT max(seq) FROM epochs))"
)
"""When the last event or epoch was written; NULL if there is none."""

BUSY_TIMEOUT_S = 10.0

_NO_ROOM_FOR_SHARED_MEMORY = (sqlite3.SQLITE_IOERR_SHMSIZE, sqlite3.SQLITE_IOERR_SHMOPEN, sqlite3.SQLITE_IOERR_SHMMAP)


def connect(database: Path, *, create: bool = False) -> sqlite3.Connection:
    """Open `search.db` in autocommit mode.

    Args:
        create: Create the file and its tables if they are not there.

    Raises:
        TunerError: If the file is missing, is not a search, or was written by a newer tui-tuner.
    """
    if not create and not database.is_file():
        raise TunerError(f"{database.parent}: no search here (search.db is missing).", hint_at_searches(database))
    try:
        if create and not database.exists():
            _create(database)
        connection = _opened(str(database))
        try:
            version: int = connection.execute("PRAGMA user_version").fetchone()[0]
        except sqlite3.OperationalError as error:
            if create or not _is_denied(error) or not _is_at_rest(database):
                raise
            # A search that nobody runs, in a folder that this person may only read or on a full disk: nothing changes.
            connection.close()
            connection = _opened(f"{database.absolute().as_uri()}?immutable=1", uri=True)
            version = connection.execute("PRAGMA user_version").fetchone()[0]
        if create:
            _suit_file_system(connection, database)
        # With a write-ahead log this cannot damage the file, whenever the power goes; the journal has to be waited for.
        is_wal = connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
        connection.execute(f"PRAGMA synchronous = {'NORMAL' if is_wal else 'FULL'}")
    except (sqlite3.Error, OSError) as error:
        raise TunerError(
            f"{database}: cannot be opened as a search ({error}).",
            "If the disk is full or read-only, mend that; if the file is damaged, restore it from a backup.",
        ) from error
    if version == 0:
        raise TunerError(f"{database}: is not a search of tui-tuner.", "Check the directory's name.")
    if version < SCHEMA_VERSION:
        _upgrade(connection, database)
    if version > SCHEMA_VERSION:
        raise TunerError(
            f"{database}: was written by a newer tui-tuner (schema {version}; this one knows {SCHEMA_VERSION}).",
            "Upgrade tui-tuner.",
        )
    return connection


def _opened(name: str, *, uri: bool = False) -> sqlite3.Connection:
    return sqlite3.connect(
        name,
        timeout=BUSY_TIMEOUT_S,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=256,
        uri=uri,
    )


def _is_denied(error: sqlite3.OperationalError) -> bool:
    """Whether the files that SQLite needs beside the database cannot be made."""
    denied = (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_FULL)
    return error.sqlite_errorcode & 0xFF in denied or error.sqlite_errorcode in _NO_ROOM_FOR_SHARED_MEMORY


def _is_at_rest(database: Path) -> bool:
    """Whether no engine runs the search, and all that was written is in the database itself.

    SQLite leaves an empty log where it found no room for what else it needs.
    """
    log = database.with_name(f"{database.name}-wal")
    return not is_held(SearchDirectory(database.parent).lock) and not (log.exists() and log.stat().st_size)


def _suit_file_system(connection: sqlite3.Connection, database: Path) -> None:
    """Choose the journal: a write-ahead log, which lets viewers read while the engine writes, where all its readers can
    share memory; on a network file system, where they cannot, the rollback journal.

    SQLite finds out by itself only where sharing memory fails; on NFS it succeeds, and each machine sees its own.
    A directory that was moved from one kind to the other is changed over when the next engine opens it. While others
    read it, it stays as it is.
    """
    wanted = "delete" if is_networked(database) else "wal"
    if connection.execute("PRAGMA journal_mode").fetchone()[0] != wanted:
        with contextlib.suppress(sqlite3.OperationalError):  # locked by others
            connection.execute(f"PRAGMA journal_mode = {wanted}")


def _upgrade(connection: sqlite3.Connection, database: Path) -> None:
    """Bring a file of an older version to this one, whoever opens it first."""
    try:
        connection.execute("BEGIN IMMEDIATE")
        version: int = connection.execute("PRAGMA user_version").fetchone()[0]
        for change in range(version + 1, SCHEMA_VERSION + 1):
            for statement in filter(None, _CHANGES[change].split(";")):
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        connection.execute("COMMIT")
    except sqlite3.Error as error:
        connection.close()
        raise TunerError(
            f"{database}: was written by an older tui-tuner and could not be brought up to date ({error}).",
            "Check that you may write there and that the disk is not full.",
        ) from error


def _create(database: Path) -> None:
    """Make the file beside its place and move it there: nobody ever finds it without its tables."""
    beside = database.with_name(f"{database.name}.new")
    beside.unlink(missing_ok=True)
    connection = sqlite3.connect(beside, isolation_level=None)
    try:
        connection.executescript(f"BEGIN; {TABLES} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;")
        _suit_file_system(connection, database)
    finally:
        connection.close()
    for ending in ("-wal", "-shm", "-journal"):  # of a file that was deleted: SQLite would take them for this one's
        database.with_name(database.name + ending).unlink(missing_ok=True)
    beside.replace(database)
