"""What the pruners share that compare a trial with the others: the best that each has shown by the same epoch."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections import defaultdict
from typing import NamedTuple

from tui_tuner.oracles.pruners.curves import Curves
from tui_tuner.oracles.pruners.pruner import WORST, Bar, EndedCurve, FinishedEpoch, Pruner
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

    bar_name = ""
    """What people call the line of what passes."""

    def __init__(self, direction: str) -> None:
        super().__init__(direction)
        self._curves: Curves[_Point] = Curves()
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

    @abstractmethod
    def bar(self, stage: int, standing: Standing) -> tuple[int, float] | None:
        """The epoch at which a trial comes to a stage, and the loss that a further one may have there at most; `None`
        if it would not be stopped there."""

    def bars(self) -> list[Bar]:
        found = [
            bar
            for (execution, stage), standing in sorted(self._standings.items(), key=lambda item: item[0])
            if execution == 0 and len(standing) and (bar := self.bar(stage, standing)) is not None
        ]
        points = tuple((epoch, self.number(loss)) for epoch, loss in found if math.isfinite(loss))
        return [Bar(self.bar_name, points)] if points else []

    def take(self, epoch: FinishedEpoch) -> None:
        if epoch.value is None:
            return
        for execution, point in self._curves.cut(epoch):
            self._withdraw(execution, point)
        last = self._curves.last(epoch)
        loss = self.loss(epoch.value)
        stage = self.stage(epoch.epoch, -1 if last is None else last.epoch)
        best = loss if last is None else min(last.best, loss)
        self._curves.append(epoch, _Point(epoch.epoch, best, stage))
        if stage is not None:
            self._standings[epoch.execution, stage].add(best)

    def reason(self, epoch: FinishedEpoch) -> str | None:
        point = self._curves.last(epoch)
        if point is None or point.epoch != epoch.epoch or point.stage is None:
            return None
        return self.compare(epoch.epoch, point.best, self._standings[epoch.execution, point.stage])

    def take_ended(self, curve: EndedCurve) -> None:
        before, best = -1, WORST
        for epoch, value in curve.values:
            if value is not None:
                best = min(best, self.loss(value))
                stage = self.stage(epoch, before)
                before = epoch
                if stage is not None:
                    self._standings[curve.execution, stage].add(best)

    def forget(self, trial_id: str) -> None:
        for execution, point in self._curves.pop(trial_id):
            self._withdraw(execution, point)

    def end(self, trial_id: str, *, completed: bool) -> None:
        self._curves.pop(trial_id)

    def _withdraw(self, execution: int, point: _Point) -> None:
        if point.stage is not None:
            self._standings[execution, point.stage].remove(point.best)
