"""Asynchronous successive halving."""

from __future__ import annotations

from tui_tuner.oracles.pruners.checks import check_whole
from tui_tuner.oracles.pruners.comparison import ComparingPruner
from tui_tuner.oracles.pruners.pruner import told
from tui_tuner.oracles.pruners.standings import Standing


class SuccessiveHalvingPruner(ComparingPruner):
    """Lets only the best share of the trials pass each rung: after 3, 9, 27, ... epochs, the best third.

    A trial is judged when it comes to a rung, against all that have come there before it, and nobody waits for others:
    so the first few trials pass, and a trial that passed early may turn out not to be among the best.

    Source: Li et al., "A System for Massively Parallel Hyperparameter Tuning" (ASHA), MLSys 2020, arXiv 1810.05934,
    in the variant that stops a trial at its rung for good. The paper's own variant pauses all trials at each rung and
    promotes the best of them as more come in. Here a trial is asked for once and ends once: whatever it has is told
    to the search algorithm and shown at its end, and a search ends when no trial is left. Trials that wait, for good
    perhaps, to be promoted would have no place in that; the tuner `hyperband` promotes, by trials that continue others.

    Args:
        direction: `"min"` or `"max"`.
        reduction_factor: One in so many trials passes a rung, and the next rung takes so many times the epochs.
        min_epochs: Epochs up to the first rung.

    Raises:
        ValueError: If a number is too small.
    """

    def __init__(self, direction: str, reduction_factor: int = 3, min_epochs: int = 3) -> None:
        super().__init__(direction)
        self._factor = check_whole("reduction_factor", reduction_factor, 2)
        self._first = check_whole("min_epochs", min_epochs, 1)
        self.bar_name = f"best of {self._factor}"

    def stage(self, epoch: int, before: int) -> int | None:
        rung = self._rung(epoch)
        return rung if rung != self._rung(before) else None

    def bar(self, stage: int, standing: Standing) -> tuple[int, float] | None:
        passing = (len(standing) + 1) // self._factor  # with the further one
        return (stage - 1, standing.best(min(passing, len(standing)) - 1)) if passing else None

    def compare(self, epoch: int, best: float, standing: Standing) -> str | None:
        count = len(standing)
        passing = count // self._factor
        if not passing:
            return None
        last = standing.best(passing - 1)
        if best <= last:
            return None
        own, theirs = told(self.number(best), self.number(last))
        which = "best" if passing == 1 else f"{ordinal(passing)} best"
        return f"epoch {epoch + 1}: {own} worse than the {which} {theirs} of {count}"

    def _rung(self, epoch: int) -> int | None:
        """The highest rung that a training has come to with this epoch, as the epochs that it takes."""
        done, rung = epoch + 1, self._first
        if done < rung:
            return None
        while rung * self._factor <= done:
            rung *= self._factor
        return rung


def ordinal(number: int) -> str:
    """`1st`, `2nd`, `3rd`, `4th`, `11th`, `21st`."""
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"
