"""What a search has learnt of its space: where it has sampled, where the best trials lie, what matters, what ends too
soon."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tui_tuner.analysis.axes import Axis, axis_of, definitions_of
from tui_tuner.analysis.edges import Edge, edges
from tui_tuner.analysis.importance import importances
from tui_tuner.analysis.ranking import has_rank, ranked
from tui_tuner.engine.view import HyperParameterView, SearchView, TrialView
from tui_tuner.space.scales import Sampling

_LEADERS = 0.1
"""The best tenth."""


@dataclass(frozen=True)
class Strip:
    """The range of one hyperparameter in equal cells, on its own scale; where there are few values, a cell for each.

    Args:
        samples: How many trials lie in each cell, whatever became of them.
        leaders: How many of the best tenth of the completed trials.
        best: The cell of the best trial; `None` if it does not take part in it.
    """

    samples: tuple[int, ...]
    leaders: tuple[int, ...]
    best: int | None

    @property
    def hot(self) -> tuple[bool, ...]:
        """Of each cell, whether more of the best tenth lie there than would if they were spread as all trials are."""
        share = sum(self.leaders) / max(1, sum(self.samples))
        return tuple(
            leading > 0 and leading >= share * tried for leading, tried in zip(self.leaders, self.samples, strict=True)
        )


@dataclass(frozen=True)
class Learnt:
    """What a search has learnt, by the names of its hyperparameters.

    Args:
        strips: Of those that have more than one value.
        shares: How much of what matters each is responsible for; empty as long as nobody can tell.
        edges: Those whose best values lie at an end of their range.
    """

    strips: Mapping[str, Strip] = field(default_factory=dict)
    shares: Mapping[str, float] = field(default_factory=dict)
    edges: Mapping[str, Edge] = field(default_factory=dict)


def learnt(view: SearchView, cells: int) -> Learnt:
    """What the search has learnt so far.

    Args:
        cells: In how many cells a range is divided, at least 1.
    """
    order = ranked(view)
    finished = [trial for trial in order if has_rank(trial)]
    leaders = finished[: math.ceil(len(finished) * _LEADERS)]
    strips: dict[str, Strip] = {}
    for name, definitions in definitions_of(view.space).items():
        axis = axis_of(*definitions)
        if axis is not None:
            values = _values(definitions[0]) if len(definitions) == 1 else None
            strips[name] = _strip(_Cells(axis, values, cells), order, leaders, view.best)
    return Learnt(
        strips,
        {each.name: each.share for each in importances(view)},
        {edge.name: edge for edge in edges(view)},
    )


class _Cells:
    """The cells of one axis.

    Args:
        values: How many values a range has, if only some of it can be chosen.
        cells: At most so many cells for a range.
    """

    def __init__(self, axis: Axis, values: int | None, cells: int) -> None:
        self._axis = axis
        self._has_ends = not axis.is_category and values is not None and 1 < values <= cells
        self.count = len(axis.values) if axis.is_category else values if self._has_ends and values else cells

    def of(self, trial: TrialView) -> int | None:
        place = self._axis.place_in(trial.hyperparameters)
        if place is None:
            return None
        if self._has_ends:  # the first and the last value lie at the very ends
            return round(place * (self.count - 1))
        return min(self.count - 1, int(place * self.count))


def _values(hp: HyperParameterView) -> int | None:
    """How many values a range has; `None` if it is not divided."""
    if hp.min_value is None or hp.max_value is None or (hp.step is None and hp.kind != "Int"):
        return None
    low, high, step = hp.min_value, hp.max_value, hp.step or 1
    if hp.sampling in (None, Sampling.LINEAR):
        return int((high - low) / step + 1e-9) + 1
    # On another scale, a step is a factor; without one there is no such thing as neighbours at equal distances.
    if hp.sampling == Sampling.LOG and hp.step is not None and step > 1 and low > 0:
        return int(math.log(high / low) / math.log(step) + 1e-9) + 1
    return None


def _strip(cells: _Cells, trials: Sequence[TrialView], leaders: Sequence[TrialView], best: TrialView | None) -> Strip:
    return Strip(_counted(cells, trials), _counted(cells, leaders), None if best is None else cells.of(best))


def _counted(cells: _Cells, trials: Sequence[TrialView]) -> tuple[int, ...]:
    counts = [0] * cells.count
    for trial in trials:
        cell = cells.of(trial)
        if cell is not None:
            counts[cell] += 1
    return tuple(counts)
