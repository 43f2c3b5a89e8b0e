"""Which panes are in sight on a screen of a given size, and where each of them stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from textual.geometry import Region, Size

from tui_tuner.tui.actions import PANES

_WHOLE = 48
"""Width and height are shared in so many parts."""

_STEP = 2
_LEAST = 8
_UPPER = 29
_WIDTHS = {
    "wide": {"leaderboard": 28, "curves": 20, "space": 20, "best": 16, "log": 12},
    "medium": {"leaderboard": 24, "curves": 24},
}


@dataclass(frozen=True)
class Layout:
    """One way to lay the panes out.

    Args:
        name: CSS class of the screen.
        rows: The panes that are always in sight, side by side in one or two rows.
        tabbed: The panes that share one place below these, with a tab strip; empty where all are in sight.
        worker_lines: Lines for the workers; none where the leaderboard must say it all.
        gauge_lines: Lines for the devices, likewise.
    """

    name: str
    rows: tuple[tuple[str, ...], ...]
    tabbed: tuple[str, ...]
    worker_lines: int
    gauge_lines: int

    def row_of(self, pane: str) -> tuple[str, ...]:
        """The panes in one row with this one; that alone if it has a row of its own."""
        return next((row for row in self.rows if pane in row), (pane,))

    @property
    def has_two_parts(self) -> bool:
        """Whether there is something below the first row."""
        return len(self.rows) + bool(self.tabbed) > 1


def choose_layout(width: int, height: int) -> Layout:
    """All panes side by side; two beside each other and tabs below; or the leaderboard with tabs below.

    Args:
        width: In cells.
        height: In lines.
    """
    if width >= 140 and height >= 34:
        return Layout("wide", (PANES[:2], PANES[2:]), (), 4, 4)
    if width >= 100 and height >= 28:
        return Layout("medium", (PANES[:2],), PANES[2:], 3, 1)
    return Layout("narrow", (PANES[:1],), PANES[1:], 0, 0)


@dataclass(frozen=True)
class Arrangement:
    """What a person has made of the layouts.

    Args:
        hidden: Panes that are not shown, never all of them.
        maximised: Whether one pane has all the place, with the others in tabs.
        widths: By layout and pane: by how many parts it is wider than by default.
        heights: By layout: by how many parts the first row is higher.
    """

    hidden: frozenset[str] = frozenset()
    maximised: bool = False
    widths: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    heights: Mapping[str, int] = field(default_factory=dict)

    def apply(self, layout: Layout) -> Layout:
        """The layout without the panes that are hidden, and with tabs for the others while one is maximised."""
        shown = tuple(pane for pane in PANES if pane not in self.hidden)
        if self.maximised:
            return replace(layout, rows=(), tabbed=shown)
        rows = tuple(
            tuple(pane for pane in row if pane in shown) for row in layout.rows if not self.hidden.issuperset(row)
        )
        return replace(layout, rows=rows, tabbed=tuple(pane for pane in layout.tabbed if pane in shown))

    def hide(self, pane: str) -> Arrangement:
        """Without this pane; the same if it is the last one."""
        hidden = self.hidden | {pane}
        return self if hidden.issuperset(PANES) else replace(self, hidden=hidden)

    def reveal(self, pane: str) -> Arrangement:
        """With this pane."""
        return replace(self, hidden=self.hidden - {pane}) if pane in self.hidden else self

    def maximise(self, maximised: bool) -> Arrangement:
        """With one pane that has all the place, or without."""
        return replace(self, maximised=maximised)

    def width(self, layout: str, pane: str) -> int:
        """The parts of its row that a pane has in a layout."""
        return max(_LEAST, _WIDTHS.get(layout, {}).get(pane, _WHOLE) + self.widths.get(layout, {}).get(pane, 0))

    def upper(self, layout: str) -> int:
        """The parts of the height that the first row has in a layout."""
        return max(_LEAST, min(_WHOLE - _LEAST, _UPPER + self.heights.get(layout, 0)))

    def widen(self, layout: Layout, pane: str, steps: int) -> Arrangement:
        """Give a pane some of its neighbour's width, or with negative `steps` the other way round."""
        row = layout.row_of(pane)
        here = row.index(pane)
        if len(row) == 1:
            return self
        neighbour = row[here + 1] if here + 1 < len(row) else row[here - 1]
        own = self.width(layout.name, pane) + steps * _STEP
        other = self.width(layout.name, neighbour) - steps * _STEP
        if min(own, other) < _LEAST:
            return self
        default = _WIDTHS[layout.name]
        changed = {pane: own - default[pane], neighbour: other - default[neighbour]}
        return replace(self, widths={**self.widths, layout.name: {**self.widths.get(layout.name, {}), **changed}})

    def heighten(self, layout: Layout, pane: str, steps: int) -> Arrangement:
        """Give a pane's part of the screen some of the other part's height, or the other way round."""
        if not layout.has_two_parts:
            return self
        steps = steps if pane in layout.rows[0] else -steps
        upper = self.upper(layout.name) + steps * _STEP
        if not _LEAST <= upper <= _WHOLE - _LEAST:
            return self
        return replace(self, heights={**self.heights, layout.name: upper - _UPPER})

    def to_json(self) -> dict[str, Any]:
        """As it is kept."""
        return {
            "hidden": sorted(self.hidden),
            "maximised": self.maximised,
            "widths": {layout: dict(widths) for layout, widths in self.widths.items()},
            "heights": dict(self.heights),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Arrangement:
        """From what was kept: what makes no sense is left out."""
        found = cls(maximised=stored.get("maximised") is True)
        hidden = stored.get("hidden")
        for pane in hidden if isinstance(hidden, list) else []:
            found = found.hide(pane) if pane in PANES else found
        widths, heights = stored.get("widths"), stored.get("heights")
        return replace(
            found,
            widths={
                layout: numbers
                for layout, known in _WIDTHS.items()
                if (numbers := _numbers(_section(widths, layout), known))
            },
            heights=_numbers(heights, ("wide", "medium", "narrow")),
        )


def _section(stored: object, name: str) -> object:
    return stored.get(name) if isinstance(stored, dict) else None


def _numbers(stored: object, known: Mapping[str, int] | tuple[str, ...]) -> dict[str, int]:
    if not isinstance(stored, dict):
        return {}
    return {name: stored[name] for name in known if type(stored.get(name)) is int and abs(stored[name]) < _WHOLE}


TABS = "tabs"
"""Stands for the tab strip among the places: its id."""


def places(layout: Layout, arrangement: Arrangement, active: str, size: Size) -> dict[str, Region]:
    """Where each pane in sight stands, and the tab strip, so that they fill `size` without overlap.

    Args:
        layout: As `Arrangement.apply` returned it.
        active: Of the panes in tabs, the one that is shown.
    """
    width, height = size
    lower = (active,) if layout.tabbed else layout.rows[1] if len(layout.rows) > 1 else ()
    strip = min(1, height) if layout.tabbed else 0
    if not layout.rows:
        upper_height = 0
    elif not lower:
        upper_height = height
    else:
        upper_height = round((height - strip) * arrangement.upper(layout.name) / _WHOLE)
    found: dict[str, Region] = {}
    if layout.rows:
        found |= _side_by_side(layout.rows[0], arrangement, layout.name, Region(0, 0, width, upper_height))
    if strip:
        found[TABS] = Region(0, upper_height, width, strip)
    below = upper_height + strip
    return found | _side_by_side(lower, arrangement, layout.name, Region(0, below, width, max(0, height - below)))


def _side_by_side(row: tuple[str, ...], arrangement: Arrangement, layout: str, region: Region) -> dict[str, Region]:
    parts = [arrangement.width(layout, pane) for pane in row]
    ends = [round(region.width * sum(parts[: index + 1]) / sum(parts)) for index in range(len(parts))]
    starts = [0, *ends]
    return {
        pane: Region(region.x + start, region.y, end - start, region.height)
        for pane, start, end in zip(row, starts, ends, strict=False)
    }
