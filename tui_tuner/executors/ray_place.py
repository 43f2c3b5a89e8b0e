"""One place for a worker on a cluster, and what is to be sent and told about all of them."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tui_tuner.executors.ray_messages import CloseSlot, FromEngine, OpenSlot
from tui_tuner.executors.ray_resources import Resources
from tui_tuner.worker.jobs import Job, TrialJob
from tui_tuner.worker.messages import ENDED, SetControl
from tui_tuner.worker.reports import Report, WorkerStatus


@dataclass
class Place:
    """The place of one worker.

    Args:
        slot: The number of its slot in the cluster; `None` if it has none now.
        machine: Id of the node, once the slot is there.
        resources: What the slot takes.
        job: What it runs, or will run once the slot is there.
        wish: The latest wish for a trial whose slot is not there yet.
        killed: Its trial was ended on request.
        since: When it began to wait for its slot, by the monotonic clock.
        told: When people were last told that its job waits.
    """

    worker: str
    resources: Resources
    slot: int | None = None
    machine: str | None = None
    shares_files: bool = False
    ready: bool = False
    job: Job | None = None
    wish: SetControl | None = None
    killed: bool = False
    failures: int = 0
    since: float = 0.0
    told: float = 0.0

    @property
    def is_open(self) -> bool:
        return self.machine is not None

    @property
    def is_errand(self) -> bool:
        """Whether its slot takes nothing: one on the engine's machine, made for a single job."""
        return self.slot is not None and not self.resources

    @property
    def trial_id(self) -> str | None:
        return self.job.trial_id if isinstance(self.job, TrialJob) else None


@dataclass
class Outgoing:
    """What is to be sent to the bridge and told to the engine, each in order."""

    messages: list[FromEngine] = field(default_factory=list)
    reports: list[Report] = field(default_factory=list)

    def take(self) -> tuple[list[FromEngine], list[Report]]:
        """All of it; nothing is left."""
        taken = self.messages[:], self.reports[:]
        self.messages.clear()
        self.reports.clear()
        return taken


class Slots:
    """Which slot belongs to which place. Opening and closing them is told to the bridge.

    Args:
        out: Where messages and reports go.
        clock: Seconds, monotonic.
    """

    def __init__(self, out: Outgoing, clock: Callable[[], float]) -> None:
        self._out = out
        self._clock = clock
        self._places: dict[int, Place] = {}
        self._numbers = itertools.count()

    def place_at(self, slot: int) -> Place | None:
        """Whose slot it is; `None` if it was closed meanwhile."""
        return self._places.get(slot)

    def open(self, place: Place, resources: Mapping[str, float], at_home: bool = False) -> None:
        """Ask for a slot."""
        place.slot = next(self._numbers)
        place.resources = dict(resources)
        place.since = place.told = self._clock()
        self._places[place.slot] = place
        self._out.messages.append(OpenSlot(place.slot, place.worker, dict(resources), at_home))

    def close(self, place: Place) -> None:
        """Give back the place's slot, if it has one."""
        if place.slot is not None:
            self._out.messages.append(CloseSlot(place.slot))
            if place.is_open:
                self._out.reports.append(WorkerStatus(place.worker, ENDED))
        self.forget(place)

    def forget(self, place: Place) -> None:
        """The place's slot is gone."""
        if place.slot is not None:
            del self._places[place.slot]
        place.slot, place.machine, place.shares_files, place.ready = None, None, False, False
