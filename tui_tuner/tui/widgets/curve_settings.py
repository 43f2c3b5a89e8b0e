"""How a person wants the curves drawn: kept for each search."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, TypeVar

from tui_tuner.analysis.curves import Over

SMOOTHINGS = (0.0, 0.6, 0.9, 0.97)
"""Weights of the moving average."""


class Kinds(StrEnum):
    """Which curves of a metric are drawn."""

    BOTH = "both"
    VALIDATION = "validation"
    TRAINING = "training"


Limits = tuple[float | None, float | None]
"""Lower and upper end of an axis; `None` where the values decide."""

NO_LIMITS: Limits = (None, None)


@dataclass(frozen=True)
class CurveSettings:
    """What is the same for all trials.

    Args:
        metric: Without `val_`; the search's first where a trial has no such metric.
        smoothing: Weight of the moving average, one of `SMOOTHINGS`.
        clip: Whether outliers are left out of sight.
        guides: Whether the best trial and the pruner's line are drawn.
        limits: By metric, without `val_`.
    """

    metric: str = ""
    log: bool = False
    smoothing: float = 0.0
    over: Over = Over.EPOCH
    clip: bool = False
    kinds: Kinds = Kinds.BOTH
    guides: bool = True
    limits: Mapping[str, Limits] = field(default_factory=dict)

    def with_limits(self, metric: str, limits: Limits) -> CurveSettings:
        """These, with other limits for a metric."""
        others = {name: kept for name, kept in self.limits.items() if name != metric}
        return replace(self, limits=others if limits == NO_LIMITS else {**others, metric: limits})

    def to_choices(self) -> dict[str, Any]:
        """For `Choices`."""
        return {
            "metric": self.metric,
            "log": self.log,
            "smoothing": self.smoothing,
            "over": self.over.value,
            "clip": self.clip,
            "kinds": self.kinds.value,
            "guides": self.guides,
            "limits": {name: list(limits) for name, limits in self.limits.items()},
        }

    @classmethod
    def from_choices(cls, stored: Mapping[str, Any]) -> CurveSettings:
        """What `to_choices` gave; what is not understood is left as it is by default."""
        limits = stored.get("limits")
        return cls(
            metric=metric if isinstance(metric := stored.get("metric"), str) else "",
            log=stored.get("log") is True,
            smoothing=smoothing if (smoothing := stored.get("smoothing")) in SMOOTHINGS else 0.0,
            over=_member(Over, stored.get("over"), Over.EPOCH),
            clip=stored.get("clip") is True,
            kinds=_member(Kinds, stored.get("kinds"), Kinds.BOTH),
            guides=stored.get("guides") is not False,
            limits={
                name: found
                for name, pair in (limits.items() if isinstance(limits, dict) else ())
                if (found := _limits(pair)) is not None
            },
        )


Member = TypeVar("Member", bound=StrEnum)


def following(member: Member) -> Member:
    """The next one of an enumeration, round and round."""
    members = list(type(member))
    return members[(members.index(member) + 1) % len(members)]


def _member(kind: type[Member], stored: object, default: Member) -> Member:
    return next((member for member in kind if member.value == stored), default)


def _limits(pair: object) -> Limits | None:
    if not isinstance(pair, list) or len(pair) != 2 or not all(map(_is_limit, pair)):
        return None
    low, high = pair
    return None if low is not None and high is not None and low >= high else (low, high)


def _is_limit(value: object) -> bool:
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value))
