"""One place for a worker on a cluster, and what is to be sent and told about all of them."""

from __future__ import annotations

from dataclasses import dataclass, field

from tui_tuner.executors.ray_messages import FromEngine
from tui_tuner.executors.ray_resources import Resources
from tui_tuner.worker.jobs import Job, TrialJob
from tui_tuner.worker.messages import SetControl
from tui_tuner.worker.reports import Report


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
