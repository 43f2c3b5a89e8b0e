"""Why a configuration was proposed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any


class Reason(StrEnum):
    """What led to a configuration."""

    INITIAL = "initial"
    """Spread out, before a model is asked."""
    EXPLOIT = "exploit"
    """A model predicts that it is among the best."""
    EXPLORE = "explore"
    """A model predicts no such thing, but is so uncertain there that it may be."""
    PROMOTED = "promoted"
    """An earlier trial of this configuration did well, and this one goes on with it."""
    RANDOM = "random"
    GRID = "grid"
    """The next one of a grid."""
    SOBOL = "sobol"
    """The next one of a Sobol sequence."""
    VARIED = "varied"
    """A variation of good ones."""
    SAMPLED = "sampled"
    """By a sampler of another library, which does not say why."""
    USER = "user"
    """A person asked for it."""


@dataclass(frozen=True)
class Explanation:
    """Why a configuration was proposed, and what was expected of it.

    Args:
        reason: What led to it.
        mean: The objective that a model predicted, in its own unit; `None` if none did.
        deviation: Standard deviation of that prediction, not counting noise.
        results: How many trials had ended by then.
    """

    reason: Reason
    mean: float | None = None
    deviation: float | None = None
    results: int = 0

    def __post_init__(self) -> None:
        for name in ("mean", "deviation"):
            value = getattr(self, name)
            if value is not None and not math.isfinite(value):
                object.__setattr__(self, name, None)

    @property
    def maximised(self) -> Explanation:
        """The same of an objective that was turned around, to be minimised."""
        return self if self.mean is None else replace(self, mean=-self.mean)

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "reason": self.reason.value,
            "mean": self.mean,
            "deviation": self.deviation,
            "results": self.results,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Explanation | None:
        """What `to_json` described; `None` if a later version wrote it, with a reason that is unknown here."""
        try:
            return cls(Reason(stored["reason"]), stored["mean"], stored["deviation"], stored["results"])
        except ValueError:
            return None
