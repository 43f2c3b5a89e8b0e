"""The leaderboard's own order, kept up to date from snapshot to snapshot."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from tui_tuner.analysis.ranking import COMPETING, sort_key
from tui_tuner.engine.view import SearchView, TrialView

_FEW = 200
"""So many trials that have changed are put in their new places; for more, all are sorted."""

_Key = tuple[int, float, int]


class Standings:
    """All trials of a snapshot in the order of `ranked`, without looking at those that are as they were before.

    Args:
        before: The standings of an earlier snapshot of the same search.

    Attributes:
        trials: In order.
        trial_ids: In the same order.
        news: The trials that are new or have changed since `before`; all of them if that is not known.
        follows: Whether `news` says all that is different from `before`.
    """

    def __init__(self, view: SearchView, before: Standings | None = None) -> None:
        self.view = view
        self._maximise = view.objective.direction == "max"
        self._keys: list[_Key] = []
        self.trials: list[TrialView] = []
        self.trial_ids: list[str] = []
        self.news: Sequence[TrialView] = ()
        self.follows = before is not None and self._follow(before)
        if not self.follows:
            self._sort()

    def group_of(self, place: int) -> int:
        """The group of the trial in a place, of which 1 is the competing trials."""
        return self._keys[place][0]

    @property
    def competing_ids(self) -> list[str]:
        """The trials that have a rank, best first: they stand in one block."""
        first = bisect_left(self._keys, (COMPETING,))
        return self.trial_ids[first : bisect_left(self._keys, (COMPETING + 1,))]

    def _sort(self) -> None:
        self.news = list(self.view.trials.values())
        keyed = sorted((sort_key(trial, self._maximise), trial.trial_id, trial) for trial in self.news)
        self._keys = [key for key, _, _ in keyed]
        self.trial_ids = [trial_id for _, trial_id, _ in keyed]
        self.trials = [trial for _, _, trial in keyed]

    def _follow(self, before: Standings) -> bool:
        old, new = before.view.trials, self.view.trials
        if before.view.objective != self.view.objective or len(new) < len(old):
            return False
        present = list(new.values())
        changed = [(was, now) for was, now in zip(old.values(), present, strict=False) if was is not now]
        added = present[len(old) :]
        if len(changed) + len(added) > _FEW or any(was.trial_id != now.trial_id for was, now in changed):
            return False
        self._keys, self.trials, self.trial_ids = before._keys.copy(), before.trials.copy(), before.trial_ids.copy()
        for was, _ in changed:
            place = bisect_left(self._keys, sort_key(was, self._maximise))
            if place == len(self.trials) or self.trials[place] is not was:
                return False
            del self._keys[place], self.trials[place], self.trial_ids[place]
        self.news = [*(now for _, now in changed), *added]
        for now in self.news:
            key = sort_key(now, self._maximise)
            place = bisect_left(self._keys, key)
            self._keys.insert(place, key)
            self.trials.insert(place, now)
            self.trial_ids.insert(place, now.trial_id)
        return True
