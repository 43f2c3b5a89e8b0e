"""The rungs of asynchronous successive halving: who stands on which, who goes on, and where new ones begin.

Source: Li et al. 2020, "A System for Massively Parallel Hyperparameter Tuning" (ASHA, arXiv 1810.05934), algorithm 2,
but for how many go on in all.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tui_tuner.oracles.outcomes import is_scored
from tui_tuner.oracles.stages import Stage, stage_of
from tui_tuner.oracles.trial import Trial, TrialStatus

_RUNGS = 4
"""How many rungs there are where nobody says how few epochs the lowest has."""

_FEWEST_PAIRS = 6
"""So many configurations must have reached two rungs before their ranks on them are compared."""

_LATEST_PAIRS = 12
_LEAST_CORRELATION = 0.3


@dataclass(frozen=True)
class Ladder:
    """The rungs: up to which epoch each trains, from the lowest to the highest.

    Args:
        min_epochs: Of the lowest rung, at the least.
        max_epochs: Of the highest.
        factor: By how much epochs become more, and trials fewer, from rung to rung.
    """

    min_epochs: int
    max_epochs: int
    factor: int

    @property
    def epochs(self) -> tuple[int, ...]:
        """Of each rung, ascending."""
        rungs = [self.max_epochs]
        divisor = self.factor
        while math.ceil(self.max_epochs / divisor) >= self.min_epochs and rungs[-1] > 1:
            rungs.append(math.ceil(self.max_epochs / divisor))
            divisor *= self.factor
        return tuple(sorted(set(rungs)))

    def stage(self, rung: int, parent: str | None = None) -> Stage:
        """What a trial on a rung does: it continues one of the rung below, or trains all its epochs."""
        epochs = self.epochs
        initial = epochs[rung - 1] if parent is not None else 0
        return Stage(epochs[rung], initial, len(epochs) - 1, rung, parent)

    def least_epochs(self, trials: int) -> int:
        """Epochs that so many trials train at least: one configuration goes to the top, all others stay on the lowest
        rung."""
        lowest, *others = self.epochs
        if not others or trials <= len(others):
            return trials * lowest
        return (trials - len(others)) * lowest + others[-1] - lowest


def usual_min_epochs(max_epochs: int, factor: int) -> int:
    """Epochs of the lowest rung where nobody says how few it has."""
    epochs: int = math.ceil(max_epochs / factor ** (_RUNGS - 1))
    return epochs


class Rungs:
    """The trials on the rungs of a ladder, as they are now.

    Args:
        ladder: The rungs.
        trials: All trials by id, in the order of creation.
        best: Picks the best of several completed trials.
    """

    def __init__(self, ladder: Ladder, trials: Mapping[str, Trial], best: Callable[[list[Trial]], Trial]) -> None:
        self._ladder = ladder
        self._best = best
        self._ended: list[list[Trial]] = [[] for _ in ladder.epochs]
        self._running = [0] * len(ladder.epochs)
        self._gone_on: set[str] = set()
        self._pairs: list[list[tuple[Trial, Trial]]] = [[] for _ in ladder.epochs]
        rung_of = {epochs: rung for rung, epochs in enumerate(ladder.epochs)}
        for trial in trials.values():
            stage = stage_of(trial.hyperparameters.values)
            if stage is None or stage.epochs not in rung_of or trial.rerun_of is not None:
                continue
            rung = rung_of[stage.epochs]
            if stage.parent is not None:
                self._gone_on.add(stage.parent)
                if is_scored(trial) and stage.parent in trials:
                    self._pairs[rung - 1].append((trials[stage.parent], trial))
            if trial.status in (TrialStatus.RUNNING, TrialStatus.INVALID):
                self._running[rung] += 1
            else:
                self._ended[rung].append(trial)

    def promotion(self) -> Stage | None:
        """The stage of a trial that continues one of the best of its rung: of the highest rung that has such a trial.

        Those are the best of each `factor` trials that ended on it. One that failed or was ended early counts among
        them, and cannot go on. No more than that go on in all: those that a model proposes become better and better,
        and if each of them went on at once because earlier ones were worse, hardly any budget would be left for others.
        """
        for rung in reversed(range(len(self._ended) - 1)):
            places = len(self._ended[rung]) // self._ladder.factor
            able = [trial for trial in self._ended[rung] if is_scored(trial)]
            waiting = [trial for trial in able if trial.trial_id not in self._gone_on]
            gone_on = sum(trial.trial_id in self._gone_on for trial in self._ended[rung])
            if not waiting or gone_on >= places:
                continue
            candidate = self._best(waiting)
            better = sum(self._best([candidate, trial]) is trial for trial in able if trial is not candidate)
            if better < places:
                return self._ladder.stage(rung + 1, candidate.trial_id)
        return None

    def to_the_top(self) -> tuple[int, Stage | None]:
        """How many further trials it takes until some configuration has trained all its epochs, and the first of these.

        That is `None` if none is to be begun now: the configuration that is farthest is being trained, or all failed.
        """
        top = len(self._ended) - 1
        for rung in range(top, -1, -1):
            if self._running[rung]:
                return top - rung, None
            able = [trial for trial in self._ended[rung] if is_scored(trial)]
            if able and rung == top:
                return 0, None
            waiting = [trial for trial in able if trial.trial_id not in self._gone_on]
            if waiting:
                return top - rung, self._ladder.stage(rung + 1, self._best(waiting).trial_id)
        return 0, None

    def first_stage(self) -> Stage:
        """What a new configuration does."""
        return self._ladder.stage(self.lowest)

    @property
    def lowest(self) -> int:
        """The rung that new configurations begin on: the lowest one that tells who is good on the next.

        It is told by the ranks of those that reached both.
        """
        rung = 0
        while rung < len(self._ended) - 1:
            pairs = self._pairs[rung][-_LATEST_PAIRS:]
            if len(pairs) < _FEWEST_PAIRS:
                break
            if rank_correlation([_score(a) for a, _ in pairs], [_score(b) for _, b in pairs]) >= _LEAST_CORRELATION:
                break
            rung += 1
        return rung


def rank_correlation(one: Sequence[float], other: Sequence[float]) -> float:
    """Spearman's rank correlation of two equally long sequences; 1 where all of one are equal."""
    a, b = _ranks(one), _ranks(other)
    mean = (len(a) - 1) / 2
    spread = math.sqrt(sum((x - mean) ** 2 for x in a) * sum((y - mean) ** 2 for y in b))
    return sum((x - mean) * (y - mean) for x, y in zip(a, b, strict=True)) / spread if spread else 1.0


def _ranks(values: Sequence[float]) -> list[float]:
    """From 0; equal values share their mean rank."""
    order = sorted(values)
    return [(2 * order.index(value) + order.count(value) - 1) / 2 for value in values]


def _score(trial: Trial) -> float:
    return 0.0 if trial.score is None else trial.score
