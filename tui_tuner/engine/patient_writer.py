"""Writes into `search.db`, and keeps in memory what the disk does not take, until there is room."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

_OUTSIDE = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_READONLY,
    }
)
"""What SQLite says where something outside must be mended: no room, no right to write, a lock that others hold."""


@dataclass(frozen=True)
class Statement:
    """One statement and what is bound to it."""

    sql: str
    arguments: Sequence[Any]


class PatientWriter:
    """Commits statements together or not at all.

    Args:
        connection: In autocommit mode.
        patient: Keep what cannot be written now and go on; else raise.

    Attributes:
        unwritten: What is not on the disk yet, in order.
        trouble: Why it is not, as SQLite says it; `None` if there was no attempt, or nothing is left.
    """

    def __init__(self, connection: sqlite3.Connection, *, patient: bool) -> None:
        self._connection = connection
        self._patient = patient
        self.unwritten: list[Statement] = []
        self.trouble: sqlite3.Error | None = None

    def add(self, sql: str, *arguments: Any) -> None:
        """Write this with the next commit."""
        self.unwritten.append(Statement(sql, arguments))

    def commit(self) -> None:
        """Write what was added. After a trouble only `retry` tries again: what comes in between waits its turn.

        Raises:
            sqlite3.Error: If it cannot be written: the writer is not patient, or no patience would help.
        """
        if self.trouble is None:
            self.retry()

    def retry(self) -> bool:
        """Try to write all that is left; whether that went well.

        Raises:
            sqlite3.Error: As `commit`.
        """
        try:
            self._write()
        except sqlite3.Error as error:
            if self._connection.in_transaction:  # some errors have rolled it back already
                self._connection.execute("ROLLBACK")
            if not self._patient or not is_from_outside(error):
                raise
            self.trouble = error
            return False
        self.unwritten.clear()
        self.trouble = None
        return True

    def _write(self) -> None:
        if not self.unwritten:
            return
        execute = self._connection.execute
        execute("BEGIN IMMEDIATE")
        for statement in self.unwritten:
            execute(statement.sql, statement.arguments)
        execute("COMMIT")


def is_from_outside(error: sqlite3.Error) -> bool:
    """Whether something outside the program must be mended, so that the same statements may succeed later."""
    code: int | None = getattr(error, "sqlite_errorcode", None)  # errors of the module itself have none
    return code is not None and code & 0xFF in _OUTSIDE
