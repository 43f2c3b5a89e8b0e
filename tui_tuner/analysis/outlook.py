"""Whether it is worth waiting: the chance that the trials that are left bring a better score than the best one.

If trials were drawn independently, the k-th would be the best so far with probability 1/k, and at least one of n more
trials after m a new best with probability n / (m + n) (Rényi, 1962, on the theory of records). A search that learns has
new bests more often, one that has come to its end less often: by a power of that, as in Yang's model of records in a
growing population (1975), whose exponent is estimated from the bests so far.
"""

from __future__ import annotations

import math

from tui_tuner.analysis.ranking import has_rank
from tui_tuner.engine.view import SearchView, TrialState

MIN_TRIALS = 5
"""Fewer completed trials tell nothing."""

_ENDED = (TrialState.COMPLETED, TrialState.STOPPED, TrialState.FAILED)
_PRIOR = 2.0
"""As many expected bests are counted as seen beforehand, so that a few lucky trials do not decide."""


def chance_of_better(view: SearchView, now: float) -> float | None:
    """The probability that the search finds a better trial with what is left of its budget, from 0 to 1.

    `None` where that cannot be said: without a budget, in a search that is not at work, with too few trials, or beside
    a best score that is infinite.

    Args:
        now: Seconds since the epoch.
    """
    if not view.state.is_live:
        return None
    finished = sorted(
        (trial for trial in view.trials.values() if has_rank(trial)),
        key=lambda trial: (trial.ended or 0.0, trial.number),
    )
    left = _trials_left(view, len(finished), now)
    if len(finished) < MIN_TRIALS or left is None:
        return None
    bests = 0
    best = math.nan
    for trial in finished:
        if trial.score is not None and view.objective.better(trial.score, best):
            best = trial.score
            bests += 1
    if math.isinf(best):
        return None
    count = len(finished)
    # The first is always the best so far and tells nothing.
    expected = sum(1 / number for number in range(2, count + 1))
    exponent = (bests - 1 + _PRIOR) / (expected + _PRIOR)
    return 1.0 - math.pow(count / (count + left), exponent)


def _trials_left(view: SearchView, finished: int, now: float) -> float | None:
    """How many trials will still complete, if as many of them do as until now."""
    ended = sum(
        trial.status in (TrialState.COMPLETED, TrialState.STOPPED, TrialState.FAILED) for trial in view.trials.values()
    )
    if not ended:
        return None
    left = [] if not view.max_trials else [float(max(0, view.max_trials - ended))]
    elapsed_s = view.elapsed_s(now)
    if view.max_time_s is not None and elapsed_s > 0:
        left.append(ended * max(0.0, view.max_time_s - elapsed_s) / elapsed_s)
    return min(left) * finished / ended if left else None
