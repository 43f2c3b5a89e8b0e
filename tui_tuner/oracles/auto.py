"""Leaves the choice of a search algorithm open until the search space is known."""

from __future__ import annotations

from typing import Any

from tui_tuner.oracles.choosing import Choice, Circumstances, choose
from tui_tuner.oracles.oracle import Oracle


class AutoOracle(Oracle):
    """Remembers what is known and asked for before a search algorithm is chosen, and proposes nothing itself.

    Args:
        epochs: Of a whole training, if that is known.
        goes_on: Whether a training may be cut into stages.
        arguments: Those of `Oracle`; `max_trials` is the number of whole trainings.
    """

    def __init__(self, epochs: int | None, goes_on: bool, **arguments: Any) -> None:
        super().__init__(**arguments)
        self._epochs = epochs
        self._goes_on = goes_on
        self._arguments = arguments

    def choose(self, workers: int) -> Choice:
        """What suits the space as it is known now.

        Args:
            workers: How many trials run at once.
        """
        assert self.max_trials is not None
        return choose(self.hyperparameters, Circumstances(self.max_trials, workers, self._epochs, self._goes_on))

    def become(self, choice: Choice) -> Oracle:
        """The chosen oracle, with all that this one remembers."""
        from tui_tuner.oracles.registry import create_oracle

        given = dict(self._arguments)
        given["max_trials"] = choice.max_trials(given["max_trials"])
        oracle = create_oracle(choice.tuner, **given, **choice.arguments)
        oracle.constraints, oracle.cost_metric = self.constraints, self.cost_metric
        oracle.other_objectives, oracle.earlier = self.other_objectives, self.earlier
        oracle.update_space(self.get_space())
        memory = {key: value for key, value in self.own_state().items() if key != "oracle"}
        oracle.restore(list(self.trials.values()), memory, tuple(self._interrupted), self.end_order)
        return oracle
