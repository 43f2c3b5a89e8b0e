"""What the engine and its bridge to a Ray cluster send each other, beside jobs and reports.

A slot is named by a number that is used once: what an earlier slot of the same worker still says is told apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tui_tuner.executors.ray_resources import Machine, Resources
from tui_tuner.worker.jobs import Job, Task
from tui_tuner.worker.messages import SetControl
from tui_tuner.worker.reports import Report


@dataclass(frozen=True)
class Connect:
    """The first message to the bridge.

    Args:
        address: The cluster to join, or `None` to start a local one.
        local_cpus: How many CPUs a local Ray has at least, whatever this machine has.
        environment: Variables that workers get on every machine.
        worker_memory_mib: Main memory beyond which a worker is replaced, in MiB; `None` for its share of the machine's.
        separate_files: Treat every node as one that does not see the search directory; `None`: find out.
        resource_function: Reference of the user's function that says what a trial takes, or `None`.
    """

    task: Task
    address: str | None
    local_cpus: int = 1
    environment: Mapping[str, str] = field(default_factory=dict)
    worker_memory_mib: float | None = None
    separate_files: bool | None = None
    resource_function: str | None = None


@dataclass(frozen=True)
class OpenSlot:
    """Have a slot somewhere in the cluster.

    Args:
        at_home: On the engine's own machine if it has room at all.
    """

    slot: int
    worker: str
    resources: Resources
    at_home: bool = False


@dataclass(frozen=True)
class CloseSlot:
    """End the slot's worker and give back what it took."""

    slot: int


@dataclass(frozen=True)
class KillTrial:
    """End the worker that runs the trial."""

    trial_id: str


@dataclass(frozen=True)
class ReleaseWorker:
    """End the worker until its next job."""


@dataclass(frozen=True)
class ToSlot:
    """Pass something on to a slot."""

    slot: int
    content: Job | SetControl | KillTrial | ReleaseWorker


@dataclass(frozen=True)
class AskNeeds:
    """Ask the user's function what a trial takes."""

    trial_id: str
    values: Mapping[str, Any]


FromEngine = OpenSlot | CloseSlot | ToSlot | AskNeeds


@dataclass(frozen=True)
class ClusterIs:
    """The cluster's machines, at first and whenever they change.

    Args:
        join: The line that joins a machine; empty for a local cluster.
    """

    machines: tuple[Machine, ...]
    join: str = ""


@dataclass(frozen=True)
class ClusterFailed:
    """There is no cluster; the bridge ends."""

    message: str


@dataclass(frozen=True)
class SlotOpened:
    """The slot is there.

    Args:
        shares_files: Whether its machine sees the search directory.
    """

    slot: int
    node_id: str
    shares_files: bool


@dataclass(frozen=True)
class SlotReported:
    """What a slot's worker has reported, in order.

    Args:
        given_up: The worker cannot be started any more.
    """

    slot: int
    reports: tuple[Report, ...]
    given_up: bool = False


@dataclass(frozen=True)
class SlotLost:
    """The slot is gone without having been closed."""

    slot: int
    message: str
    blameless: bool


@dataclass(frozen=True)
class Needs:
    """What a trial takes beside the usual, or why that cannot be told."""

    trial_id: str
    resources: Resources
    error: str = ""


FromBridge = ClusterIs | ClusterFailed | SlotOpened | SlotReported | SlotLost | Needs
