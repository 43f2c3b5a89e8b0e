"""Configurations drawn at random, none of them twice; every oracle can, because KerasTuner's users call it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tui_tuner.oracles.exhaustion import configurations, may_be_endless
from tui_tuner.oracles.steered import SteeredMemory
from tui_tuner.space import HyperParameters


class RandomValues(SteeredMemory):
    """What an oracle remembers, and configurations at random within the limits, none of which it has tried."""

    _max_collisions = 20

    _rest: Iterator[dict[str, Any]] | None = None
    _rest_of: tuple[HyperParameters, int] | None = None

    def _random_values(self) -> dict[str, Any] | None:
        """A configuration that was not tried, or `None` if there is none left.

        The sequence for a seed is KerasTuner's: hyperparameters are drawn in the order of the space, the active ones
        only, each with the next number after the seed. Where KerasTuner gives up, after `_max_collisions` draws in
        vain, the first configuration is taken that was not tried.
        """
        for _ in range(self._max_collisions + 1):
            values = self._draw()
            if self._is_new(values):
                return values
        if may_be_endless(self.proposal_space):
            # More draws are cheap, and nearly always the answer: a resumed search may repeat all it drew before.
            for _ in range(len(self._tried_so_far) + self._max_collisions):
                values = self._draw()
                if self._is_new(values):
                    return values
        return self._first_untried()

    def _draw(self) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for hp in self.proposal_space.space:
            if all(condition.is_active(values) for condition in hp.conditions):
                values[hp.name] = hp.random_sample(self._seed_state)
                self._seed_state += 1
        return values

    def _is_new(self, values: dict[str, Any]) -> bool:
        return self._compute_values_hash(values) not in self._tried_so_far

    def _first_untried(self) -> dict[str, Any] | None:
        """The first configuration, in the order of `configurations`, that was not tried.

        What was passed over stays tried while the space is the same, so the walk goes on from where it was.
        """
        space = self.proposal_space
        known = (space, len(space.space))  # it only grows, or is replaced
        if self._rest is None or self._rest_of != known:
            self._rest, self._rest_of = configurations(space), known
        return next((values for values in self._rest if self._is_new(values)), None)
