"""A small forest of regression trees in plain Python: what the process that draws can fit without numpy.

The trees are extremely randomised (Geurts, Ernst and Wehenkel, 2006, "Extremely Randomized Trees"): in each node one
random cut of each column competes, and the one that explains most is taken.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

Row = Sequence[float | None]
"""A number for each column; `None` where there is none."""


@dataclass(frozen=True, slots=True)
class _Node:
    """A cut, or a leaf if there is no `left`.

    Args:
        cut: Smaller values go left; of a category, this value goes left. `None` goes right.
    """

    mean: float
    column: int = 0
    cut: float = 0.0
    left: _Node | None = None
    right: _Node | None = None


class Forest:
    """The mean of its trees.

    Args:
        rows: One for each observation.
        targets: What was observed.
        is_category: By column: whether its numbers are only equal or different.
        trees: How many.
        leaf: A node with fewer rows than twice this many is not cut.
        seed: The same one gives the same forest.
    """

    def __init__(
        self,
        rows: Sequence[Row],
        targets: Sequence[float],
        is_category: Sequence[bool],
        *,
        trees: int = 16,
        leaf: int = 2,
        seed: int = 0,
    ) -> None:
        self._columns = [
            [math.inf if row[column] is None and not is_one else row[column] for row in rows]
            for column, is_one in enumerate(is_category)
        ]
        """Where a row has no number, it is infinite: it goes right of every cut."""
        self._targets = targets
        self._is_category = is_category
        self._leaf = leaf
        self._random = random.Random(seed)
        self._trees = [self._grow(list(range(len(rows)))) for _ in range(trees)]

    def along(self, row: Row, column: int, places: Sequence[float]) -> list[float]:
        """What it expects of a row as one of its columns takes each of these numbers."""
        sums = [0.0] * len(places)
        for tree in self._trees:
            self._add(tree, row, column, places, range(len(places)), sums)
        return [total / len(self._trees) for total in sums]

    def _add(
        self,
        node: _Node,
        row: Row,
        column: int,
        places: Sequence[float],
        chosen: Sequence[int],
        sums: list[float],
    ) -> None:
        """Add what a tree expects of the chosen places."""
        while (left := node.left) is not None and (right := node.right) is not None:
            if node.column != column:
                node = left if self._goes_left(row[node.column], node.column, node.cut) else right
                continue
            inside = self._left_of(places, column, node.cut, chosen)
            if inside and len(inside) < len(chosen):
                self._add(left, row, column, places, inside, sums)
                chosen = [index for index in chosen if index not in inside]
                inside = []
            node = left if inside else right
        for index in chosen:
            sums[index] += node.mean

    def _goes_left(self, value: float | None, column: int, cut: float) -> bool:
        if value is None:
            return False
        return value == cut if self._is_category[column] else value < cut

    def _grow(self, chosen: list[int]) -> _Node:
        targets = self._targets
        total = sum(map(targets.__getitem__, chosen))
        mean = total / len(chosen)
        if len(chosen) < 2 * self._leaf or all(targets[index] == targets[chosen[0]] for index in chosen):
            return _Node(mean)
        best: tuple[float, int, float, list[int], list[int]] | None = None
        for column in range(len(self._is_category)):
            cut = self._cut(column, chosen)
            if cut is None:
                continue
            left = self._left_of(self._columns[column], column, cut, chosen)
            if not self._leaf <= len(left) <= len(chosen) - self._leaf:
                continue
            part = sum(map(targets.__getitem__, left))
            gain = part * part / len(left) + (total - part) ** 2 / (len(chosen) - len(left))
            if best is None or gain > best[0]:
                inside = set(left)
                best = gain, column, cut, left, [index for index in chosen if index not in inside]
        if best is None:
            return _Node(mean)
        _, column, cut, left, right = best
        return _Node(mean, column, cut, self._grow(left), self._grow(right))

    def _left_of(self, values: Sequence[Any], column: int, cut: float, chosen: Sequence[int]) -> list[int]:
        if self._is_category[column]:
            return [index for index in chosen if values[index] == cut]
        return [index for index in chosen if values[index] < cut]

    def _cut(self, column: int, chosen: Sequence[int]) -> float | None:
        """A random one between the values that there are; `None` if nothing can be cut."""
        values: set[Any] = {self._columns[column][index] for index in chosen}
        if self._is_category[column]:
            return self._random.choice(sorted(values - {None})) if values != {None} else None
        values.discard(math.inf)
        if not values:
            return None
        low, high = min(values), max(values)
        # Where all numbers are equal, what has one is told from what has none.
        return high + 1.0 if low == high else self._random.uniform(low, high)
