"""Search along a low-discrepancy sequence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from tui_tuner.oracles.explanation import Reason
from tui_tuner.oracles.oracle import Oracle
from tui_tuner.oracles.region import PresentRegion, Region
from tui_tuner.oracles.trial import TrialStatus

if TYPE_CHECKING:
    from scipy.stats.qmc import Sobol

_POSITION = "sobol_position"


class SobolOracle(Oracle):
    """Tries the points of a scrambled Sobol sequence; ends when a finite space is exhausted, and not before.

    They cover a space far more evenly than random ones, however many there are and however few hyperparameters matter,
    and depend on no result: any number of trials can run at once. The arguments are those of `Oracle`.

    Source: Sobol 1967; Owen 1998, "Scrambling Sobol' and Niederreiter-Xing Points".
    """

    _reason = Reason.SOBOL

    _position = 0
    """How many points of the sequence were looked at."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._present_region = PresentRegion()
        self._sequence: tuple[int, int, Sobol] | None = None

    def populate_space(self, trial_id: str) -> dict[str, Any]:
        """The configuration that the next point of the sequence stands for, of those that were not tried before."""
        values = self._next_values()
        if values is None:
            return {"status": TrialStatus.STOPPED, "values": None}
        return {"status": TrialStatus.RUNNING, "values": values}

    def get_state(self) -> dict[str, Any]:
        return super().get_state() | {_POSITION: self._position}

    def set_state(self, state: Mapping[str, Any]) -> None:
        position = state[_POSITION]
        super().set_state(state)
        self._position = position

    def _subclass_state(self) -> dict[str, Any]:
        return {**super()._subclass_state(), _POSITION: self._position}

    def _next_values(self) -> dict[str, Any] | None:
        region = self._present_region.of(self.hyperparameters, self._limits)
        tries = self._max_collisions + 1
        if region.size is None:  # a search that was cut off may meet all that it tried again
            tries += len(self._tried_so_far)
        for _ in range(tries):
            values = region.decode(self._next_point(region))
            if self._is_new(values):
                return values
        return self._first_untried()

    def _next_point(self, region: Region) -> np.ndarray[Any, np.dtype[np.float64]]:
        dimension = region.encoding.dimension
        position, self._position = self._position, self._position + 1
        if not dimension:
            return np.zeros(0)
        if self._sequence is None or self._sequence[:2] != (dimension, position):
            from scipy.stats.qmc import Sobol

            begun = Sobol(dimension, seed=np.random.default_rng(self.seed))
            self._sequence = dimension, position, begun.fast_forward(position) if position else begun
        sequence = self._sequence[2]
        self._sequence = dimension, position + 1, sequence
        return np.asarray(region.canonical(region.spread(sequence.random(1))).points[0])
