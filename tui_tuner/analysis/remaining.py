"""How long trials will take that share some workers, from how long others took."""

from __future__ import annotations

import heapq
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

_SIMULATED_ROUNDS = 3


@dataclass(frozen=True)
class AtWork:
    """A running trial.

    Args:
        spent_s: For how long it has run.
        left_s: What its remaining epochs take at the speed of the last one, if that is known.
    """

    spent_s: float
    left_s: float | None = None


def remaining_s(durations: Sequence[float], running: Sequence[AtWork], waiting: int, workers: int) -> float:
    """Seconds until the last trial is over, if each worker takes the next one as soon as it is free.

    A trial that has not begun takes the mean of `durations`: pruning and early stopping are in it. A running one takes
    as long as those took on average that were not over by now. If none took that long, it goes on at its own speed.

    Args:
        durations: What ended trials took, at least one.
        waiting: How many have not begun.
    """
    ordered = sorted(durations)
    sums = [0.0, *accumulate(ordered)]
    mean = sums[-1] / len(ordered)
    left = [_left_s(ordered, sums, trial) for trial in running]
    count = max(1, workers)
    # With more trials at work than workers are left, the surplus ones end and nothing follows them.
    free = [*left, *[0.0] * max(0, count - len(left))]
    last = max(left, default=0.0)
    heapq.heapify(free)
    while len(free) > count:
        heapq.heappop(free)
    simulated = min(waiting, _SIMULATED_ROUNDS * count)
    # By then the workers end one after the other, and whole rounds add the same to each.
    rounds = (waiting - simulated) // count
    simulated += (waiting - simulated) % count
    for _ in range(simulated):
        last = max(last, heapq.heappushpop(free, free[0] + mean) + mean)
    return last if not rounds else max(last, max(free) + rounds * mean)


def _left_s(ordered: Sequence[float], sums: Sequence[float], trial: AtWork) -> float:
    shorter = bisect_right(ordered, trial.spent_s)
    longer = len(ordered) - shorter
    if longer:
        return (sums[-1] - sums[shorter]) / longer - trial.spent_s
    return max(0.0, trial.left_s or 0.0)
