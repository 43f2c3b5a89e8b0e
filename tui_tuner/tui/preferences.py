"""What a person has chosen for every search: the colours, and whether they are told what happens."""

from __future__ import annotations

import contextlib
from typing import Any

from tui_tuner.system.person_file import read_json, write_json
from tui_tuner.system.user_state import user_state_folder


class Preferences:
    """One small file. Where nothing can be read or written, nothing is remembered.

    Attributes:
        keeps: Whether choices are written; else they hold as long as this object.
    """

    def __init__(self) -> None:
        self._file = user_state_folder() / "preferences.json"
        self.keeps = True
        self._stored: dict[str, Any] | None = None

    @property
    def theme(self) -> str | None:
        """The name of the theme that was chosen, if one was; there may be no such theme here."""
        theme = self._all().get("theme")
        return theme if isinstance(theme, str) else None

    def choose_theme(self, name: str) -> None:
        """Keep this theme."""
        if name != self.theme:
            self._keep("theme", name)

    @property
    def quiet(self) -> bool:
        """Whether no notifications shall be sent to the terminal."""
        return self._all().get("quiet") is True

    def choose_quiet(self, quiet: bool) -> None:
        """Keep whether notifications shall be sent."""
        if quiet != self.quiet:
            self._keep("quiet", quiet)

    def _keep(self, key: str, value: object) -> None:
        self._all()[key] = value
        if not self.keeps:
            return
        with contextlib.suppress(OSError):
            write_json(self._file, self._all())

    def _all(self) -> dict[str, Any]:
        if self._stored is None:
            self._stored = read_json(self._file)
        return self._stored
