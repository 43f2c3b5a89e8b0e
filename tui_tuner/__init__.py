"""tui-tuner: tune the hyperparameters of Keras models, and watch and steer the search from a terminal.

The public names are loaded on first use: importing the package loads neither Keras nor numpy.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tui_tuner import applications, errors, oracles, tuners
    from tui_tuner.final.evaluation import evaluate
    from tui_tuner.final.retraining import retrain
    from tui_tuner.interop.loaded import load
    from tui_tuner.oracles import Objective, Oracle, synchronized
    from tui_tuner.space import HyperParameters
    from tui_tuner.tuners import (
        Asha,
        BaseTuner,
        BayesianOptimization,
        GridSearch,
        Hyperband,
        HyperModel,
        RandomSearch,
        SklearnTuner,
        Tuner,
    )

__version__ = "0.1.0"

_MODULES = ("applications", "errors", "oracles", "tuners")
_HOMES = {
    "Asha": "tui_tuner.tuners",
    "BaseTuner": "tui_tuner.tuners",
    "BayesianOptimization": "tui_tuner.tuners",
    "GridSearch": "tui_tuner.tuners",
    "HyperModel": "tui_tuner.tuners",
    "HyperParameters": "tui_tuner.space",
    "Hyperband": "tui_tuner.tuners",
    "Objective": "tui_tuner.oracles",
    "Oracle": "tui_tuner.oracles",
    "RandomSearch": "tui_tuner.tuners",
    "SklearnTuner": "tui_tuner.tuners",
    "Tuner": "tui_tuner.tuners",
    "evaluate": "tui_tuner.final.evaluation",
    "load": "tui_tuner.interop.loaded",
    "retrain": "tui_tuner.final.retraining",
    "synchronized": "tui_tuner.oracles",
}

__all__ = [
    "Asha",
    "BaseTuner",
    "BayesianOptimization",
    "GridSearch",
    "HyperModel",
    "HyperParameters",
    "Hyperband",
    "Objective",
    "Oracle",
    "RandomSearch",
    "SklearnTuner",
    "Tuner",
    "__version__",
    "applications",
    "errors",
    "evaluate",
    "load",
    "oracles",
    "retrain",
    "synchronized",
    "tuners",
]


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return importlib.import_module(f"tui_tuner.{name}")
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
