"""A trial's epochs as one curve, also where several attempts trained it: each went on where the one before was cut off.

`trials.first_attempt` is the attempt that began the present training. What an attempt trained after its last save was
trained once more by the next one, which then counts.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from tui_tuner.engine import json_values
from tui_tuner.engine.view import EpochView, Objective, TrialView

COLUMNS = "attempt, execution, epoch, time, duration_s, metrics"


@dataclass(frozen=True)
class StoredEpoch:
    """An epoch as an attempt trained it."""

    attempt: int
    view: EpochView

    @property
    def position(self) -> tuple[int, int]:
        """Where it stands in the curve: execution and epoch."""
        return self.view.execution, self.view.epoch


def one_curve(epochs: Iterable[StoredEpoch]) -> list[StoredEpoch]:
    """The epochs that count, by execution and epoch.

    An attempt's epochs end where a later attempt, if it has any epochs yet, began.

    Args:
        epochs: Those of the attempts at one training, in any order.
    """
    attempts: dict[int, list[StoredEpoch]] = {}
    for each in epochs:
        attempts.setdefault(each.attempt, []).append(each)
    curve: list[StoredEpoch] = []
    for attempt in sorted(attempts, reverse=True):
        end = min((each.position for each in curve), default=None)
        curve += [each for each in attempts[attempt] if end is None or each.position < end]
    return sorted(curve, key=lambda each: each.position)


def epochs_to_best(best_epoch: int, planned: int | None, *, were_reported: bool) -> int:
    """How many epochs a training takes to its best one.

    Args:
        best_epoch: As it is stored, from 0.
        planned: How many epochs it was to have, if known.
        were_reported: Whether it reported its epochs. A `fit` of the user's own that only returns a result has it at
            epoch 0, whatever it trained: all that it was given is what it takes.
    """
    return best_epoch + 1 if were_reported or not planned else planned


class TrialEpochs:
    """Reads epochs from `search.db`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._shown: dict[str, int] = {}  # the attempt whose epoch was the last one of a running trial

    def curve(self, trial_id: str) -> tuple[EpochView, ...]:
        """All epochs of the trial's present training; as long as it has none, those of the latest attempt that has."""
        begun = "(SELECT first_attempt FROM trials WHERE trial_id = ?1)"
        latest = "(SELECT max(attempt) FROM epochs WHERE trial_id = ?1)"
        return tuple(each.view for each in self._curve(f"min({begun}, {latest})", trial_id))

    def with_progress(self, trial: TrialView, since: int, objective: Objective) -> TrialView:
        """A running trial with its latest epoch, and its best objective in this execution.

        Args:
            since: The sequence number up to which its epochs are known, if it has any.
        """
        if trial.last_epoch is not None:
            rows = self._connection.execute(
                f"SELECT {COLUMNS} FROM epochs WHERE trial_id = ? AND attempt = ? AND seq > ?"
                " ORDER BY execution, epoch",
                (trial.trial_id, trial.attempt, since),
            ).fetchall()
            if not rows:
                return trial
            if self._shown.get(trial.trial_id) == trial.attempt:
                return followed(trial, [stored_epoch(row).view for row in rows], objective)
        # The first epochs of all, or of an attempt that goes on: what was shown of the one before may not count.
        curve = self._curve("(SELECT first_attempt FROM trials WHERE trial_id = ?1)", trial.trial_id)
        self._shown[trial.trial_id] = max((each.attempt for each in curve), default=trial.attempt)
        anew = replace(trial, last_epoch=None, live_score=None)
        return followed(anew, [each.view for each in curve], objective)

    def _curve(self, first_attempt: str, trial_id: str) -> list[StoredEpoch]:
        rows = self._connection.execute(
            f"SELECT {COLUMNS} FROM epochs WHERE trial_id = ?1 AND attempt >= {first_attempt}", (trial_id,)
        )
        return one_curve(stored_epoch(row) for row in rows)


def followed(trial: TrialView, epochs: Iterable[EpochView], objective: Objective) -> TrialView:
    """The trial after these epochs too."""
    last, live = trial.last_epoch, trial.live_score
    for each in epochs:
        if last is not None and each.execution != last.execution:
            live = None
        last = each
        value = each.metrics.get(objective.name)
        if value is not None and (live is None or objective.better(value, live)):
            live = value
    return replace(trial, last_epoch=last, live_score=live)


def stored_epoch(row: tuple[Any, ...]) -> StoredEpoch:
    """A row of `epochs` with the columns of `COLUMNS`."""
    return StoredEpoch(row[0], EpochView(row[1], row[2], row[3], row[4], json_values.load_metrics(row[5])))
