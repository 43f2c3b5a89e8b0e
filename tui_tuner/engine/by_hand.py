"""What a person has changed of the plan while the search ran, and that a resume keeps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_KEY = "by_hand"


class ByHand:
    """The budget as the config has it, and as a person has changed it since.

    A change lasts for as long as the config says what it said then: a config that is changed afterwards is the later
    word.

    Args:
        planned: The values of the config by name.
        meta: All of `meta`.
    """

    def __init__(self, planned: Mapping[str, Any], meta: Mapping[str, Any]) -> None:
        self._planned = dict(planned)
        stored: Mapping[str, Any] = meta.get(_KEY, {})
        self._changed = {
            name: change
            for name, change in stored.items()
            if name in self._planned and change["instead_of"] == self._planned[name]
        }

    def __getitem__(self, name: str) -> Any:
        return self._changed[name]["value"] if name in self._changed else self._planned[name]

    def plan(self, name: str, value: Any) -> None:
        """Change the plan itself, where it follows from what was not known before."""
        self._planned[name] = value

    def is_changed(self, name: str) -> bool:
        return name in self._changed

    def change(self, name: str, value: Any) -> None:
        self._changed[name] = {"instead_of": self._planned[name], "value": value}

    def meta(self) -> Mapping[str, Any]:
        """What is to be stored, as keys of `meta`."""
        return {_KEY: self._changed}
