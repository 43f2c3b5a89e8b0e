"""What Hyperband writes into a trial's values besides hyperparameters: how long it trains, and what it continues."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tui_tuner.space.reserved import BRACKET, EPOCHS, INITIAL_EPOCH, PARENT, PREFIX, ROUND


@dataclass(frozen=True)
class Stage:
    """A trial's part in the training of its configuration. The names in a trial's values are KerasTuner's.

    Args:
        epochs: The epoch to train up to, the configuration's earlier trials included.
        initial_epoch: Epochs that those have trained.
        bracket: Number of the bracket; a bracket has the rounds 0 to its number.
        round: Number of the round.
        parent: The trial that this one continues.
    """

    epochs: int
    initial_epoch: int
    bracket: int
    round: int
    parent: str | None = None

    @property
    def may_be_continued(self) -> bool:
        """Whether there is another round after this one."""
        return self.round < self.bracket

    def values(self) -> dict[str, Any]:
        """As they stand among a trial's values."""
        values: dict[str, Any] = {
            EPOCHS: self.epochs,
            INITIAL_EPOCH: self.initial_epoch,
            BRACKET: self.bracket,
            ROUND: self.round,
        }
        return values if self.parent is None else {**values, PARENT: self.parent}


def stage_of(values: Mapping[str, Any]) -> Stage | None:
    """The stage that a trial's values tell; `None` for a trial of another search algorithm."""
    if not isinstance(values.get(EPOCHS), int):
        return None
    return Stage(
        epochs=values[EPOCHS],
        initial_epoch=int(values.get(INITIAL_EPOCH, 0)),
        bracket=int(values.get(BRACKET, 0)),
        round=int(values.get(ROUND, 0)),
        parent=values.get(PARENT),
    )


def without_stage(values: Mapping[str, Any]) -> dict[str, Any]:
    """The hyperparameters alone."""
    return {name: value for name, value in values.items() if not name.startswith(PREFIX)}
