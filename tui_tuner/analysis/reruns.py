"""Trials that were run again with other seeds: how much their score depends on chance."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping
from dataclasses import dataclass

from tui_tuner.engine.view import SearchView, TrialState, TrialView


@dataclass(frozen=True)
class Repeated:
    """One configuration, run several times.

    Args:
        trial_ids: The trial that was first and its re-runs, in the order of creation.
        scores: Of those that have completed with a number.
    """

    trial_ids: tuple[str, ...]
    scores: tuple[float, ...]

    @property
    def mean(self) -> float | None:
        """The mean score; `None` before there is one."""
        return statistics.fmean(self.scores) if self.scores else None

    @property
    def spread(self) -> float | None:
        """Standard deviation of the scores; `None` where there are fewer than two."""
        return statistics.stdev(self.scores) if len(self.scores) > 1 else None


def repeated(view: SearchView) -> Mapping[str, Repeated]:
    """By trial id, the group that a trial belongs to; only of trials that were run again, and of their re-runs."""
    groups: dict[str, list[TrialView]] = {}
    for trial in view.trials.values():
        if trial.rerun_of is not None:
            first = view.trials.get(trial.rerun_of)
            groups.setdefault(trial.rerun_of, [first] if first is not None else []).append(trial)
    found: dict[str, Repeated] = {}
    for members in groups.values():
        scores = tuple(
            trial.score
            for trial in members
            if trial.status is TrialState.COMPLETED and trial.score is not None and math.isfinite(trial.score)
        )
        together = Repeated(tuple(trial.trial_id for trial in members), scores)
        found |= dict.fromkeys(together.trial_ids, together)
    return found
