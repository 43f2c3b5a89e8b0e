"""What the pruners share that compare a trial with the others: the best that each has shown by the same epoch."""

from __future__ import annotations

from abc import abstractmethod
from collections import defaultdict
from typing import NamedTuple

from tui_tuner.oracles.pruners.pruner import FinishedEpoch, Pruner
from tui_tuner.oracles.pruners.standings import Standing


class _Point(NamedTuple):
    """One epoch of a curve: the lowest loss up to it, and the stage that it came to, if it came to one."""

    epoch: int
    best: float
    stage: int | None


class ComparingPruner(Pruner):
    """Compares the best value that a trial has shown so far with what the others had shown at the same stage.

    The best so far, not the epoch's own value, because a trial's score is that of its best epoch: one that is past its
    best is not punished for it. A trial that has shown no finite number yet counts as worse than all others.
    """

    def __init__(self, direction: str) -> None:
        super().__init__(direction)
        self._curves: dict[str, dict[int, list[_Point]]] = {}  # by trial and execution, of trials that have not ended
        self._standings: defaultdict[tuple[int, int], Standing] = defaultdict(Standing)  # by execution and stage

    @abstractmethod
    def stage(self, epoch: int, before: int) -> int | None:
        """The stage that a training comes to with this epoch, as any number that is the same for all trials.

        Args:
            before: The epoch before it that had a value; -1 if there is none.

        Returns:
            `None` if it comes to none, and is not compared.
        """

    @abstractmethod
    def compare(self, epoch: int, best: float, standing: Standing) -> str | None:
        """Why a trial with the loss `best` should be stopped, given all losses of this stage, its own among them."""

    def take(self, epoch: FinishedEpoch) -> None:
        if epoch.value is None:
            return
        curve = self._curves.setdefault(epoch.trial_id, {}).setdefault(epoch.execution, [])
        while curve and curve[-1].epoch >= epoch.epoch:
            self._withdraw(epoch.execution, curve.pop())
        loss = self.loss(epoch.value)
        before, best = (curve[-1].epoch, min(curve[-1].best, loss)) if curve else (-1, loss)
        stage = self.stage(epoch.epoch, before)
        curve.append(_Point(epoch.epoch, best, stage))
        if stage is not None:
            self._standings[epoch.execution, stage].add(best)

    def reason(self, epoch: FinishedEpoch) -> str | None:
        curve = self._curves.get(epoch.trial_id, {}).get(epoch.execution)
        if not curve:
            return None
        point = curve[-1]
        if point.epoch != epoch.epoch or point.stage is None:
            return None
        return self.compare(epoch.epoch, point.best, self._standings[epoch.execution, point.stage])

    def forget(self, trial_id: str) -> None:
        for execution, curve in self._curves.pop(trial_id, {}).items():
            for point in curve:
                self._withdraw(execution, point)

    def end(self, trial_id: str, *, completed: bool) -> None:
        self._curves.pop(trial_id, None)

    def _withdraw(self, execution: int, point: _Point) -> None:
        if point.stage is not None:
            self._standings[execution, point.stage].remove(point.best)
