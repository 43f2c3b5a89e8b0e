"""What the trainings of trials that have not ended have come to, epoch by epoch."""

from __future__ import annotations

from typing import Generic, Protocol, TypeVar

from tui_tuner.oracles.pruners.pruner import FinishedEpoch


class _OfEpoch(Protocol):
    """What is known of an epoch."""

    @property
    def epoch(self) -> int: ...


P = TypeVar("P", bound=_OfEpoch)


class Curves(Generic[P]):
    """A list of points for each execution of each trial, by epoch."""

    def __init__(self) -> None:
        self._curves: dict[str, dict[int, list[P]]] = {}

    def last(self, epoch: FinishedEpoch) -> P | None:
        """The last point of the execution that this epoch is of; `None` if there is none."""
        curve = self._curves.get(epoch.trial_id, {}).get(epoch.execution)
        return curve[-1] if curve else None

    def lasts(self, execution: int) -> list[P]:
        """The last point of this execution of each trial that has come to it."""
        return [curves[execution][-1] for curves in self._curves.values() if curves.get(execution)]

    def append(self, epoch: FinishedEpoch, point: P) -> None:
        self._curves.setdefault(epoch.trial_id, {}).setdefault(epoch.execution, []).append(point)

    def cut(self, epoch: FinishedEpoch) -> list[tuple[int, P]]:
        """Take away what the trial had come to at this epoch and after it: the training goes on from there.

        Returns:
            The points that were taken away, each with its execution.
        """
        curves = self._curves.get(epoch.trial_id)
        if curves is None:
            return []
        gone = []
        curve = curves.get(epoch.execution, [])
        while curve and curve[-1].epoch >= epoch.epoch:
            gone.append((epoch.execution, curve.pop()))
        if len(curves) > 1:
            for later in [execution for execution in curves if execution > epoch.execution]:
                gone += [(later, point) for point in curves.pop(later)]
        return gone

    def pop(self, trial_id: str) -> list[tuple[int, P]]:
        """Take the trial away, and return its points, each with its execution."""
        curves = self._curves.pop(trial_id, {})
        return [(execution, point) for execution, curve in curves.items() for point in curve]
