"""Prints a search as it runs, for terminals without an app, for files and for other programs."""

from __future__ import annotations

import contextlib
import json
import math
import os
import time
from collections.abc import Callable
from typing import TextIO

from tui_tuner.engine.journal import Entry, Journal
from tui_tuner.engine.reader import SearchReader
from tui_tuner.headless.lines import heading, line, long_preparation

_EVERY_S = 0.2

_PATIENCE_S = 60.0
"""A search that prepares for so long without a word is said to do so, once."""


class Follower:
    """Prints what happens in a search until told that it is over.

    Losing the output (a closed pipe, a dead terminal) ends the printing, never the search.

    Args:
        out: Where to print.
        as_json: One JSON object a line, for each event and each epoch (`seq, time, kind, trial_id, data`), in plain
            ASCII; numbers that JSON has no word for are the strings `"NaN"`, `"Infinity"` and `"-Infinity"`.
        steady: Seconds that only grow.
    """

    def __init__(
        self,
        reader: SearchReader,
        journal: Journal,
        out: TextIO,
        *,
        as_json: bool,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._reader = reader
        self._journal = journal
        self._out: TextIO | None = out
        self._as_json = as_json
        self._steady = steady
        self._quiet_since = steady()

    def begin(self) -> None:
        """Say what is about to run and what was found. Call it before anything new happens."""
        if not self._as_json:
            for text in heading(self._reader.poll()):
                self.say(text)

    def run(self, over: Callable[[], bool]) -> None:
        """Print until `over()`; what was written before it became true is printed too."""
        while True:
            last_round = over()
            self._catch_up()
            if last_round:
                return
            if not self._as_json and self._steady() - self._quiet_since >= _PATIENCE_S:
                self._quiet_since = math.inf
                text = long_preparation(self._reader.poll(), _PATIENCE_S)
                if text is not None:
                    self.say(text)
            time.sleep(_EVERY_S)

    def _catch_up(self) -> None:
        while entries := self._journal.new():
            view = self._reader.poll()
            for entry in entries:
                text = _json(entry) if self._as_json else line(entry, view)
                if text is not None:
                    self.say(text)
                self._quiet_since = self._steady()

    def say(self, text: str) -> None:
        """Print `text`, if anybody reads it."""
        if self._out is None:
            return
        try:
            print(text, file=self._out, flush=True)
        except (OSError, ValueError):  # the other end is gone; ValueError: the file was closed
            _point_nowhere(self._out)
            self._out = None


def _point_nowhere(out: TextIO) -> None:
    """What is left in the buffer of a file whose other end is gone would be an error once more when Python ends."""
    with contextlib.suppress(OSError, ValueError):
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, out.fileno())
        os.close(null)


def _json(entry: Entry) -> str:
    return json.dumps(
        {
            "seq": entry.seq,
            "time": entry.time,
            "kind": entry.kind,
            "trial_id": entry.trial_id,
            "data": entry.data,
        }
    )
