"""What every pruner is: it takes in finished epochs, and tells of one of them why its trial should be stopped."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import NamedTuple

WORST = math.inf
"""The loss of a value that is no finite number."""


class FinishedEpoch(NamedTuple):
    """What a pruner knows of an epoch. A tuple, because a search has millions of them.

    Args:
        execution: Which of the trial's executions or folds, from 0.
        epoch: From 0.
        value: The objective; may be NaN or infinite; `None` where the epoch reported none, as between two validations.
    """

    trial_id: str
    execution: int
    epoch: int
    value: float | None


class EndedCurve(NamedTuple):
    """One execution of a trial that has ended, not by a failure.

    Args:
        completed: Whether the trial went all the way; else it was ended early.
        values: The epochs with their values, as in `FinishedEpoch`, in their order.
    """

    trial_id: str
    execution: int
    completed: bool
    values: Sequence[tuple[int, float | None]]


class Bar(NamedTuple):
    """What a trial has to have shown so as not to be stopped, as a line to draw.

    Args:
        name: What it is, in a word or two.
        points: The value by epoch, from 0, in their order. The last one holds from there on if `goes_on`.
    """

    name: str
    points: tuple[tuple[int, float], ...]
    goes_on: bool = False


class Pruner(ABC):
    """Judges trials by their epochs. Executions and folds are judged each against the same one of the other trials.

    What it answers follows from the epochs that it has taken in and from nothing else: not from the clock, not from
    chance, and not from the order in which epochs of different trials came. So one that is given the stored epochs
    of a search goes on as the one before it would have.

    An epoch that comes again, because its training was cut off and went on from an earlier one, takes the place of the
    one before it and of all that came after that one.

    Args:
        direction: `"min"` or `"max"`.

    Raises:
        ValueError: If the direction is neither.
    """

    def __init__(self, direction: str) -> None:
        if direction not in ("min", "max"):
            raise ValueError(f'`direction` must be "min" or "max", found: {direction!r}')
        self._sign = 1.0 if direction == "min" else -1.0

    @abstractmethod
    def take(self, epoch: FinishedEpoch) -> None:
        """Take in an epoch. The epochs of one execution come in their order."""

    @abstractmethod
    def reason(self, epoch: FinishedEpoch) -> str | None:
        """Why the trial should be stopped after this epoch, in one line for people; `None` if it should go on.

        Args:
            epoch: The last one that was taken in of its trial.
        """

    @abstractmethod
    def take_ended(self, curve: EndedCurve) -> None:
        """Take in an execution of a trial that has ended already: as by `take` and `end`, but quicker."""

    @abstractmethod
    def forget(self, trial_id: str) -> None:
        """The trial starts over, or has failed: its epochs so far count no more."""

    @abstractmethod
    def end(self, trial_id: str, *, completed: bool) -> None:
        """The trial has ended, not by a failure: its epochs still count, and no more of them will come.

        Args:
            completed: Whether it went all the way; else it was ended early.
        """

    def bars(self) -> list[Bar]:
        """What the next trial would be measured by in its first execution; empty where no line tells it."""
        return []

    def loss(self, value: float) -> float:
        """A value as a number to be minimised; `WORST` for NaN and the infinities, which are no result."""
        return self._sign * value if math.isfinite(value) else WORST

    def number(self, loss: float) -> float:
        """The value that has this loss."""
        return self._sign * loss


def told(value: float, other: float) -> tuple[str, str]:
    """Two numbers as people read them, with as many digits as it takes to tell them apart."""
    texts = ("", "")
    for digits in (3, 4, 6, 9, 17):
        texts = (_text(value, digits), _text(other, digits))
        if texts[0] != texts[1]:
            break
    return texts


def _text(number: float, digits: int) -> str:
    return f"{number:.{digits}g}" if math.isfinite(number) else "no number yet,"
