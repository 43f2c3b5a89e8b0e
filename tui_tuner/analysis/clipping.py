"""Lines cut at the edges of a window, so that what lies outside costs nothing and is not drawn."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from tui_tuner.analysis.downsample import Point


def clipped(points: Sequence[Point], x: tuple[float, float], y: tuple[float, float]) -> list[list[Point]]:
    """The parts of a line that lie inside a window, each as a line of its own.

    Args:
        points: Finite values, ordered by x.
        x: Left and right edge.
        y: Lower and upper edge.
    """
    if len(points) == 1:
        return [list(points)] if _is_inside(points[0], x, y) else []
    parts: list[list[Point]] = []
    for start, end in pairwise(points):
        kept = _segment(start, end, x, y)
        if kept is None:
            continue
        if parts and parts[-1][-1] == kept[0]:
            parts[-1].append(kept[1])
        else:
            parts.append(list(kept))
    return parts


def _is_inside(point: Point, x: tuple[float, float], y: tuple[float, float]) -> bool:
    return x[0] <= point[0] <= x[1] and y[0] <= point[1] <= y[1]


def _segment(start: Point, end: Point, x: tuple[float, float], y: tuple[float, float]) -> tuple[Point, Point] | None:
    """The part of a segment inside the window: Liang and Barsky, 1984."""
    if _is_inside(start, x, y) and _is_inside(end, x, y):
        return start, end
    enters, leaves = 0.0, 1.0
    for axis, (low, high) in enumerate((x, y)):
        step = end[axis] - start[axis]
        if step == 0:
            if not low <= start[axis] <= high:
                return None
            continue
        one, other = (low - start[axis]) / step, (high - start[axis]) / step
        enters, leaves = max(enters, min(one, other)), min(leaves, max(one, other))
    if enters > leaves:
        return None
    return _between(start, end, enters), _between(start, end, leaves)


def _between(start: Point, end: Point, share: float) -> Point:
    if share <= 0:
        return start
    if share >= 1:
        return end
    return start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1])
