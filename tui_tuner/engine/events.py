"""What happened in a search, one frozen dataclass a kind. `events.data` in `search.db` holds the fields as JSON.

An epoch is an event too, kept in a table of its own (`epochs`) because there are so many of them; all share one
sequence of numbers.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, field, fields
from typing import Any, ClassVar

from tui_tuner.engine.view import SearchState
from tui_tuner.worker.jobs import DataSummary, LayerSummary, ModelSummary


@dataclass(frozen=True)
class Event:
    """Base of all events; `kind` is the class name in snake case."""

    kind: ClassVar[str]

    def __init_subclass__(cls) -> None:
        cls.kind = re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()

    def data(self) -> dict[str, Any]:
        """The fields as JSON values."""
        return asdict(self)


@dataclass(frozen=True)
class SearchStarted(Event):
    """An engine took the directory; `resumed` if trials were there already."""

    pid: int
    host: str
    version: str
    resumed: bool


@dataclass(frozen=True)
class StateChanged(Event):
    state: SearchState
    detail: str = ""


@dataclass(frozen=True)
class SpaceChanged(Event):
    """The search space grew or was seen for the first time; `names` are the new hyperparameters."""

    names: tuple[str, ...]


@dataclass(frozen=True)
class TunerChosen(Event):
    """A search that left the choice open has chosen its algorithm, for this reason."""

    tuner: str
    why: str


@dataclass(frozen=True)
class DataPrepared(Event):
    summary: DataSummary


@dataclass(frozen=True)
class WorkerStarted(Event):
    worker: str
    pid: int
    device: str


@dataclass(frozen=True)
class WorkerLost(Event):
    worker: str
    message: str


@dataclass(frozen=True)
class WorkerEnded(Event):
    """It was ended on purpose."""

    worker: str


@dataclass(frozen=True)
class TrialCreated(Event):
    pass


@dataclass(frozen=True)
class TrialStarted(Event):
    """A trial runs, for the first time or again.

    `began_s` is for how long the search had been active, less what earlier runs had trained of it that were cut off: by
    it the trial's duration is told while it runs. Older files do not say it.
    """

    worker: str
    attempt: int
    began_s: float | None = None


@dataclass(frozen=True)
class ModelBuilt(Event):
    summary: ModelSummary


@dataclass(frozen=True)
class TrialResumed(Event):
    """The trial goes on from what an earlier attempt saved; its next epoch is `epoch` of `execution`, from 0."""

    execution: int
    epoch: int


@dataclass(frozen=True)
class TrialPruned(Event):
    """A pruner has decided that the trial ends with this epoch, for this reason. Epoch and execution count from 0."""

    reason: str
    attempt: int
    execution: int
    epoch: int


@dataclass(frozen=True)
class TrialEnded(Event):
    status: str
    score: float | None
    message: str = ""


@dataclass(frozen=True)
class TrialRequeued(Event):
    """The trial was cut off: it will go on from what it saved, or be run again."""

    reason: str


@dataclass(frozen=True)
class BestChanged(Event):
    score: float


@dataclass(frozen=True)
class BestEvaluated(Event):
    metrics: dict[str, float]


@dataclass(frozen=True)
class CommandAnswered(Event):
    """A person's request was carried out (`ok`), or why it was not."""

    command: str
    who: str
    answer: str
    ok: bool = True
    arguments: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Warned(Event):
    """Something a person should know, and what to do about it where something can be done."""

    message: str
    fix: str = ""


def model_summary_from_data(data: dict[str, Any]) -> ModelSummary:
    """The `ModelSummary` of a stored `ModelBuilt` event."""
    summary: dict[str, Any] = data["summary"]
    layers = tuple(LayerSummary(**layer) for layer in summary["layers"])
    return ModelSummary(**{**summary, "layers": layers})


def data_summary_from_data(data: dict[str, Any]) -> DataSummary:
    """The `DataSummary` of a stored `DataPrepared` event."""
    known = {part.name for part in fields(DataSummary)}
    summary = {key: value for key, value in data["summary"].items() if key in known}
    return DataSummary(**{**summary, "notes": tuple(summary.get("notes", ()))})
