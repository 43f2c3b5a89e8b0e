"""Search algorithms behind one interface: asked for a trial, told how it went.

The Bayesian one is loaded on first use, because it needs numpy and, once it fits a model, scipy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tui_tuner.oracles.asha import AshaOracle
from tui_tuner.oracles.directions import infer_metric_direction
from tui_tuner.oracles.grid_search import GridSearchOracle
from tui_tuner.oracles.hyperband import HyperbandOracle
from tui_tuner.oracles.metrics import MetricHistory, MetricObservation, MetricsTracker
from tui_tuner.oracles.objective import (
    DefaultObjective,
    MultiObjective,
    Objective,
    UnknownDirectionError,
    create_objective,
)
from tui_tuner.oracles.oracle import Oracle
from tui_tuner.oracles.random_search import RandomSearchOracle
from tui_tuner.oracles.registry import create_oracle, oracle_names
from tui_tuner.oracles.synchronization import synchronized
from tui_tuner.oracles.trial import Trial, TrialStatus

if TYPE_CHECKING:
    from tui_tuner.oracles.bayesian import BayesianOptimizationOracle

__all__ = [
    "AshaOracle",
    "BayesianOptimizationOracle",
    "DefaultObjective",
    "GridSearchOracle",
    "HyperbandOracle",
    "MetricHistory",
    "MetricObservation",
    "MetricsTracker",
    "MultiObjective",
    "Objective",
    "Oracle",
    "RandomSearchOracle",
    "Trial",
    "TrialStatus",
    "UnknownDirectionError",
    "create_objective",
    "create_oracle",
    "infer_metric_direction",
    "oracle_names",
    "synchronized",
]


def __getattr__(name: str) -> Any:
    if name == "BayesianOptimizationOracle":
        from tui_tuner.oracles.bayesian import BayesianOptimizationOracle

        return BayesianOptimizationOracle
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
