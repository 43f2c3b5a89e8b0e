"""Training without Keras, for tests, demonstrations and benchmarks of the engine.

Nothing is learned here: each "epoch" is a point on a smooth curve that follows from the hyperparameters alone, so that
a search over it behaves like a search (some configurations are better, curves flatten out) at no cost. It runs in
the same worker processes as real training, and can be told to fail in the ways in which real training fails
(`worker.simulated_faults`).

It is chosen by the model reference `simulated:` followed by options as JSON, for example
`simulated:{"seconds_per_epoch": 0.1}`.
"""

from __future__ import annotations

import json
import math
import os
import sys
import time
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.errors import FatalValueError
from tui_tuner.worker.jobs import (
    Control,
    DataSummary,
    EvaluateJob,
    HyperParametersConfig,
    LayerSummary,
    ModelSummary,
    PrepareJob,
    Task,
    TrialJob,
)
from tui_tuner.worker.messages import READY
from tui_tuner.worker.progress import unrecorded
from tui_tuner.worker.protocol import Reporter
from tui_tuner.worker.reports import (
    EpochEnded,
    Evaluated,
    ExecutionResult,
    ModelBuilt,
    Outcome,
    Prepared,
    TrialEnded,
    TrialResumed,
    WorkerStatus,
)
from tui_tuner.worker.simulated_faults import commit_fault
from tui_tuner.worker.simulated_resume import SimulatedResume, Standing

PREFIX = "simulated:"

_DEFAULT_SPACE: Mapping[str, Any] = {
    "space": [
        {
            "class_name": "Int",
            "config": {
                "name": "units",
                "default": None,
                "conditions": [],
                "min_value": 8,
                "max_value": 64,
                "step": 8,
                "sampling": "linear",
            },
        },
        {
            "class_name": "Float",
            "config": {
                "name": "learning_rate",
                "default": 0.0001,
                "conditions": [],
                "min_value": 0.0001,
                "max_value": 0.1,
                "step": None,
                "sampling": "log",
            },
        },
    ],
    "values": {"units": 8, "learning_rate": 0.0001},
}


@dataclass(frozen=True)
class SimulationOptions:
    """What follows `simulated:` in the model reference, as a JSON object.

    Args:
        seconds_per_epoch: How long an epoch takes, in seconds.
        space: Search space to report, as `HyperParameters.get_config()`, in place of the default of `units` and
            `learning_rate`.
        fail_prepare: Raise in `prepare`.
        fail_start: End the process with this status while it starts; for tests of the executor.
    """

    seconds_per_epoch: float = 0.0
    space: HyperParametersConfig = field(default_factory=lambda: _DEFAULT_SPACE)
    fail_prepare: bool = False
    fail_start: int = 0

    @classmethod
    def parse(cls, model: str) -> SimulationOptions:
        """The options in a model reference.

        Raises:
            FatalValueError: If `model` holds no valid options.
        """
        try:
            return cls(**json.loads(model.removeprefix(PREFIX) or "{}"))
        except (TypeError, ValueError) as error:
            raise FatalValueError(f"not a valid simulation: {model!r}: {error}") from error


