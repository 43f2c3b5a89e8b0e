"""Which trials are at work, and in which of the oracle's slots."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from tui_tuner.worker.jobs import Control


@dataclass
class _Run:
    """One trial at work.

    Args:
        ending: Why it was told to end with its epoch: a pause does not concern it any more. `None` if it was not told.
        given_up: Why it was ended for good, as a failure; empty if it was not.
        wish: What it was last told to do.
    """

    slot: int
    ending: str | None = field(default=None)
    given_up: str = ""
    wish: Control = Control.RUN


class RunningTrials:
    """The trials that the executor runs now, and those that wait to be run again.

    The oracle knows whoever asks for trials by a name (KerasTuner's `tuner_id`): here a slot, of which there are as
    many as trials run at once. A trial keeps its slot while it waits to be run again.
    """

    def __init__(self) -> None:
        self._runs: dict[str, _Run] = {}
        self._waiting: deque[tuple[str, int]] = deque()
        self._free: list[int] = []
        self._slots = 0
        self._lost_before: set[str] = set()
        self._resumed_at: dict[str, tuple[int, int]] = {}
        self._skipped: set[str] = set()  # by a person, and cut off before they ended

    def __len__(self) -> int:
        return len(self._runs)

    def __contains__(self, trial_id: object) -> bool:
        return trial_id in self._runs

    def __iter__(self) -> Iterator[str]:
        return iter(tuple(self._runs))

    def take_slot(self) -> int:
        """A slot that no trial holds, the lowest there is."""
        if self._free:
            return heapq.heappop(self._free)
        self._slots += 1
        return self._slots - 1

    def return_slot(self, slot: int) -> None:
        """No trial came into this slot after all."""
        heapq.heappush(self._free, slot)

    def start(self, trial_id: str, slot: int) -> None:
        """The trial is at work; one that a person has told to end before it was cut off still is to end."""
        self._runs[trial_id] = _Run(slot)
        if trial_id in self._skipped:
            self._skipped.discard(trial_id)
            self.tell_to_end(trial_id)

    def end(self, trial_id: str) -> None:
        self.return_slot(self._runs.pop(trial_id).slot)

    def tell_to_end(self, trial_id: str, reason: str = "") -> None:
        """Remember that the trial is told to end with its epoch, and why."""
        self._runs[trial_id].ending = reason
        self._runs[trial_id].wish = Control.SKIP

    def goes_on(self, trial_id: str) -> bool:
        """Whether the trial was not told to end with its epoch."""
        return self._runs[trial_id].ending is None

    def reason_to_end(self, trial_id: str) -> str:
        """Why the trial was told to end; empty if a person wanted it, or nobody did."""
        return self._runs[trial_id].ending or ""

    def not_ending(self) -> list[str]:
        """The trials that were not told to end with their epoch."""
        return [trial_id for trial_id, run in self._runs.items() if run.ending is None]

    def tell(self, trial_id: str, wish: Control) -> None:
        """Remember what the trial is told to do."""
        self._runs[trial_id].wish = wish

    def wish(self, trial_id: str) -> Control:
        """What the trial was last told to do."""
        return self._runs[trial_id].wish

    def give_up(self, trial_id: str, reason: str) -> None:
        """Remember that the trial was ended because it can come to nothing."""
        self._runs[trial_id].given_up = reason

    def reason_to_give_up(self, trial_id: str) -> str:
        """Why the trial was given up; empty if it was not."""
        return self._runs[trial_id].given_up

    def put_back(self, trial_id: str) -> None:
        """The trial was cut off and waits to be run again, in its slot."""
        run = self._runs.pop(trial_id)
        if run.ending == "":  # what a pruner has decided, it knows itself
            self._skipped.add(trial_id)
        self.wait(trial_id, run.slot)

    def wait(self, trial_id: str, slot: int) -> None:
        """The trial could not be handed out, and waits in its slot."""
        self._waiting.append((trial_id, slot))

    def lose(self, trial_id: str) -> bool:
        """Note that the trial's worker is gone; whether the trial will be run again.

        Once may be bad luck; a trial that loses its worker twice, and has not come further in between, is the cause.
        """
        if trial_id in self._lost_before:
            return False
        self._lost_before.add(trial_id)
        self.put_back(trial_id)
        return True

    def resumed(self, trial_id: str, execution: int, epoch: int) -> None:
        """The trial goes on from here; if it has come further than before, earlier losses say nothing about it."""
        if (execution, epoch) > self._resumed_at.get(trial_id, (0, 0)):
            self._resumed_at[trial_id] = (execution, epoch)
            self._lost_before.discard(trial_id)

    @property
    def has_waiting(self) -> bool:
        """Whether a trial waits to be handed out."""
        return bool(self._waiting)

    def next_waiting(self) -> tuple[str, int] | None:
        """The next trial that waits to be handed out, with its slot."""
        return self._waiting.popleft() if self._waiting else None
