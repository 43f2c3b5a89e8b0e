"""The search space: hyperparameters of five kinds, the conditions that link them, and their values."""

from tui_tuner.space.boolean import Boolean
from tui_tuner.space.choice import Choice
from tui_tuner.space.conditions import Condition, Parent
from tui_tuner.space.explore import explore
from tui_tuner.space.fixed import Fixed
from tui_tuner.space.floating import Float
from tui_tuner.space.hyperparameter import HyperParameter
from tui_tuner.space.hyperparameters import HyperParameters
from tui_tuner.space.integer import Int
from tui_tuner.space.serialization import deserialize, serialize

__all__ = [
    "Boolean",
    "Choice",
    "Condition",
    "Fixed",
    "Float",
    "HyperParameter",
    "HyperParameters",
    "Int",
    "Parent",
    "deserialize",
    "explore",
    "serialize",
]
