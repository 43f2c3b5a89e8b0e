"""The patience rule."""

from __future__ import annotations

from typing import NamedTuple

from tui_tuner.oracles.pruners.checks import check_number, check_whole
from tui_tuner.oracles.pruners.pruner import WORST, FinishedEpoch, Pruner, told


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
        self._curves: dict[str, dict[int, list[_Point]]] = {}  # by trial and execution, of trials that have not ended
        self._bests: dict[int, float] = {}  # by execution, of trials that were completed

    def take(self, epoch: FinishedEpoch) -> None:
        if epoch.value is None:
            return
        curve = self._curves.setdefault(epoch.trial_id, {}).setdefault(epoch.execution, [])
        while curve and curve[-1].epoch >= epoch.epoch:
            curve.pop()
        loss = self.loss(epoch.value)
        if not curve:
            curve.append(_Point(epoch.epoch, loss, loss, epoch.epoch))
            return
        last = curve[-1]
        if loss < last.improved_to - self._min_delta:
            curve.append(_Point(epoch.epoch, min(last.best, loss), loss, epoch.epoch))
        else:
            curve.append(_Point(epoch.epoch, min(last.best, loss), last.improved_to, last.improved_at))

    def reason(self, epoch: FinishedEpoch) -> str | None:
        curve = self._curves.get(epoch.trial_id, {}).get(epoch.execution)
        if not curve or curve[-1].epoch != epoch.epoch:
            return None
        point = curve[-1]
        if point.epoch - point.improved_at < self._patience:
            return None
        leading = self._best(epoch.execution)
        if point.best <= leading:
            return None
        own, best = told(self.number(point.best), self.number(leading))
        return f"epoch {epoch.epoch + 1}: {own} not improved since epoch {point.improved_at + 1}, the best has {best}"

    def forget(self, trial_id: str) -> None:
        self._curves.pop(trial_id, None)

    def end(self, trial_id: str, *, completed: bool) -> None:
        for execution, curve in self._curves.pop(trial_id, {}).items():
            if completed and curve:
                self._bests[execution] = min(self._bests.get(execution, WORST), curve[-1].best)

    def _best(self, execution: int) -> float:
        """The lowest loss in this execution of all trials that were completed or can still be."""
        running = [curves[execution][-1].best for curves in self._curves.values() if curves.get(execution)]
        return min([self._bests.get(execution, WORST), *running])
