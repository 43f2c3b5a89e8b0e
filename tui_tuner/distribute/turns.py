"""Which search of a script is meant: chief and workers run the same one, and not all are equally far in it."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import Enum

from tui_tuner.distribute.environment import Role


@dataclass(frozen=True)
class Turn:
    """One search of all that a process has begun.

    Args:
        name: The name of its project.
        again: How many searches of this name the process has begun before.
        number: How many searches it has begun before.
    """

    name: str
    again: int
    number: int

    def to_text(self) -> str:
        """A form for messages."""
        return json.dumps(asdict(self))

    @classmethod
    def from_text(cls, text: str) -> Turn | None:
        """The turn that `to_text` wrote; `None` for anything else."""
        try:
            fields = json.loads(text)
            return cls(str(fields["name"]), int(fields["again"]), int(fields["number"]))
        except (ValueError, KeyError, TypeError):
            return None


class Place(Enum):
    """Where a worker's search is, seen from the chief."""

    NOW = "now"
    OVER = "over"
    LATER = "later"


def place_of(turn: Turn, begun: Sequence[Turn]) -> Place:
    """Where a worker's search is.

    Searches are told apart by their names. A name that the chief has not had is another search's, or the same one's
    where each process makes one up (from the time, say): then their numbers tell.

    Args:
        turn: The worker's.
        begun: The chief's, in their order; the last one is the present one.
    """
    now = begun[-1]
    same = [each for each in begun if each.name == turn.name]
    if not same:
        ahead, last = turn.number - now.number, now
    else:
        ahead, last = turn.again - same[-1].again, same[-1]
    if ahead > 0:
        return Place.LATER
    return Place.NOW if ahead == 0 and last is now else Place.OVER


class Turns:
    """Counts the searches that this process begins, for each role that it has."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._begun: dict[tuple[str, str], list[Turn]] = {}

    def begin(self, role: Role, name: str) -> tuple[Turn, ...]:
        """Note that a search of this name begins; all that have begun, it last."""
        with self._lock:
            begun = self._begun.setdefault((role.target, role.tuner_id), [])
            begun.append(Turn(name, sum(each.name == name for each in begun), len(begun)))
            return tuple(begun)


TURNS = Turns()
"""Those of this process."""
