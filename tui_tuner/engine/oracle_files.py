"""Keeps KerasTuner's own files beside `search.db`, so that KerasTuner can open the directory."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui_tuner.oracles import Oracle

_PAUSE_S = 1.0
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
        self.problem: OSError | None = None
        """Why they could not be saved when that was last tried."""

    def mark_stale(self) -> None:
        """A trial has ended: the files are behind."""
        self._stale = True

    def save_now_and_then(self) -> None:
        """Save if the files are behind, unless that was done a moment ago."""
        if self._stale and time.monotonic() >= self._next:
            self.save()

    def save(self) -> bool:
        """Save now; whether that went well. Else they are behind, and are saved with the next trial that ends."""
        started = time.monotonic()
        try:
            self._save()
            self.problem = None
        except OSError as error:
            self.problem = error
        self._stale = False
        ended = time.monotonic()
        self._next = ended + max(_PAUSE_S, (ended - started) / _SHARE)
        return self.problem is None

    def _save(self) -> None:
        if self._may_be_behind:
            self._oracle.find_stale_files()
            self._may_be_behind = False
        self._oracle.save()
        tuner = self._oracle.project_dir / "tuner0.json"
        if not tuner.exists():  # KerasTuner reloads a project if this file is there
            tuner.write_text("{}", encoding="utf-8")
