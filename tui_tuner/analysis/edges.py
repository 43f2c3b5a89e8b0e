"""Where the best values lie at an end of their range, so that better ones may lie beyond it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from tui_tuner.analysis.axes import Axis
from tui_tuner.analysis.ranking import best_of_each
from tui_tuner.engine.view import HyperParameterView, SearchView, TrialView
from tui_tuner.space.scales import Sampling

Side = Literal["lower", "upper"]

MIN_TRIALS = 8
"""Fewer completed trials in which a hyperparameter takes part tell nothing: the best of few is often at an end."""

_OUTER = 0.08
"""The part of a range at each end that counts as the end."""

_LEADERS = 0.2
_MIN_LEADERS = 4


@dataclass(frozen=True)
class Edge:
    """A hyperparameter whose best values lie at an end of its range.

    Args:
        side: Which end.
        end: The value there: what the search space declares, or what a person has narrowed it to.
        is_limit: Whether a person's limit made that end, and not the search space.
        beyond: A value to which the range may be widened: a round one.
        leaders: How many of the best trials lie there,
        of: out of so many.
    """

    name: str
    side: Side
    end: float
    is_limit: bool
    beyond: float
    leaders: int
    of: int


def edges(view: SearchView) -> list[Edge]:
    """The hyperparameters whose best values lie at an end, in the order of the search space.

    That is so if the best trial lies there and most of the best fifth too. Ranges count, and choices of numbers in
    rising or falling order. Where a range ends by its nature there is nothing beyond: below 0, below 1 of whole
    numbers, above 1 of a share. Several objectives have no one best trial, and so no such end. A configuration counts
    once, however often it was run (`best_of_each`).
    """
    if view.other_objectives:
        return []
    finished = best_of_each(view)
    found: list[Edge] = []
    for hp in view.space:
        if any(edge.name == hp.name for edge in found):
            continue
        scale = _Scale.of(hp, view)
        values = [value for trial in finished if _holds(hp, trial) and (value := _number(trial, hp.name)) is not None]
        if scale is None or len(values) < MIN_TRIALS:
            continue
        best = values[: max(_MIN_LEADERS, round(len(values) * _LEADERS))]
        for side in ("lower", "upper"):
            there = sum(scale.is_at(value, side) for value in best)
            if scale.is_at(best[0], side) and there * 2 > len(best) and not scale.is_natural(side):
                end = scale.high if side == "upper" else scale.low
                found.append(Edge(hp.name, side, end, scale.is_limit(side), scale.beyond(side), there, len(best)))
    return found


@dataclass(frozen=True)
class _Scale:
    """A range of numbers as it was searched.

    Args:
        numbers: All values, rising, where only some in the range can be chosen; else empty.
        declared: The ends that the search space has.
        step: Distance of neighbours on a linear scale, their ratio on a logarithmic one; 0 for none.
    """

    low: float
    high: float
    declared: tuple[float, float]
    sampling: str
    numbers: tuple[float, ...] = ()
    step: float = 0.0
    is_whole: bool = False

    @classmethod
    def of(cls, hp: HyperParameterView, view: SearchView) -> _Scale | None:
        limit = view.limits.get(hp.name)
        if hp.kind == "Choice":
            numbers = _numbers(hp.values)
            allowed = numbers if limit is None or limit.values is None else _numbers(limit.values)
            if len(numbers) < 3 or not _is_sorted(numbers) or len(allowed) < 2:
                return None
            ordered = tuple(sorted(numbers))
            is_whole = all(isinstance(value, int) for value in hp.values)
            spread = Sampling.LOG if _is_geometric(ordered) else Sampling.LINEAR
            ends = (ordered[0], ordered[-1])
            return cls(min(allowed), max(allowed), ends, spread, tuple(sorted(allowed)), is_whole=is_whole)
        if hp.kind not in ("Int", "Float") or hp.min_value is None or hp.max_value is None:
            return None
        low, high = float(hp.min_value), float(hp.max_value)
        ends = (low, high)
        if limit is not None:
            low = low if limit.min_value is None else max(low, limit.min_value)
            high = high if limit.max_value is None else min(high, limit.max_value)
        if not low < high:
            return None
        sampling = hp.sampling or Sampling.LINEAR
        return cls(low, high, ends, sampling, step=float(hp.step or 0.0), is_whole=hp.kind == "Int")

    def is_at(self, value: float, side: Side) -> bool:
        if self.numbers:
            return value == (self.numbers[-1] if side == "upper" else self.numbers[0])
        place = Axis("", (), self.low, self.high, self.sampling).place(value)
        return place is not None and (place >= 1 - _OUTER if side == "upper" else place <= _OUTER)

    def is_limit(self, side: Side) -> bool:
        return (self.high < self.declared[1]) if side == "upper" else (self.low > self.declared[0])

    def is_natural(self, side: Side) -> bool:
        if self.is_limit(side):
            return False
        if side == "lower":
            return self.low == 0 or (self.is_whole and self.low == 1)
        return self.high == 1 and self.low >= 0 and not self.is_whole

    def beyond(self, side: Side) -> float:
        """The range made half as wide again on that side; a choice's next number."""
        if self.is_limit(side):
            return self.declared[1] if side == "upper" else self.declared[0]
        if self.numbers:
            wider = _continued(self.numbers if side == "upper" else self.numbers[::-1], self.sampling)
        elif self.step and (steps := self._steps_beyond(side)):
            return self._after(side, steps)
        elif self.sampling == Sampling.LOG:
            factor = math.sqrt(self.high / self.low)
            wider = self.high * factor if side == "upper" else self.low / factor
        else:
            span = (self.high - self.low) / 2
            wider = self.high + span if side == "upper" else self.low - span
            low, high = self._bounds()
            wider = min(max(wider, low), high)
        rounded = float(f"{wider:.1e}")
        return max(1.0, float(round(rounded))) if self.is_whole and self.low >= 1 else rounded

    def _bounds(self) -> tuple[float, float]:
        """Beyond which no value makes sense: what lies between 0 and 1 is mostly a share."""
        low = -math.inf if self.low < 0 else 1.0 if self.is_whole else 0.0
        return low, 1.0 if self.low >= 0 and self.high < 1 and not self.is_whole else math.inf

    def _steps_beyond(self, side: Side) -> int:
        """How many of its own steps it becomes wider, so that all of its values stay in it; 0 if there is no room."""
        if self.sampling == Sampling.LINEAR:
            wanted = (self.high - self.low) / 2 / self.step
        else:
            wanted = math.log(self.high / self.low) / 2 / math.log(self.step)
        low, high = self._bounds()
        steps = max(1, round(wanted))
        while steps and not (low <= (after := self._after(side, steps)) <= high and self._is_one(after)):
            steps -= 1
        return steps

    def _after(self, side: Side, steps: int) -> float:
        if self.sampling == Sampling.LINEAR:
            return self.high + steps * self.step if side == "upper" else self.low - steps * self.step
        return self.high * self.step**steps if side == "upper" else self.low / self.step**steps

    def _is_one(self, value: float) -> bool:
        return value.is_integer() or not self.is_whole


