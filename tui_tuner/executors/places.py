"""The places of an executor's workers: which are free, which trial runs where, how many there may be."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tui_tuner.executors.worker_process import WorkerProcess
from tui_tuner.executors.workers import WorkerSlot
from tui_tuner.worker.jobs import Job, TrialJob


@dataclass(eq=False)
class Place:
    """What is known of one worker.

    Args:
        slot: As it is planned now; its process may have been started by an earlier plan.
        process: `None` while it has not been started, or was ended and is not needed yet.
        job: What it runs or will run once it is ready.
        killed: It was ended on request and is about to go.
        failures: Deaths in a row that no job explains.
    """

    number: int
    slot: WorkerSlot
    process: WorkerProcess | None = None
    ready: bool = False
    job: Job | None = None
    killed: bool = False
    failures: int = 0
    given_up: bool = False

    @property
    def name(self) -> str:
        return self.slot.name

    @property
    def is_free(self) -> bool:
        return self.job is None and not self.given_up and not self.killed

    @property
    def is_outdated(self) -> bool:
        """Whether its process has another share of its GPU than is planned now."""
        return self.process is not None and self.process.slot.gpu_share != self.slot.gpu_share

    @property
    def readiness(self) -> int:
        """How long a job would wait here: 0 not at all, 1 for a start that is under way, 2 for a start."""
        if self.process is None:
            return 2
        return 0 if self.ready else 1

    def detach(self) -> WorkerProcess | None:
        """Let go of the process, which is nobody's concern from now on but has to be ended."""
        process, self.process, self.ready, self.killed = self.process, None, False, False
        return process


class Places:
    """All places of an executor, in their order. Not safe to use from several threads at once.

    Only what concerns all of them looks at all of them: there may be a thousand.
    """

    def __init__(self, slots: Sequence[WorkerSlot]) -> None:
        self._places: list[Place] = []
        self._count = 0
        self._given_up = 0  # of the first `_count`
        self._busy = 0
        self._trials: dict[str, Place] = {}
        self._queue: list[tuple[int, int]] = []  # readiness and number of what may be free: a heap
        self._queued: set[tuple[int, int]] = set()
        self.resize(slots)

    def __len__(self) -> int:
        """How many places there shall be; more may be there as long as they have a job."""
        return self._count

    def __iter__(self) -> Iterator[Place]:
        """The places that shall be."""
        return iter(self._places[: self._count])

    @property
    def surplus(self) -> list[Place]:
        """The places that shall not be, whether they are at work or gone."""
        return self._places[self._count :]

    @property
    def capacity(self) -> int:
        """How many jobs may run at once."""
        return self._count - self._given_up

    def is_wanted(self, place: Place) -> bool:
        return place.number < self._count

    def resize(self, slots: Sequence[WorkerSlot]) -> None:
        """Have as many places as there are slots; those that were given up get another chance."""
        for number, slot in enumerate(slots):
            if number == len(self._places):
                self._places.append(Place(number, slot))
            place = self._places[number]
            place.slot = slot
            if place.given_up:
                place.given_up, place.failures = False, 0
        self._count = len(slots)
        self._given_up = 0
        for place in self:
            self.changed(place)

    def of_trial(self, trial_id: str) -> Place | None:
        """Where a trial runs."""
        return self._trials.get(trial_id)

    def next_free(self) -> Place | None:
        """The readiest free place, `None` if there is none; it is to be used or given up."""
        if self._busy >= self.capacity:
            return None
        while self._queue:
            entry = heapq.heappop(self._queue)
            self._queued.discard(entry)
            place = self._places[entry[1]]
            if self._is_on_offer(place) and place.readiness == entry[0]:
                return place
        return None

    def assign(self, place: Place, job: Job) -> None:
        """Give a free place a job."""
        place.job = job
        self._busy += 1
        if isinstance(job, TrialJob):
            self._trials[job.trial_id] = place

    def clear(self, place: Place) -> None:
        """Take its job from a place."""
        if place.job is None:
            return
        self._busy -= 1
        if isinstance(place.job, TrialJob):
            self._trials.pop(place.job.trial_id, None)
        place.job = None
        self.changed(place)

    def give_up(self, place: Place) -> None:
        """Do not use a place any more."""
        if not place.given_up:
            place.given_up = True
            self._given_up += self.is_wanted(place)

    def changed(self, place: Place) -> None:
        """To be called when a place may have become free, or readier, or less ready."""
        entry = (place.readiness, place.number)
        if self._is_on_offer(place) and entry not in self._queued:
            self._queued.add(entry)
            heapq.heappush(self._queue, entry)

    def _is_on_offer(self, place: Place) -> bool:
        return place.is_free and self.is_wanted(place)
