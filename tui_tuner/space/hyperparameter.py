"""What all hyperparameters have in common."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Self

from tui_tuner.space.conditions import Condition
from tui_tuner.space.conditions import deserialize as deserialize_condition
from tui_tuner.space.conditions import serialize as serialize_condition
from tui_tuner.space.scalars import Scalar


class HyperParameter:
    """A named set of values, and the conditions under which it takes part in a configuration.

    Sets are either finite, with values numbered from 0, or a continuous range. A set's values also correspond to
    cumulative probabilities from 0 to 1, by which they are sampled.

    Args:
        name: Full name, name scopes included.
        default: The value to start from.
        conditions: All must hold for the hyperparameter to be active.
    """

    def __init__(self, name: str, default: Scalar | None = None, conditions: Iterable[Condition] | None = None) -> None:
        self.name = name
        self.conditions: list[Condition] = list(conditions) if conditions is not None else []
        self._default = default

    @property
    def default(self) -> Any:
        """The value to start from."""
        return self._default

    @property
    def values(self) -> Sequence[Scalar]:
        """The values that a grid search tries: all of them, or samples of those that are too many to list."""
        raise NotImplementedError

    def random_sample(self, seed: int | None = None) -> Any:
        """A random value; always the same one for the same seed."""
        return self.prob_to_value(random.Random(seed).random())

    def prob_to_value(self, prob: float) -> Any:
        """The value at a cumulative probability between 0 and 1."""
        raise NotImplementedError

    def value_to_prob(self, value: Any) -> float:
        """The cumulative probability of a value, such that `prob_to_value` leads back to it."""
        raise NotImplementedError

    @property
    def n_values(self) -> int | None:
        """How many distinct values there are; `None` for a continuous range."""
        raise NotImplementedError

    def value_at(self, index: int) -> Any:
        """The value with this number, for a finite set."""
        raise NotImplementedError

    def index_of(self, value: Any) -> int:
        """The number of a value, or of the nearest one where values have distances, for a finite set.

        Raises:
            ValueError: If the value is not in the set, and none is nearest.
        """
        raise NotImplementedError

    def contains(self, value: object) -> bool:
        """Whether the value is in the set, apart from rounding."""
        raise NotImplementedError

    def iter_values(self) -> Iterator[Any]:
        """All values of a finite set, one by one.

        Raises:
            ValueError: If the set is a continuous range.
        """
        if self.n_values is None:
            raise ValueError(f"{self.name} is continuous: its values cannot be listed.")
        return (self.value_at(index) for index in range(self.n_values))

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments, as JSON values."""
        return {
            "name": self.name,
            "default": self._default,
            "conditions": [serialize_condition(condition) for condition in self.conditions],
        }

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """The hyperparameter that `get_config` described."""
        arguments = dict(config)
        arguments["conditions"] = [deserialize_condition(condition) for condition in config.get("conditions", ())]
        return cls(**arguments)

    def to_proto(self) -> Any:
        """The hyperparameter as KerasTuner's message of its kind."""
        from tui_tuner.space.protobuf import hyperparameter_message

        return hyperparameter_message(type(self).__name__, self.get_config(), self.default)

    @classmethod
    def from_proto(cls, proto: Any) -> Self:
        """The hyperparameter that a message holds."""
        from tui_tuner.space.protobuf import hyperparameter_config

        return cls.from_config(hyperparameter_config(cls.__name__, proto))
