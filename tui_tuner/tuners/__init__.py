"""KerasTuner's tuners, thin, on top of the engine: a search in a script of the user's own."""

from tui_tuner.tuners.asha import Asha
from tui_tuner.tuners.base_tuner import BaseTuner
from tui_tuner.tuners.bayesian_optimization import BayesianOptimization
from tui_tuner.tuners.grid_search import GridSearch
from tui_tuner.tuners.hyperband import Hyperband
from tui_tuner.tuners.hypermodel import HyperModel
from tui_tuner.tuners.random_search import RandomSearch
from tui_tuner.tuners.sklearn_tuner import SklearnTuner
from tui_tuner.tuners.tuner import Tuner

__all__ = [
    "Asha",
    "BaseTuner",
    "BayesianOptimization",
    "GridSearch",
    "HyperModel",
    "Hyperband",
    "RandomSearch",
    "SklearnTuner",
    "Tuner",
]
