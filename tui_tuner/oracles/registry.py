"""Search algorithms by the names that configs use."""

from __future__ import annotations

import difflib
import importlib
from typing import Any

from tui_tuner.errors import TunerError
from tui_tuner.oracles.oracle import Oracle

_ORACLES = {
    "asha": ("tui_tuner.oracles.asha", "AshaOracle"),
    "bayesian": ("tui_tuner.oracles.bayesian", "BayesianOptimizationOracle"),
    "evolution": ("tui_tuner.oracles.evolution", "EvolutionOracle"),
    "grid": ("tui_tuner.oracles.grid_search", "GridSearchOracle"),
    "hyperband": ("tui_tuner.oracles.hyperband", "HyperbandOracle"),
    "random": ("tui_tuner.oracles.random_search", "RandomSearchOracle"),
    "sobol": ("tui_tuner.oracles.sobol", "SobolOracle"),
}

OPTUNA = "optuna."
"""What the names of Optuna's samplers begin with."""


def oracle_names() -> tuple[str, ...]:
    """The names that `create_oracle` knows."""
    return tuple(_ORACLES)


def create_oracle(name: str, **kwargs: Any) -> Oracle:
    """Make an oracle.

    Args:
        name: One of `oracle_names()`, or `optuna.` and the name of one of Optuna's samplers.
        kwargs: The oracle's own arguments.

    Raises:
        TunerError: If there is no oracle of this name.
    """
    if str(name).startswith(OPTUNA):
        from tui_tuner.oracles.optuna_sampler import OptunaOracle

        return OptunaOracle(name.removeprefix(OPTUNA), **kwargs)
    if name not in _ORACLES:
        near = difflib.get_close_matches(str(name).lower(), _ORACLES, n=1, cutoff=0.4)
        meant = f" Did you mean {near[0]!r}?" if near else ""
        raise TunerError(f"There is no tuner named {name!r}.{meant}", f"Valid names: {', '.join(_ORACLES)}.")
    module, class_name = _ORACLES[name]
    oracle: Oracle = getattr(importlib.import_module(module), class_name)(**kwargs)
    return oracle
