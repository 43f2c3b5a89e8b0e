"""Parts of axes that a person has chosen, and the trials that lie in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from tui_tuner.analysis.axes import Axis
from tui_tuner.analysis.scored import Dimension

BINS = 10
"""Parts of an axis that is a range."""


def bins_of(axis: Axis) -> int:
    """How many parts an axis has: each value of a category is one."""
    return len(axis.values) if axis.is_category else BINS


def bin_of(axis: Axis, place: float) -> int:
    """The part that a place lies in."""
    bins = bins_of(axis)
    return max(0, min(bins - 1, int(place * bins)))


@dataclass(frozen=True)
class Brush:
    """The chosen parts, by the name of the axis. An axis without any lets all trials through."""

    chosen: Mapping[str, frozenset[int]] = field(default_factory=dict)

    def toggled(self, name: str, part: int) -> Brush:
        """With this part if it was out, without it if it was in."""
        kept = self.chosen.get(name, frozenset()) ^ {part}
        others = {key: parts for key, parts in self.chosen.items() if key != name}
        return replace(self, chosen={**others, name: kept} if kept else others)

    def select(self, dimensions: Mapping[str, Dimension], count: int) -> list[int]:
        """The trials, of `count`, that lie in a chosen part of every axis that has one."""
        wanted = [(dimensions[name], parts) for name, parts in self.chosen.items() if name in dimensions]
        return [
            trial
            for trial in range(count)
            if all(
                (place := dimension.places[trial]) is not None and bin_of(dimension.axis, place) in parts
                for dimension, parts in wanted
            )
        ]
