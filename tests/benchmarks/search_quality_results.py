"""What benchmarks of searches found, kept in files."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

AFTER = (10, 25, 50, 100)
"""Numbers of trials that searches have, and after which they are compared."""


class Results:
    """What is known already, in a file of JSON lines that grows as searches end.

    Args:
        file: `None` keeps nothing.
    """

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._known: dict[str, list[float]] = {}
        if file is not None and file.is_file():
            for line in file.read_text().splitlines():
                key, values = json.loads(line)
                self._known[key] = values

    def all(self) -> Iterable[list[float]]:
        return self._known.values()

    def longest(self, key: Sequence[object]) -> list[float] | None:
        """What is known of a search, by a key with the number of its trials in fifth place; it may have fewer."""
        for trials in (key[4], *reversed(AFTER)):
            known = self._known.get(json.dumps([*key[:4], trials, *key[5:]]))
            if known is not None:
                return known[: int(str(key[4]))]
        return None

    def get(self, key: Sequence[object], find: Callable[[], Sequence[float]]) -> list[float]:
        """What is known under a key, found now if it is not."""
        text = json.dumps(list(key))
        if text not in self._known:
            self._known[text] = list(map(float, find()))
            if self._file is not None:
                with self._file.open("a") as file:
                    file.write(json.dumps([text, self._known[text]]) + "\n")
        return self._known[text]
