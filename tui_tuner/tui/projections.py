"""What the running trials will come to, from the curves of finished ones, which are read a few at a time."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice

from tui_tuner.analysis.projection import MIN_CURVES, Projection, objective_curve, project
from tui_tuner.analysis.ranking import has_rank
from tui_tuner.engine.view import SearchSource, SearchView, TrialState, TrialView

KEPT = 40
"""So many finished trials are looked at: the latest, which are the most like those to come."""

_READ_AT_ONCE = 4
"""Curves that are read for one drawing: the others follow with the next."""


class Projections:
    """Keeps the curves that it has read; a finished trial's never change.

    Args:
        source: Where epochs are read.
    """

    def __init__(self, source: SearchSource) -> None:
        self._source = source
        self._finished: dict[str, tuple[list[float], ...]] = {}
        self._running: dict[str, tuple[TrialView, list[float]]] = {}

    def of(self, view: SearchView) -> Mapping[str, Projection]:
        """By trial id: the projections of the running trials for which there is one."""
        running = [trial for trial in view.trials.values() if trial.status is TrialState.RUNNING]
        if not running:
            return {}
        self._read_finished(view)
        best = view.best.score if view.best is not None else None
        curves = [curve for executions in self._finished.values() for curve in executions]
        if len(curves) < MIN_CURVES:
            return {}
        self._running = {trial.trial_id: (trial, self._curve(view, trial)) for trial in running}
        projected = {
            trial_id: project(curve, curves, view.objective, best) for trial_id, (_, curve) in self._running.items()
        }
        return {trial_id: found for trial_id, found in projected.items() if found is not None}

    def _curve(self, view: SearchView, trial: TrialView) -> list[float]:
        known = self._running.get(trial.trial_id)
        if known is not None and known[0] is trial:
            return known[1]
        return objective_curve(self._source.epochs(trial.trial_id), view.objective)

    def _read_finished(self, view: SearchView) -> None:
        latest = list(islice((trial for trial in reversed(list(view.trials.values())) if has_rank(trial)), KEPT))
        kept = {trial.trial_id for trial in latest}
        self._finished = {trial_id: curves for trial_id, curves in self._finished.items() if trial_id in kept}
        missing = (trial for trial in latest if trial.trial_id not in self._finished)
        for trial in islice(missing, _READ_AT_ONCE):
            epochs = self._source.epochs(trial.trial_id)
            executions = {epoch.execution for epoch in epochs}
            self._finished[trial.trial_id] = tuple(
                objective_curve(epochs, view.objective, execution) for execution in sorted(executions)
            )
