"""A small forest of regression trees in plain Python: what the process that draws can fit without numpy.

The trees are extremely randomised (Geurts, Ernst and Wehenkel, 2006, "Extremely Randomized Trees"): in each node one
random cut of each column competes, and the one that explains most is taken.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

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
        self._rows = rows
        self._targets = targets
        self._is_category = is_category
        self._leaf = leaf
        self._random = random.Random(seed)
        self._trees = [self._grow(list(range(len(rows)))) for _ in range(trees)]

    def predict(self, row: Row) -> float:
        """What it expects of a row."""
        return sum(self._leaf_of(tree, row) for tree in self._trees) / len(self._trees)

    def _leaf_of(self, node: _Node, row: Row) -> float:
        while node.left is not None and node.right is not None:
            value = row[node.column]
            node = node.left if self._goes_left(value, node.column, node.cut) else node.right
        return node.mean

    def _goes_left(self, value: float | None, column: int, cut: float) -> bool:
        if value is None:
            return False
        return value == cut if self._is_category[column] else value < cut

    def _grow(self, chosen: list[int]) -> _Node:
        targets = self._targets
        total = sum(targets[index] for index in chosen)
        mean = total / len(chosen)
        if len(chosen) < 2 * self._leaf or all(targets[index] == targets[chosen[0]] for index in chosen):
            return _Node(mean)
        best: tuple[float, int, float, list[int], list[int]] | None = None
        for column in range(len(self._is_category)):
            cut = self._cut(column, chosen)
            if cut is None:
                continue
            left = [index for index in chosen if self._goes_left(self._rows[index][column], column, cut)]
            if not self._leaf <= len(left) <= len(chosen) - self._leaf:
                continue
            part = sum(targets[index] for index in left)
            gain = part * part / len(left) + (total - part) ** 2 / (len(chosen) - len(left))
            if best is None or gain > best[0]:
                inside = set(left)
                best = gain, column, cut, left, [index for index in chosen if index not in inside]
        if best is None:
            return _Node(mean)
        _, column, cut, left, right = best
        return _Node(mean, column, cut, self._grow(left), self._grow(right))

    def _cut(self, column: int, chosen: Sequence[int]) -> float | None:
        """A random one between the values that there are; `None` if nothing can be cut."""
        values = {value for index in chosen if (value := self._rows[index][column]) is not None}
        if self._is_category[column]:
            return self._random.choice(sorted(values)) if values else None
        if not values:
            return None
        low, high = min(values), max(values)
        # Where all numbers are equal, what has one is told from what has none.
        return high + 1.0 if low == high else self._random.uniform(low, high)
