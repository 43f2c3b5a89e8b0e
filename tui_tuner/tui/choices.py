"""What a person has chosen for the view of one search: columns, order, hidden panes, the metric."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tui_tuner.system.person_file import PersonFile


class Choices:
    """The choices for one search, by section: each pane has one of its own.

    What is read may have been written by another version, or by hand: a reader takes what it understands.

    Args:
        root: The search directory; `None`: kept only as long as this object.
    """

    def __init__(self, root: Path | None = None) -> None:
        self._file = None if root is None else PersonFile(root, "choices")
        self._sections: dict[str, Any] | None = None

    def read(self, section: str) -> dict[str, Any]:
        """What was kept in a section; empty if nothing was."""
        stored = self._all().get(section)
        return dict(stored) if isinstance(stored, dict) else {}

    def keep(self, section: str, values: Mapping[str, Any]) -> None:
        """Keep these values, which JSON can say, in place of the section's last. Costs nothing if they are the same."""
        if self.read(section) == dict(values):
            return
        self._all()[section] = dict(values)
        if self._file is not None:
            self._file.write(self._all())

    def _all(self) -> dict[str, Any]:
        if self._sections is None:
            self._sections = self._file.read() if self._file is not None else {}
        return self._sections
