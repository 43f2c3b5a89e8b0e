"""Fewer points for the same picture."""

from __future__ import annotations

from collections.abc import Sequence

Point = tuple[float, float]


def downsample(points: Sequence[Point], buckets: int) -> list[Point]:
    """Thin out a curve so that it looks the same in `buckets` columns: each keeps its lowest and its highest point.

    The first and the last point are kept too; the order is kept.

    Args:
        points: Points with finite values, ordered by x.
        buckets: Columns to draw in, at least 1.

    Returns:
        At most `2 * buckets + 2` points.

    Raises:
        ValueError: If `buckets` is less than 1.
    """
    if buckets < 1:
        raise ValueError(f"buckets must be at least 1, not {buckets}")
    count = len(points)
    if count <= 2 * buckets + 2:
        return list(points)
    kept = {0, count - 1}
    values = [y for _, y in points]
    for bucket in range(buckets):
        start = bucket * count // buckets
        part = values[start : (bucket + 1) * count // buckets]
        kept.add(start + part.index(min(part)))
        kept.add(start + part.index(max(part)))
    return [points[index] for index in sorted(kept)]
