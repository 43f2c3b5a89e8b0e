"""Configurations that a person wants to see tried."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tui_tuner.space.scalars import Scalar


@dataclass(frozen=True)
class Wish:
    """A configuration that will be run before anything is proposed.

    Args:
        values: By name; what is missing gets its default.
        origin: Whose wish it is, as in `Trial.origin`.
        rerun_of: The trial that it repeats.
    """

    values: Mapping[str, Scalar]
    origin: str
    rerun_of: str | None = None

    def to_json(self) -> dict[str, Any]:
        """The wish as JSON values."""
        return {"values": dict(self.values), "origin": self.origin, "rerun_of": self.rerun_of}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Wish:
        """The wish that `to_json` described."""
        return cls(dict(stored["values"]), stored["origin"], stored["rerun_of"])
