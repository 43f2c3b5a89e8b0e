"""What earlier searches found, for a search of the same or an overlapping space to begin with."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tui_tuner.oracles.constraints import Constraint, violation
from tui_tuner.space import HyperParameters
from tui_tuner.space.given_values import completed


@dataclass(frozen=True)
class EarlierTrial:
    """A trial of an earlier search.

    Args:
        values: Its configuration.
        score: What it came to; `None` if it failed.
        metrics: What else was reported of it.
    """

    values: Mapping[str, Any]
    score: float | None
    metrics: Mapping[str, float] = field(default_factory=dict)


def fitting(earlier: Sequence[EarlierTrial], space: HyperParameters) -> list[tuple[EarlierTrial, dict[str, Any]]]:
    """The earlier trials that say something of a space, each with the configuration of it that it stands for.

    Hyperparameters that the space does not have any more are left out, and those that it did not have yet have their
    defaults. A trial with a value that the space does not have any more is left out whole: it is not known what would
    have come of the nearest one.
    """
    names = {hp.name for hp in space.space}
    found = []
    for trial in earlier:
        given = {name: value for name, value in trial.values.items() if name in names}
        try:
            if given:
                found.append((trial, completed(space, given)))
        except ValueError:
            continue
    return found


def best_first(
    fitted: Sequence[tuple[EarlierTrial, dict[str, Any]]], direction: str, constraints: Sequence[Constraint] = ()
) -> list[tuple[EarlierTrial, dict[str, Any]]]:
    """Those that did not fail: what keeps to the constraints, as far as is known, before what does not; of these, the
    best score first."""
    sign = 1.0 if direction == "min" else -1.0
    scored = [(trial, values) for trial, values in fitted if trial.score is not None and math.isfinite(trial.score)]
    return sorted(scored, key=lambda each: (violation(constraints, each[0].metrics), sign * (each[0].score or 0.0)))
