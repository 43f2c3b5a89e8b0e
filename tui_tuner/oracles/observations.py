"""What the trials of a search tell a model: points and values, failures, and what is still running."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tui_tuner.oracles.trial import Trial, TrialStatus
from tui_tuner.space import HyperParameters
from tui_tuner.space.encoding import Encoded, SpaceEncoding

Array = NDArray[np.float64]

_BEST, _LATEST, _RANDOM = 100, 100, 50


@dataclass(frozen=True)
class Observations:
    """What a model is fitted to.

    Args:
        observed: The configurations that ended.
        values: What they came to, to be minimised, shape `(observed,)`; NaN for a failure.
        running: The configurations that have not ended.
    """

    observed: Encoded
    values: Array
    running: Encoded

    @property
    def count(self) -> int:
        return len(self.values)

    @property
    def all_known(self) -> Encoded:
        """The configurations that ended, and those that have not."""
        return Encoded(
            np.vstack([self.observed.points, self.running.points]),
            np.vstack([self.observed.active, self.running.active]),
        )

    def best_points(self, count: int) -> Array:
        """The points of the best values, at most `count`, shape `(points, axes)`."""
        return self.observed.points[np.argsort(self.values, kind="stable")[:count]]  # NaN comes last


class EncodedTrials:
    """The trials of an oracle as points, each encoded once for as long as the space stays the same.

    Args:
        space: The search space; a later change of it needs a new object.
    """

    def __init__(self, space: HyperParameters) -> None:
        self.encoding = SpaceEncoding(space)
        self._rows: dict[str, tuple[str, Encoded]] = {}
        self._tried: set[bytes] = set()
        self._trials: list[Trial] = []

    def update(self, trials: Mapping[str, Trial], hashes: Mapping[str, str]) -> None:
        """Take in the trials as they are now.

        Args:
            trials: By id, in the order of creation.
            hashes: A hash of each trial's values, by id.
        """
        self._trials = list(trials.values())
        for trial in self._trials:
            values_hash = hashes.get(trial.trial_id, "")
            known = self._rows.get(trial.trial_id)
            if known is None or known[0] != values_hash:
                encoded = self.encoding.encode(trial.hyperparameters.values)
                self._rows[trial.trial_id] = (values_hash, encoded)
                self._tried.add(encoded.points.tobytes())

    def is_tried(self, points: Array) -> NDArray[np.bool_]:
        """Which of these canonical points, shape `(points, axes)`, are those of a trial."""
        return np.fromiter((row.tobytes() in self._tried for row in points), dtype=bool, count=len(points))

    def observations(self, direction: str, rng: np.random.Generator) -> Observations:
        """What the trials tell.

        A trial that failed, or whose score is not finite, is a failure; one that was ended early counts with the score
        it had, if any; one that will be tried again counts as running. Of more than 250 ended trials a model sees the
        best 100, the latest 100 and 50 others, which bounds its cost.

        Args:
            direction: `"min"` or `"max"`.
            rng: Draws the others.
        """
        sign = 1.0 if direction == "min" else -1.0
        ended: list[Trial] = []
        running: list[Trial] = []
        values: list[float] = []
        for trial in self._trials:
            if trial.status in (TrialStatus.RUNNING, TrialStatus.INVALID):
                running.append(trial)
            elif trial.status != TrialStatus.STOPPED or trial.score is not None:
                ended.append(trial)
                score = math.nan if trial.status == TrialStatus.FAILED or trial.score is None else trial.score
                values.append(sign * score if math.isfinite(score) else math.nan)
        array = np.array(values, dtype=np.float64)
        kept = _selection(array, rng)
        return Observations(self._gather(ended[index] for index in kept), array[kept], self._gather(running))

    def _gather(self, trials: Iterable[Trial]) -> Encoded:
        rows = [self._rows[trial.trial_id][1] for trial in trials]
        shape = (len(rows), self.encoding.dimension)
        return Encoded(
            np.array([row.points for row in rows], dtype=np.float64).reshape(shape),
            np.array([row.active for row in rows], dtype=bool).reshape(shape),
        )


def _selection(values: Array, rng: np.random.Generator) -> NDArray[np.intp]:
    """The indices of the values that a model sees, ascending."""
    count = len(values)
    if count <= _BEST + _LATEST + _RANDOM:
        return np.arange(count)
    kept = np.zeros(count, dtype=bool)
    kept[np.argsort(values, kind="stable")[:_BEST]] = True
    kept[-_LATEST:] = True
    kept[rng.choice(np.flatnonzero(~kept), size=_RANDOM, replace=False)] = True
    return np.flatnonzero(kept)
