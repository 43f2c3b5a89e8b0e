"""What a script's host process tells the process that started it, as lines of JSON over a private socket."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Activity:
    """What the script is busy with, such as `importing tensorflow`; empty if that cannot be told."""

    text: str


@dataclass(frozen=True)
class SearchBegan:
    """`search()` was called, and `search.db` is there.

    Args:
        root: The search directory.
        overwrite: Whether the script, run again, would delete this search.
    """

    root: str
    overwrite: bool


@dataclass(frozen=True)
class SearchEnded:
    """`search()` is about to return or to raise; its state is in `search.db`."""

    root: str


@dataclass(frozen=True)
class SearchShared:
    """`search()` was called in a chief or in a worker of one: this process has no engine, and no `search.db` itself.

    Args:
        root: The search directory.
    """

    root: str
    is_chief: bool


ScriptMessage = Activity | SearchBegan | SearchEnded | SearchShared

_KINDS: dict[str, type[ScriptMessage]] = {
    kind.__name__: kind for kind in (Activity, SearchBegan, SearchEnded, SearchShared)
}


def encode(message: ScriptMessage) -> bytes:
    """One line."""
    return json.dumps({"kind": type(message).__name__, **asdict(message)}).encode() + b"\n"


def decode(line: bytes) -> ScriptMessage:
    """The message of one line."""
    fields = json.loads(line)
    return _KINDS[fields.pop("kind")](**fields)
