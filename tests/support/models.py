"""Looks at what proposals are modelled with."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tui_tuner.oracles.gp_fit import Fit
from tui_tuner.oracles.surrogate import Surrogate


def slopes_by_differences(problem: Fit, theta: NDArray[np.float64]) -> list[float]:
    """The gradient of what a fit minimises, from its values on both sides of packed parameters."""
    slopes = []
    for step in 1e-5 * np.eye(len(theta)):
        above, _ = problem.negative_log_posterior(theta + step)
        below, _ = problem.negative_log_posterior(theta - step)
        slopes.append((above - below) / 2e-5)
    return slopes


def settings_of_models(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What each model that proposals are made with from now on is told by name; it grows with them."""
    given: list[dict[str, Any]] = []

    def recording(*what: Any, **settings: Any) -> Surrogate:
        given.append(settings)
        return Surrogate(*what, **settings)

    monkeypatch.setattr("tui_tuner.oracles.model_proposals.Surrogate", recording)
    return given
