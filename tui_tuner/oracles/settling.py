"""Whether a search still gains from its trials."""

from __future__ import annotations

import numpy as np

from tui_tuner.oracles.observations import Observations

_FIRST, _LATEST = 5, 8
"""Of how many results the best is compared with that of all: all but the latest, and no fewer than the first."""
_LITTLE = 0.02


def has_settled(observations: Observations) -> bool:
    """Whether the latest results brought less than 2 % of the way from the median to the best.

    What counts are whole trainings that worked and kept to all constraints.
    """
    counts = np.isfinite(observations.values) & observations.is_feasible
    if observations.fidelities is not None:
        counts &= observations.fidelities == 1.0
    values = observations.values[counts] / 2.0  # the difference of two huge values may not be finite
    if len(values) <= _FIRST + _LATEST:
        return False
    best = values.min()
    return bool(values[:-_LATEST].min() - best < _LITTLE * (np.median(values) - best))
