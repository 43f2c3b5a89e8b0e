"""Which trials are at work, and in which of the oracle's slots."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator


class RunningTrials:
    """The trials that the executor runs now, and those that it lost and will run again.

    The oracle knows whoever asks for trials by a name (KerasTuner's `tuner_id`): here a slot, of which there are as
    many as trials run at once. A trial keeps its slot while it waits to be run again.
    """

    def __init__(self) -> None:
        self._slots: dict[str, str] = {}
        self._lost: deque[tuple[str, str]] = deque()
        self._lost_before: set[str] = set()
        self._skipped: set[str] = set()

    def __len__(self) -> int:
        return len(self._slots)

    def __contains__(self, trial_id: object) -> bool:
        return trial_id in self._slots

    def __iter__(self) -> Iterator[str]:
        return iter(tuple(self._slots))

    def free_slot(self) -> str:
        """A slot that no trial holds."""
        taken = {*self._slots.values(), *(slot for _, slot in self._lost)}
        return next(slot for slot in (f"slot{n}" for n in range(len(taken) + 1)) if slot not in taken)

    def start(self, trial_id: str, slot: str) -> None:
        self._slots[trial_id] = slot

    def end(self, trial_id: str) -> None:
        del self._slots[trial_id]
        self._skipped.discard(trial_id)

    def skip(self, trial_id: str) -> None:
        """Remember that the trial was asked to end: a pause does not concern it any more."""
        self._skipped.add(trial_id)

    def not_skipped(self) -> list[str]:
        return [trial_id for trial_id in self._slots if trial_id not in self._skipped]

    def lose(self, trial_id: str) -> bool:
        """Note that the trial's worker is gone; whether the trial will be run again.

        Once may be bad luck; a trial that loses its worker twice is the cause.
        """
        if trial_id in self._lost_before:
            return False
        self._lost_before.add(trial_id)
        self._lost.append((trial_id, self._slots[trial_id]))
        self.end(trial_id)
        return True

    def next_lost(self) -> tuple[str, str] | None:
        """The next trial to run again, with its slot."""
        return self._lost.popleft() if self._lost else None
