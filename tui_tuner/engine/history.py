"""How a search came to be what it is: its events folded once, so that it can be seen at any moment of its own time.

A moment is a position: 0 before anything, then one more with each event and each epoch in the order of their sequence
numbers. What `search.db` keeps only in its latest version (a trial's values, what a worker is busy with) is shown as it
is now, or not at all.
"""

from __future__ import annotations

import math
import sqlite3
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from tui_tuner.engine.view import (
    LimitView,
    SearchState,
    TrialView,
    WorkerView,
)
from tui_tuner.worker.jobs import DataSummary

_SET_BACK_S = 5.0
"""A clock that goes back by more was set; by less, only reports overtook each other."""


class MarkKind(StrEnum):
    """Why a moment is worth going to."""

    BEST = "best"
    """A trial was better than all before."""
    FAILED = "failed"
    INTERVENTION = "intervention"
    """A person asked for something."""


@dataclass(frozen=True)
class Mark:
    """A moment worth going to."""

    position: int
    kind: MarkKind


@dataclass(frozen=True)
class Facts:
    """What is known of the search beside its trials, from a moment on. The fields are those of `SearchView`.

    Args:
        space_size: How many entries of the search space are known.
    """

    state: SearchState = SearchState.STARTING
    detail: str = ""
    max_trials: int | None = None
    max_time_s: float | None = None
    wanted_workers: int | None = None
    active_s: float = 0.0
    run_started: float | None = None
    space_size: int = 0
    limits: Mapping[str, LimitView] = field(default_factory=dict)
    best_trial_id: str | None = None
    workers: tuple[WorkerView, ...] = ()
    data: DataSummary | None = None
    test_metrics: Mapping[str, float] | None = None
    disk_bytes: int | None = None


@dataclass(frozen=True)
class TrialMoment:
    """A trial from a moment on, without the epochs of a running one.

    Args:
        first_attempt: The attempt that began the training.
    """

    view: TrialView
    first_attempt: int


@dataclass(frozen=True)
class TrialChange:
    """From a position on a trial is `after`; up to there it was `before`, or was not there."""

    position: int
    trial_id: str
    before: TrialMoment | None
    after: TrialMoment


class Timeline:
    """The positions with their sequence numbers and times.

    Times are seconds since the epoch and never go back: a clock that was set back goes on from where it was.

    Args:
        connection: The search, inside one read transaction.
        last_seq: The last sequence number to take in.
    """

    def __init__(self, connection: sqlite3.Connection, last_seq: int) -> None:
        self.seqs = array("q", [0])
        self.times = array("d", [0.0])
        is_event = bytearray(1)
        offset = latest = 0.0
        for seq, time, of_event in connection.execute(_POSITIONS, (last_seq,)):
            if of_event:
                if time + offset < latest - _SET_BACK_S:
                    offset = latest - time
                latest = max(latest, time + offset)
            self.seqs.append(seq)
            self.times.append(latest if of_event else time + offset)
            is_event.append(of_event)
        self._settle_epochs(is_event)

    def _settle_epochs(self, is_event: bytearray) -> None:
        """Put epochs, whose times are by the clocks of their workers, between the events before and after them."""
        times = self.times
        limit = math.inf
        for position in range(len(times) - 1, 0, -1):
            if is_event[position]:
                limit = times[position]
            elif times[position] > limit:
                times[position] = limit
        times[0] = last = times[1] if len(times) > 1 else 0.0
        for position, time in enumerate(times):
            if time < last:
                times[position] = last
            else:
                last = time

    @property
    def end(self) -> int:
        """The last position."""
        return len(self.seqs) - 1

    def position_of(self, seq: int) -> int:
        """The position at which an event or an epoch has happened."""
        return bisect_left(self.seqs, seq)

    def position_at(self, time: float) -> int:
        """The last position at a time, in seconds since the epoch."""
        return max(0, bisect_right(self.times, time) - 1)


_POSITIONS = (
    "SELECT seq, time, 1 FROM events WHERE seq <= ?1 UNION ALL SELECT seq, time, 0 FROM epochs WHERE seq <= ?1"
    " ORDER BY seq"
)
