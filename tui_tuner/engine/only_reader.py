"""Reads a search for somebody who may only look."""

from __future__ import annotations

from tui_tuner.engine.commands import Command
from tui_tuner.engine.reader import SearchReader
from tui_tuner.errors import TunerError


class OnlyReader(SearchReader):
    """A `SearchSource` that refuses whatever would change the search, also where a screen has forgotten to."""

    def send(self, command: Command) -> int:
        """Refuse a request.

        Raises:
            TunerError: Always.
        """
        raise _refusal()

    def note(self, trial_id: str, text: str) -> None:
        """Refuse a note.

        Raises:
            TunerError: Always.
        """
        raise _refusal()


def _refusal() -> TunerError:
    return TunerError("This view is read-only: nothing can be changed from here.")
