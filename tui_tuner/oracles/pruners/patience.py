"""The patience rule."""

from __future__ import annotations

from typing import NamedTuple

from tui_tuner.oracles.pruners.checks import check_number, check_whole
from tui_tuner.oracles.pruners.curves import Curves
from tui_tuner.oracles.pruners.pruner import WORST, EndedCurve, FinishedEpoch, Pruner, told


class _Point(NamedTuple):
    """One epoch of a curve: the lowest loss up to it, and the last improvement that counted."""

    epoch: int
    best: float
    improved_to: float
    improved_at: int


class PatiencePruner(Pruner):
    """Stops a trial that has not improved for some epochs, unless it has the best value of all trials.

    The best one is spared because only a trial that was completed can be the best of a search: it may be past its
    best, but it is not hopeless. (To end every training that stands still, use the callback `early_stopping`, which
    completes the trial.)

    Source: the criterion "no improvement in s successive strips" (UP) of Prechelt, "Early Stopping, But When?", 1998,
    as Keras' `EarlyStopping` counts it.

    Args:
        direction: `"min"` or `"max"`.
        patience: After so many epochs without an improvement.
        min_delta: An improvement is more than this.

    Raises:
        ValueError: If a number is too small.
    """

    def __init__(self, direction: str, patience: int = 10, min_delta: float = 0.0) -> None:
        super().__init__(direction)
        self._patience = check_whole("patience", patience, 1)
        self._min_delta = check_number("min_delta", min_delta)
        if self._min_delta < 0:
            raise ValueError(f"`min_delta` must not be negative, found: {min_delta!r}")
        self._curves: Curves[_Point] = Curves()
        self._bests: dict[int, float] = {}  # by execution, of trials that were completed

    def take(self, epoch: FinishedEpoch) -> None:
        if epoch.value is None:
            return
        self._curves.cut(epoch)
        last = self._curves.last(epoch)
        loss = self.loss(epoch.value)
        best = loss if last is None else min(last.best, loss)
        if last is None or loss < last.improved_to - self._min_delta:
            point = _Point(epoch.epoch, best, loss, epoch.epoch)
        else:
            point = _Point(epoch.epoch, best, last.improved_to, last.improved_at)
        self._curves.append(epoch, point)

    def reason(self, epoch: FinishedEpoch) -> str | None:
        point = self._curves.last(epoch)
        if point is None or point.epoch != epoch.epoch or point.epoch - point.improved_at < self._patience:
            return None
        leading = self._best(epoch.execution)
        if point.best <= leading:
            return None
        own, best = told(self.number(point.best), self.number(leading))
        return f"epoch {epoch.epoch + 1}: {own} not improved since epoch {point.improved_at + 1}, the best has {best}"

    def take_ended(self, curve: EndedCurve) -> None:
        losses = [self.loss(value) for _, value in curve.values if value is not None]
        if curve.completed and losses:
            self._completed(curve.execution, min(losses))

    def forget(self, trial_id: str) -> None:
        self._curves.pop(trial_id)

    def end(self, trial_id: str, *, completed: bool) -> None:
        for execution, point in self._curves.pop(trial_id):
            if completed:
                self._completed(execution, point.best)

    def _completed(self, execution: int, best: float) -> None:
        self._bests[execution] = min(self._bests.get(execution, WORST), best)

    def _best(self, execution: int) -> float:
        """The lowest loss in this execution of all trials that were completed or can still be."""
        running = [point.best for point in self._curves.lasts(execution)]
        return min([self._bests.get(execution, WORST), *running])
