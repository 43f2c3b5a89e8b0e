"""The small learning curves in the leaderboard's rows: read after the rows are drawn, those in sight only."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Collection, Iterable

from tui_tuner.analysis.sparkline import sparkline
from tui_tuner.engine.view import Objective, SearchSource, TrialView
from tui_tuner.errors import TunerError
from tui_tuner.tui.widgets.board_columns import curve_cells

_READ_FOR_S = 0.01
"""They are read for so long at a time, so that keys do not wait for them."""


class BoardCurves:
    """Curves by trial.

    Args:
        source: Where epochs come from.
        come_back: Asks for a call of `read` when there is nothing better to do.
    """

    def __init__(self, source: SearchSource, come_back: Callable[[], None]) -> None:
        self._source = source
        self._come_back = come_back
        self._known: dict[str, tuple[TrialView, str]] = {}
        self._wanted: dict[str, TrialView] = {}

    def forget(self) -> None:
        """The curves must be made anew, as for another width."""
        self._known.clear()

    def of(self, trial: TrialView) -> str:
        """A trial's curve as far as it is known; a newer one will be read."""
        known, curve = self._known.get(trial.trial_id, (None, ""))
        if known is not trial:
            if not self._wanted:
                self._come_back()
            self._wanted[trial.trial_id] = trial
        return curve

    def renew(self, trials: Iterable[TrialView], objective: Objective, *, compact: bool) -> None:
        """Read at once what is known of an older state of these trials, so that a row is drawn once."""
        until = time.monotonic() + _READ_FOR_S
        for trial in trials:
            known = self._known.get(trial.trial_id)
            if known is not None and known[0] is not trial and time.monotonic() < until:
                self._known[trial.trial_id] = trial, self._read(trial, objective, compact=compact)

    def read(self, in_sight: Collection[str], objective: Objective, *, compact: bool) -> None:
        """Read what is wanted and in sight still, for a while."""
        until = time.monotonic() + _READ_FOR_S
        while self._wanted and time.monotonic() < until:
            trial_id, trial = self._wanted.popitem()
            if trial_id in in_sight:
                self._known[trial_id] = trial, self._read(trial, objective, compact=compact)
        if self._wanted:
            self._come_back()

    def _read(self, trial: TrialView, objective: Objective, *, compact: bool) -> str:
        try:
            epochs = self._source.epochs(trial.trial_id)
        except (TunerError, OSError, sqlite3.Error):  # the screen tells, at its next snapshot
            return ""
        last = max((epoch.execution for epoch in epochs), default=0)
        own = (epoch.metrics for epoch in epochs if epoch.execution == last)
        values = [metrics[objective.name] for metrics in own if objective.name in metrics]
        return sparkline(values, curve_cells(trial, compact=compact))
