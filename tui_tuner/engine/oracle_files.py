"""Keeps KerasTuner's own files beside `search.db`, so that KerasTuner can open the directory."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui_tuner.oracles import Oracle

_PAUSE_S = 1.0
_ROUND_S = 0.05
"""So long trials are saved before the search loop looks at reports again."""

_SHARE = 0.02
"""Share of the time that saving may take: the files are written whole, and grow with the number of trials."""


class OracleFiles:
    """Saves `oracle.json`, `tuner0.json` and each trial's `trial.json` as often as that costs next to nothing.

    They are a copy: nothing is lost if the last state is missing from them after a crash.
    """

    def __init__(self, oracle: Oracle) -> None:
        self._oracle = oracle
        self._may_be_behind = bool(oracle.trials)  # of an engine that was killed
        self._next = time.monotonic()
        self._stale = False
        self._spent_s = 0.0
        self.problem: OSError | None = None
        """Why they could not be saved when that was last tried."""

    def mark_stale(self) -> None:
        """A trial has ended: the files are behind."""
        self._stale = True

    def save_now_and_then(self) -> None:
        """Save a part if the files are behind, unless all were saved a moment ago."""
        if self._stale and time.monotonic() >= self._next:
            self._save_within(_ROUND_S)

    def save(self) -> bool:
        """Save now; whether that went well. Else they are behind, and are saved with the next trial that ends."""
        self._save_within(math.inf)
        return self.problem is None

    def _save_within(self, seconds: float) -> None:
        started = time.monotonic()
        done = True
        try:
            done = self._save(seconds)
            self.problem = None
        except OSError as error:
            self.problem = error
        ended = time.monotonic()
        self._spent_s += ended - started
        if done:
            self._stale = False
            self._next = ended + max(_PAUSE_S, self._spent_s / _SHARE)
            self._spent_s = 0.0

    def _save(self, seconds: float) -> bool:
        """Save as far as one comes in so many seconds; whether all is saved."""
        if self._may_be_behind:
            self._oracle.find_stale_files()
            self._may_be_behind = False
        if not self._oracle.save_trials(seconds):
            return False
        self._oracle.save()
        tuner = self._oracle.project_dir / "tuner0.json"
        if not tuner.exists():  # KerasTuner reloads a project if this file is there
            tuner.write_text("{}", encoding="utf-8")
        return True
