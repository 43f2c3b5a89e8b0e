"""What a worker tells the engine. Plain data: importing it loads neither Keras nor numpy.

Metrics are Python floats by metric name, as Keras logs them (`loss`, `val_accuracy`); they may be NaN or infinite.
Times are seconds since the epoch, durations are seconds. Epochs count from 0, as Keras counts them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from tui_tuner.worker.jobs import DataSummary, Finding, HyperParametersConfig, ModelSummary


@dataclass(frozen=True)
class WorkerStarted:
    """A worker is there. `device` is what people read: `CPU`, `GPU 0`."""

    worker: str
    pid: int
    device: str


@dataclass(frozen=True)
class WorkerStatus:
    """What a worker is busy with while no trial runs: `importing tensorflow`, `loading data`."""

    worker: str
    activity: str


@dataclass(frozen=True)
class WorkerLost:
    """A worker ended without being asked to.

    Args:
        trial_id: The trial it was running, if any.
        blameless: Whether the trial cannot be the cause: its machine is gone, or its place was taken away.
    """

    worker: str
    trial_id: str | None
    message: str
    blameless: bool = False


@dataclass(frozen=True)
class Prepared:
    """A `PrepareJob` is done: the discovered search space, the data, and what would spoil the search."""

    worker: str
    hyperparameters: HyperParametersConfig
    data: DataSummary
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class JobFailed:
    """A `PrepareJob` or an `EvaluateJob` raised. `message` is one line; `traceback` is the whole of it.

    Args:
        no_room: Whether it found no room on the disk, and may be done once there is some.
    """

    worker: str
    job: str
    message: str
    traceback: str
    no_room: bool = False


@dataclass(frozen=True)
class ModelBuilt:
    worker: str
    trial_id: str
    attempt: int
    summary: ModelSummary


@dataclass(frozen=True)
class TrialResumed:
    """A trial goes on from what an earlier attempt saved; its next epoch is `epoch` of `execution`."""

    worker: str
    trial_id: str
    attempt: int
    execution: int
    epoch: int


@dataclass(frozen=True)
class EpochEnded:
    worker: str
    trial_id: str
    attempt: int
    execution: int
    epoch: int
    metrics: Mapping[str, float]
    time: float
    duration_s: float


class Outcome(StrEnum):
    """How a run of a trial ended."""

    COMPLETED = "completed"
    FAILED = "failed"
    """`FailedTrialError`: not retried."""
    INVALID = "invalid"
    """Any other exception: retried while retries are left."""
    FATAL = "fatal"
    """`FatalError`: the search ends."""
    SKIPPED = "skipped"
    STOPPED = "stopped"


@dataclass(frozen=True)
class ExecutionResult:
    """One build-and-fit: the metrics of its best epoch by the objective."""

    metrics: Mapping[str, float]
    best_epoch: int


@dataclass(frozen=True)
class TrialEnded:
    """A `TrialJob` is over.

    Args:
        hyperparameters: The trial's `HyperParameters` after the build, with what the build added; `None` if the build
            never ran.
        executions: The finished executions, in order; for a skipped trial also the one that was cut short.
        message: Empty, one line, or a traceback.
        no_room: Whether it was cut off (`STOPPED`) because it found no room on the disk.
    """

    worker: str
    trial_id: str
    attempt: int
    outcome: Outcome
    executions: tuple[ExecutionResult, ...] = ()
    hyperparameters: HyperParametersConfig | None = None
    message: str = ""
    no_room: bool = False


@dataclass(frozen=True)
class Evaluated:
    """An `EvaluateJob` is done.

    Args:
        metrics: Empty where there is no test data.
        warning: What people should know of how the best model was written; empty if all is as they expect.
    """

    worker: str
    trial_id: str
    metrics: Mapping[str, float]
    warning: str = ""


Report = (
    WorkerStarted
    | WorkerStatus
    | WorkerLost
    | Prepared
    | JobFailed
    | ModelBuilt
    | TrialResumed
    | EpochEnded
    | TrialEnded
    | Evaluated
)