class SimulatedRunner:
    """A `JobRunner` that trains nothing: for tests, demonstrations and benchmarks of the engine."""

    def __init__(self, task: Task, options: SimulationOptions | None = None) -> None:
        self._task = task
        self._options = options or SimulationOptions.parse(task.model)

    def prepare(self, job: PrepareJob, reporter: Reporter) -> Prepared:
        """Report the search space that the options give, merged into nothing."""
        if self._options.fail_prepare:
            raise ValueError("the simulated data could not be loaded")
        reporter.report(WorkerStatus(reporter.worker, "loading data"))
        known = job.hyperparameters
        space = known if known is not None and known.get("space") else self._options.space
        return Prepared(reporter.worker, space, DataSummary(712, 179, "(12,)", ("simulated",)))

    def run_trial(self, job: TrialJob, reporter: Reporter) -> TrialEnded:
        """Walk along the trial's curve."""
        resume = SimulatedResume(self._task, job)
        start = resume.start or Standing(0, job.initial_epoch, None, ())
        if resume.start is not None:
            reporter.report(TrialResumed(reporter.worker, job.trial_id, job.attempt, start.execution, start.epoch))
            for epoch_ended in unrecorded(start.tail, job, reporter.worker):
                reporter.report(epoch_ended)
        try:
            outcome, executions = self._executions(job, reporter, resume, start)
        except Exception:
            resume.end()
            raise
        if outcome is not Outcome.STOPPED:
            resume.end()
        return TrialEnded(reporter.worker, job.trial_id, job.attempt, outcome, tuple(executions), job.hyperparameters)

    def _executions(
        self, job: TrialJob, reporter: Reporter, resume: SimulatedResume, start: Standing
    ) -> tuple[Outcome, list[ExecutionResult]]:
        executions = list(start.finished)
        wanted = Control.RUN
        for execution in range(start.execution, self._task.executions):
            standing = (
                start
                if execution == start.execution
                else Standing(execution, job.initial_epoch, None, tuple(executions))
            )
            wanted = reporter.decide()
            if wanted is not Control.RUN:
                if wanted is Control.STOP:
                    resume.save(standing)
                break
            if execution == 0:
                summary = self._model(job.hyperparameters["values"])
                reporter.report(ModelBuilt(reporter.worker, job.trial_id, job.attempt, summary))
            result, wanted = self._execute(job, standing, reporter, resume)
            if wanted is not Control.STOP:
                executions.append(result)
            if wanted is not Control.RUN:
                break
        outcome = {Control.SKIP: Outcome.SKIPPED, Control.STOP: Outcome.STOPPED}.get(wanted, Outcome.COMPLETED)
        return outcome, executions

    def evaluate(self, job: EvaluateJob, reporter: Reporter) -> Evaluated:
        """Report the end of the curve as test metrics, and write `best/hyperparameters.json`."""
        reporter.report(WorkerStatus(reporter.worker, "evaluating the best model"))
        best = SearchDirectory(self._task.project_dir).best
        best.mkdir(parents=True, exist_ok=True)
        saved = {"trial_id": job.trial_id, **job.hyperparameters}
        (best / "hyperparameters.json").write_text(json.dumps(saved, indent=2), encoding="utf-8")
        metrics = self._metrics(job.hyperparameters, 0, self._epochs(None) - 1)
        shown = {name.removeprefix("val_"): value for name, value in metrics.items() if name.startswith("val_")}
        return Evaluated(reporter.worker, job.trial_id, shown)

    def _execute(
        self, job: TrialJob, start: Standing, reporter: Reporter, resume: SimulatedResume
    ) -> tuple[ExecutionResult, Control]:
        execution, best = start.execution, start.best
        values: Mapping[str, Any] = job.hyperparameters["values"]
        fault = str(values.get("fault", ""))
        for epoch in range(start.epoch, self._epochs(job)):
            started = time.perf_counter()
            metrics = self._metrics(job.hyperparameters, execution, epoch)
            if fault and epoch == int(values.get("fault_epoch", 0)):
                metrics = commit_fault(fault, metrics, self._task.objective, int(values.get("fault_mib", 64)))
            if seconds := self._seconds(values):
                time.sleep(seconds)
            self._log(epoch, self._epochs(job), metrics)
            duration_s = time.perf_counter() - started
            ended = EpochEnded(
                reporter.worker, job.trial_id, job.attempt, execution, epoch, metrics, time.time(), duration_s
            )
            reporter.report(ended)
            resume.reported(ended)
            if self._task.objective not in metrics:
                raise FatalValueError(f"no objective {self._task.objective!r} among {', '.join(metrics)}")
            if best is None or self._is_better(metrics, best.metrics):
                best = ExecutionResult(metrics, epoch)
            standing = Standing(execution, epoch + 1, best, start.finished)
            resume.epoch_ended(standing)
            wanted = reporter.decide()
            if wanted is Control.STOP:
                resume.save(standing)
            if wanted is not Control.RUN:
                return best, wanted
        if best is None:
            raise FatalValueError("no epochs to run")
        return best, Control.RUN

    def _epochs(self, job: TrialJob | None) -> int:
        planned = job.epochs if job is not None and job.epochs is not None else self._task.fit.get("epochs", 10)
        return int(planned)

    def _is_better(self, a: Mapping[str, float], b: Mapping[str, float]) -> bool:
        name = self._task.objective
        if math.isnan(a[name]) or math.isnan(b[name]):
            return not math.isnan(a[name])
        return a[name] < b[name] if self._task.direction == "min" else a[name] > b[name]

    # What another simulation may do in its own way.

    def _seconds(self, values: Mapping[str, Any]) -> float:
        """How long an epoch takes."""
        return self._options.seconds_per_epoch

    def _log(self, epoch: int, epochs: int, metrics: Mapping[str, float]) -> None:
        """An epoch is over: print what training would."""

    def _model(self, values: Mapping[str, Any]) -> ModelSummary:
        units = int(values.get("units", 8))
        layers = (
            LayerSummary("hidden", "Dense", f"(None, {units})", 13 * units),
            LayerSummary("output", "Dense", "(None, 1)", units + 1),
        )
        parameters = sum(layer.parameters for layer in layers)
        return ModelSummary("simulated", layers, parameters, parameters, 4 * parameters)

    def _metrics(self, hyperparameters: HyperParametersConfig, execution: int, epoch: int) -> dict[str, float]:
        badness = _badness(hyperparameters)
        noise = _noise(hyperparameters["values"], execution, epoch)
        left = math.exp(-(epoch + 1) / 4)
        loss = 0.1 + 0.5 * badness + 0.6 * left
        val_loss = loss + 0.05 + 0.02 * noise
        metrics = {
            "loss": loss,
            "accuracy": 1 - 0.6 * loss,
            "val_loss": val_loss,
            "val_accuracy": 1 - 0.6 * val_loss,
        }
        if self._task.objective not in metrics:
            metrics[self._task.objective] = val_loss if self._task.direction == "min" else 1 - 0.6 * val_loss
        return metrics


def _badness(hyperparameters: HyperParametersConfig) -> float:
    """How far the configuration is from the best one, 0 to about 1: the mean squared distance over the numbers."""
    distances = []
    for item in hyperparameters["space"]:
        config = item["config"]
        value = hyperparameters["values"].get(config["name"])
        low, high = config.get("min_value"), config.get("max_value")
        if value is None or low is None or high is None or low == high:
            continue
        if config.get("sampling") == "log":
            value, low, high = math.log(value), math.log(low), math.log(high)
        distances.append(((value - low) / (high - low) - 0.7) ** 2 * 2)
    return sum(distances) / len(distances) if distances else 0.0


def _noise(values: Mapping[str, Any], execution: int, epoch: int) -> float:
    """-1 to 1, always the same for the same arguments."""
    text = json.dumps([sorted(values.items()), execution, epoch], default=str)
    return zlib.crc32(text.encode()) / 0x7FFFFFFF - 1


def warm_up(task: Task, reporter: Reporter, before_ready: Callable[[], None] = lambda: None) -> None:
    """What stands in for the import of Keras; `before_ready` as for that."""
    options = SimulationOptions.parse(task.model)
    if options.fail_start:
        print("the simulated worker cannot start", file=sys.stderr, flush=True)
        os._exit(options.fail_start)
    before_ready()
    reporter.report(WorkerStatus(reporter.worker, READY))