def _continued(numbers: Sequence[float], sampling: str) -> float:
    """What comes after the last one, if it goes on as between the last two."""
    before, last = numbers[-2:]
    return last * last / before if sampling == Sampling.LOG else last + (last - before)


def _holds(hp: HyperParameterView, trial: TrialView) -> bool:
    """Whether a trial has this one of the definitions of a name."""
    return all(trial.hyperparameters.get(parent) in values for parent, values in hp.conditions)


def _number(trial: TrialView, name: str) -> float | None:
    value = trial.hyperparameters.get(name)
    return None if isinstance(value, bool | str) or value is None else float(value)


def _numbers(values: Sequence[object]) -> list[float]:
    """The values as numbers; empty if one is none."""
    found = [float(value) for value in values if isinstance(value, int | float) and not isinstance(value, bool)]
    return found if len(found) == len(values) else []


def _is_sorted(numbers: Sequence[float]) -> bool:
    pairs = list(pairwise(numbers))
    return all(a < b for a, b in pairs) or all(a > b for a, b in pairs)


def _is_geometric(numbers: Sequence[float]) -> bool:
    """Whether the numbers grow by factors, rather than by amounts."""
    if numbers[0] <= 0:
        return False
    factors = [b / a for a, b in pairwise(numbers)]
    amounts = [b - a for a, b in pairwise(numbers)]
    return max(factors) / min(factors) < max(amounts) / min(amounts)
