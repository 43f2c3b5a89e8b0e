"""KerasTuner's base class of objects that are kept in a file, for libraries that derive from it."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from tui_tuner.oracles.json_files import read_json, write_json


class Stateful(ABC):
    """An object whose state is JSON values. Subclasses say what it is."""

    @abstractmethod
    def get_state(self) -> dict[str, Any]:
        """The state, as JSON values."""

    @abstractmethod
    def set_state(self, state: Mapping[str, Any]) -> None:
        """Take over what `get_state` returned."""

    def save(self, fname: str | os.PathLike[str]) -> None:
        """Write the state to a file, in one step."""
        write_json(fname, self.get_state())

    def reload(self, fname: str | os.PathLike[str]) -> None:
        """Take over what a file holds.

        Raises:
            OSError: If the file cannot be read.
            ValueError: If it is not whole.
        """
        self.set_state(read_json(fname))
