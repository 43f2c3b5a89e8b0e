"""What a script may say about pruning."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tui_tuner.errors import TunerError
from tui_tuner.oracles.pruners import Pruner, create_pruner

PrunerChoice = str | Mapping[str, Any] | None
"""A pruner's name, or a mapping with its `name` and its arguments, as `search.pruner` of a config."""


@dataclass(frozen=True)
class PrunerWish:
    """The pruner that a script asks for."""

    name: str = "none"
    arguments: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, choice: PrunerChoice) -> PrunerWish:
        """What was given as `pruner`.

        Raises:
            TunerError: If it is neither a name nor a mapping with one.
        """
        if choice is None:
            return cls()
        if isinstance(choice, str):
            return cls(choice)
        if not isinstance(choice, Mapping) or not isinstance(choice.get("name"), str):
            raise TunerError(
                f"`pruner` must be a name, or a mapping with a name and arguments, found: {choice!r}",
                'Such as pruner="median", or pruner={"name": "median", "min_trials": 10}.',
            )
        return cls(choice["name"], {key: value for key, value in choice.items() if key != "name"})

    @property
    def is_given(self) -> bool:
        """Whether trials are judged at all."""
        return self.name != "none"

    def make(self, direction: str) -> Pruner | None:
        """The pruner, or `None` if there is none.

        Raises:
            TunerError: If there is no such pruner, or if it does not take these arguments.
        """
        return create_pruner(self.name, direction, **self.arguments)
