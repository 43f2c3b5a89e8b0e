"""Trials side by side: what they have in common, what not, and by how much two of them differ."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from tui_tuner.analysis.fields import Value
from tui_tuner.analysis.formatting import format_status
from tui_tuner.engine.view import EpochView, Objective, SearchView, TrialView


class Kind(StrEnum):
    """What a line is about."""

    FACT = "fact"
    SCORE = "score"
    HYPERPARAMETER = "hyperparameter"
    METRIC = "metric"
    SECONDS = "seconds"


@dataclass(frozen=True)
class Line:
    """One thing of each trial.

    Args:
        values: In the order of the trials; `None` where a trial has no such thing.
    """

    name: str
    kind: Kind
    values: tuple[Value, ...]

    @property
    def differs(self) -> bool:
        """Whether not all values are the same; NaN is like NaN."""
        first, *others = map(_comparable, self.values)
        return any(other != first for other in others)


@dataclass(frozen=True)
class Difference:
    """From the first of two numbers to the second.

    Args:
        ratio: The second divided by the first; `None` where that says nothing.
    """

    absolute: float
    ratio: float | None


def compare(
    view: SearchView, trials: Sequence[TrialView], epochs: Mapping[str, Sequence[EpochView]]
) -> tuple[Line, ...]:
    """Lines for the outcome, the hyperparameters in the order of the search space, and the metrics.

    Args:
        trials: At least one.
        epochs: By trial id.
    """
    metrics = [best_metrics(trial, epochs.get(trial.trial_id, ()), view.objective) for trial in trials]
    names = dict.fromkeys(parameter.name for parameter in view.space)
    for trial in trials:
        names |= dict.fromkeys(trial.tuned)
    found = [
        Line(view.objective.name or "score", Kind.SCORE, tuple(trial.shown_score for trial in trials)),
        Line("status", Kind.FACT, tuple(format_status(trial.status) for trial in trials)),
        Line("best epoch", Kind.FACT, tuple(None if t.best_epoch is None else t.best_epoch + 1 for t in trials)),
        Line("duration", Kind.SECONDS, tuple(trial.duration_s for trial in trials)),
        *(Line(name, Kind.HYPERPARAMETER, tuple(t.hyperparameters.get(name) for t in trials)) for name in names),
        *(
            Line(name, Kind.METRIC, tuple(each.get(name) for each in metrics))
            for name in sorted({name for each in metrics for name in each} - {view.objective.name})
        ),
    ]
    return tuple(line for line in found if any(value is not None for value in line.values))


def best_metrics(trial: TrialView, epochs: Sequence[EpochView], objective: Objective) -> Mapping[str, float]:
    """All metrics of a trial that go with its score: those of the best epoch, of several executions or folds the mean
    over the best epoch of each. Of a trial without a score those of its last epoch.
    """
    if not epochs:
        return {}
    chosen: dict[int, EpochView] = {}
    for epoch in epochs if trial.score is not None else ():
        value, before = epoch.metrics.get(objective.name, math.nan), chosen.get(epoch.execution)
        if not math.isnan(value) and (before is None or objective.better(value, before.metrics[objective.name])):
            chosen[epoch.execution] = epoch
    best = [epoch.metrics for epoch in chosen.values()] or [epochs[-1].metrics]
    means = {}
    for name in dict.fromkeys(name for metrics in best for name in metrics):
        values = [metrics[name] for metrics in best if name in metrics]
        means[name] = sum(values) / len(values)
    return means


def difference(first: Value, second: Value) -> Difference | None:
    """How two numbers differ; `None` where one is none, or is not finite."""
    if isinstance(first, bool | str | None) or isinstance(second, bool | str | None):
        return None
    if not (math.isfinite(first) and math.isfinite(second)) or not math.isfinite(second - first):
        return None
    ratio = second / first if first and (first > 0) == (second > 0) else None
    return Difference(second - first, ratio if ratio is not None and 0 < ratio < math.inf else None)


def _comparable(value: Value) -> object:
    return "nan" if isinstance(value, float) and math.isnan(value) else (type(value) is bool, value)
