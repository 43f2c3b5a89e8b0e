"""How far a trial has come: what another attempt needs, beside the model, to go on as if nothing had happened."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tui_tuner.worker.checkpoints import BestSoFar, BestWhere
from tui_tuner.worker.jobs import TrialJob
from tui_tuner.worker.reports import EpochEnded, ExecutionResult

_VERSION = 1

TAIL = 200
"""How many of the latest epochs are saved: more than an engine can be behind."""


@dataclass(frozen=True)
class CallbackState:
    """What the training has changed in a callback: plain values by attribute."""

    kind: str
    changed: Mapping[str, Any]


@dataclass(frozen=True)
class Progress:
    """Where a trial stands after an epoch, or between two of its executions.

    Args:
        values: The trial's hyperparameters when it was handed out.
        execution: The execution that goes on.
        epoch: Its next epoch; `None` if it has not begun, so that there is no model to go on with.
        stopped: Whether a callback has ended its training.
        finished: The results of the executions before it.
        result: Its best epoch so far.
        seen: Names of the metrics that it has reported.
        best: Where the best weights of the trial are.
        callbacks: The callbacks of the execution, in their order.
        generators: The states of the random numbers of the process.
        tail: The latest epochs, as they were reported: an engine that was killed may not have stored them.
    """

    values: Mapping[str, Any]
    execution: int
    epoch: int | None
    stopped: bool
    finished: tuple[ExecutionResult, ...]
    result: ExecutionResult | None
    seen: tuple[str, ...]
    best: BestSoFar
    callbacks: tuple[CallbackState, ...]
    generators: Mapping[str, Any]
    tail: tuple[EpochEnded, ...] = ()

    def fits(self, values: Mapping[str, Any]) -> bool:
        """Whether a trial with these hyperparameters is the one that was saved."""
        return all(name in values and values[name] == value for name, value in self.values.items())

    def plain(self) -> dict[str, Any]:
        """As values that can be stored (`plain_state`)."""
        return {
            "version": _VERSION,
            "values": json.dumps(dict(self.values), sort_keys=True),
            "execution": self.execution,
            "epoch": self.epoch,
            "stopped": self.stopped,
            "finished": [_plain_result(each) for each in self.finished],
            "result": None if self.result is None else _plain_result(self.result),
            "seen": list(self.seen),
            "best": {"score": self.best.score, "where": self.best.where.value, "weights": self.best.weights},
            "callbacks": [{"kind": each.kind, "changed": dict(each.changed)} for each in self.callbacks],
            "generators": dict(self.generators),
            "tail": [plain_epoch(each) for each in self.tail],
        }

    @classmethod
    def from_plain(cls, plain: Any) -> Progress:
        """What `plain` made.

        Raises:
            ValueError: If it is something else.
        """
        try:
            if plain["version"] != _VERSION:
                raise ValueError(f"it was written by another tui-tuner (version {plain['version']})")
            best = plain["best"]
            return cls(
                values=json.loads(plain["values"]),
                execution=plain["execution"],
                epoch=plain["epoch"],
                stopped=plain["stopped"],
                finished=tuple(_result(each) for each in plain["finished"]),
                result=None if plain["result"] is None else _result(plain["result"]),
                seen=tuple(plain["seen"]),
                best=BestSoFar(best["score"], BestWhere(best["where"]), best["weights"]),
                callbacks=tuple(CallbackState(each["kind"], each["changed"]) for each in plain["callbacks"]),
                generators=plain["generators"],
                tail=tuple(stored_epoch(each) for each in plain["tail"]),
            )
        except (KeyError, TypeError) as error:
            raise ValueError(f"something is missing in it: {error!r}") from error


def plain_epoch(epoch: EpochEnded) -> dict[str, Any]:
    """An epoch as values that can be stored, without who reported it."""
    return {
        "execution": epoch.execution,
        "epoch": epoch.epoch,
        "metrics": dict(epoch.metrics),
        "time": epoch.time,
        "duration_s": epoch.duration_s,
    }


def stored_epoch(plain: Mapping[str, Any]) -> EpochEnded:
    """What `plain_epoch` stored; whoever reports it again fills in the rest."""
    return EpochEnded("", "", 0, **plain)


def unrecorded(tail: Iterable[EpochEnded], job: TrialJob, worker: str) -> list[EpochEnded]:
    """The saved epochs that the engine does not have, as this attempt reports them."""
    if job.recorded is None:
        return []
    return [
        replace(each, worker=worker, trial_id=job.trial_id, attempt=job.attempt)
        for each in tail
        if (each.execution, each.epoch) > job.recorded
    ]


def _plain_result(result: ExecutionResult) -> dict[str, Any]:
    return {"metrics": dict(result.metrics), "best_epoch": result.best_epoch}


def _result(plain: Mapping[str, Any]) -> ExecutionResult:
    return ExecutionResult(plain["metrics"], plain["best_epoch"])
