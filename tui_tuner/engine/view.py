"""The search as viewers see it: an immutable snapshot. Everything that shows a search takes one of these.

Scalars of hyperparameters are `bool`, `int`, `float` or `str`. Times are seconds since the epoch; durations are
seconds. Metrics may be NaN or infinite: whoever draws them makes them finite first.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from tui_tuner.engine.commands import Answer, Command
from tui_tuner.space.reserved import EPOCHS, PARENT, PREFIX
from tui_tuner.worker.jobs import DataSummary, Finding, ModelSummary

Scalar = bool | int | float | str

OPTUNA_STUDY = "Optuna"
"""The `tuner` of what was read from a storage of Optuna's."""


class SearchState(StrEnum):
    STARTING = "starting"
    """Workers start, data is loaded, the model is built for the first time."""
    RUNNING = "running"
    PAUSED = "paused"
    BLOCKED = "blocked"
    """Something outside must be mended, such as a full disk; the detail says what. It goes on by itself then."""
    STOPPING = "stopping"
    """No new trials; the running ones finish."""
    STOPPED = "stopped"
    COMPLETED = "completed"
    """All trials were run, or the search space is exhausted."""
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    """The engine died. It never writes this itself: the reader finds nobody holding the lock."""

    @property
    def is_live(self) -> bool:
        """Whether an engine is at work."""
        return self in (
            SearchState.STARTING,
            SearchState.RUNNING,
            SearchState.PAUSED,
            SearchState.BLOCKED,
            SearchState.STOPPING,
        )


class TrialState(StrEnum):
    """A trial's `status` in `search.db` and in views: KerasTuner's words, and one for a trial that was cut off."""

    RUNNING = "RUNNING"
    INVALID = "INVALID"
    """It raised or its objective is NaN, and it will be tried again."""
    STOPPED = "STOPPED"
    """Ended early, by a person or a pruner, with what it had."""
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    INTERRUPTED = "INTERRUPTED"
    """Cut off by a stop or a crash: it will be run again."""


@dataclass(frozen=True)
class Objective:
    """What is optimised."""

    name: str
    direction: str

    def better(self, a: float, b: float) -> bool:
        """Whether `a` is better than `b`; NaN is never better, and any number is better than NaN."""
        if math.isnan(a) or math.isnan(b):
            return not math.isnan(a)
        return a < b if self.direction == "min" else a > b

    def ahead(self, a: float, a_number: int, b: float, b_number: int) -> bool:
        """Whether a trial with the score `a` stands before one with `b`: of equal ones the one that was created first,
        in whichever order they end.

        Args:
            a_number: Position of the first trial in the order of creation.
            b_number: That of the second.
        """
        return self.better(a, b) or (a == b and a_number < b_number)


@dataclass(frozen=True)
class HyperParameterView:
    """One hyperparameter of the search space.

    Args:
        kind: `Int`, `Float`, `Choice`, `Boolean` or `Fixed`.
        values: The values of a `Choice`, a `Boolean` or a `Fixed`; empty otherwise.
        conditions: Each `(parent name, parent values)` that must hold for it to be active.
    """

    name: str
    kind: str
    values: tuple[Scalar, ...] = ()
    min_value: float | None = None
    max_value: float | None = None
    step: float | None = None
    sampling: str | None = None
    ordered: bool | None = None
    default: Scalar | None = None
    conditions: tuple[tuple[str, tuple[Scalar, ...]], ...] = ()


@dataclass(frozen=True)
class LimitView:
    """What a person has narrowed a hyperparameter to: two ends of a range, or the values of a choice that remain."""

    min_value: float | None = None
    max_value: float | None = None
    values: tuple[Scalar, ...] | None = None


@dataclass(frozen=True)
class EpochView:
    """One finished epoch. `epoch` and `execution` count from 0."""

    execution: int
    epoch: int
    time: float
    duration_s: float
    metrics: Mapping[str, float]


@dataclass(frozen=True)
class TrialView:
    """One trial.

    Args:
        number: Position in the order of creation, from 0.
        score: The objective, once the trial has ended; `None` before, and where it has none.
        best_epoch: Epoch of the score, from 0.
        hyperparameters: The active values by name.
        attempt: How often it was run before.
        planned_epochs: Epochs that one execution will train, if known.
        execution_scores: The objective of each execution or fold of an ended trial; their mean is the score.
        last_epoch: The latest epoch of a running trial; `None` for an ended one.
        epochs: How many epochs its last execution trained, of one that does not run; `None` if it reported none.
        live_score: The best objective that a running trial has shown in this execution.
        origin: Why it is run: empty if the oracle proposed it, else `initial`, `by hand` or `rerun`.
        rerun_of: The trial whose configuration it runs again with another seed, or `None`.
        reason: Why it was proposed: `initial`, `exploit`, `explore`, `promoted`, `random`, `grid`, `sobol`, `varied`,
            `sampled` or `user` (see `oracles.explanation.Reason`); empty if that is not known.
        predicted_mean: The objective that a model predicted for it; `None` if none did.
        predicted_deviation: Standard deviation of that prediction.
        known_results: How many trials had ended when it was proposed; `None` if that is not known.
        duration_s: For how long it has been trained, without pauses. Runs that were cut off count, failed ones that
            were tried again do not; of one that goes on with another trial's training only its own part. `None`
            while it runs.
        began_s: Of a running trial: for how long the search had been active when it began, less what runs that were cut
            off had trained of it; `None` if that is not known.
        violation: By how much it violates the search's constraints, 0 if it keeps to all; `None` if there are none, or
            as long as that is not known.
        other_scores: Of a search for several objectives: the values of the others, in their order; NaN where one is
            missing.
        seq: Sequence number of the last event that changed it; epochs do not count.
    """

    trial_id: str
    number: int
    status: TrialState
    hyperparameters: Mapping[str, Scalar]
    score: float | None = None
    best_epoch: int | None = None
    started: float | None = None
    ended: float | None = None
    duration_s: float | None = None
    worker: str = ""
    message: str = ""
    attempt: int = 0
    planned_epochs: int | None = None
    executions: int = 1
    execution_scores: tuple[float, ...] = ()
    last_epoch: EpochView | None = None
    epochs: int | None = None
    live_score: float | None = None
    origin: str = ""
    rerun_of: str | None = None
    reason: str = ""
    predicted_mean: float | None = None
    predicted_deviation: float | None = None
    known_results: int | None = None
    began_s: float | None = None
    violation: float | None = None
    other_scores: tuple[float, ...] = ()
    seq: int = 0

    def cut_off(self, elapsed_s: float) -> TrialView:
        """This trial, which ran when the engine died.

        Args:
            elapsed_s: For how long the search had been active by then.
        """
        return replace(self, status=TrialState.INTERRUPTED, duration_s=self._trained_s(elapsed_s), began_s=None)

    def lasted_s(self, elapsed_s: float, now: float) -> float | None:
        """For how long it has been trained so far, without pauses; `None` if that is not known.

        Args:
            elapsed_s: For how long the search has been active until now.
        """
        if self.status is not TrialState.RUNNING:
            return self.duration_s
        if self.began_s is None and self.started is not None:  # of an older file, with the pauses
            return max(0.0, now - self.started)
        return self._trained_s(elapsed_s)

    def _trained_s(self, elapsed_s: float) -> float | None:
        return None if self.began_s is None else max(0.0, elapsed_s - self.began_s)

    @property
    def tuned(self) -> Mapping[str, Scalar]:
        """The hyperparameters without Hyperband's own (`tuner/epochs`, ...), which are no part of the search space."""
        return {name: value for name, value in self.hyperparameters.items() if not name.startswith(PREFIX)}

    @property
    def continues(self) -> str:
        """The id of the trial whose training this one goes on with, as Hyperband's and ASHA's do; empty for none."""
        return str(self.hyperparameters.get(PARENT, ""))

    @property
    def stage_epochs(self) -> int | None:
        """Up to which epoch it trains, where a search trains in stages, as Hyperband and ASHA do; `None` elsewhere."""
        epochs = self.hyperparameters.get(EPOCHS)
        return epochs if isinstance(epochs, int) else None

    @property
    def is_feasible(self) -> bool:
        """Whether it keeps to all constraints, as far as is known."""
        return not self.violation

    @property
    def spread(self) -> float | None:
        """Standard deviation of the executions' scores; `None` where there are fewer than two numbers."""
        scores = self.execution_scores
        if len(scores) < 2 or not all(map(math.isfinite, scores)):
            return None
        return statistics.stdev(scores)

    @property
    def shown_score(self) -> float | None:
        """The final score, or for a running trial its best so far."""
        return self.live_score if self.status is TrialState.RUNNING else self.score


@dataclass(frozen=True)
class BarView:
    """What the pruner measures trials by.

    Args:
        name: What it is, in a word or two.
        points: The objective by epoch, from 0, in their order.
        goes_on: Whether the last value holds from there on.
    """

    name: str
    points: tuple[tuple[int, float], ...]
    goes_on: bool = False


@dataclass(frozen=True)
class WorkerView:
    """A worker process. `activity` says what it does while it runs no trial."""

    name: str
    pid: int
    device: str
    activity: str = ""
    trial_id: str | None = None


@dataclass(frozen=True)
class Intervention:
    """Something that a person has asked of the search.

    Args:
        kind: As a command's kind; one of a newer version may be unknown here.
        who: Who asked.
        answer: What the engine said to it.
        ok: Whether it was carried out.
    """

    time: float
    who: str
    kind: str
    trial_id: str | None
    arguments: Mapping[str, Any]
    answer: str
    ok: bool


def active_until(active_s: float, run_started: float | None, now: float) -> float:
    """Seconds that a search has been active, over all its runs.

    Args:
        active_s: In runs before the present one.
        run_started: When that began; `None` if there is none.
    """
    return active_s if run_started is None else active_s + max(0.0, now - run_started)


@dataclass(frozen=True)
class SearchView:
    """A whole search at one moment.

    Args:
        seq: Sequence number of the last event that is folded in; equal numbers mean equal views.
        detail: One line about the state: what is being started, why it failed or ended.
        tuner: Name of the search algorithm; `auto` until one is chosen, where the choice is left open.
        tuner_why: Why that one was chosen; empty if a person has chosen it.
        other_objectives: What is optimised beside the objective; then there is a front (see `analysis.pareto`).
        constraints: What trials must keep to, such as `parameters <= 2e6`.
        max_trials: How many trials the search wants, or `None` for no limit.
        max_time_s: Time budget in seconds of active search, or `None` for none.
        active_s: Seconds the search was active, neither paused nor blocked, before `run_started`.
        run_started: Since when the search has been active; `None` if it is not.
        bars: What the pruner measures trials by, if there is one that can tell.
        limits: By name, the hyperparameters of which a person has forbidden a part.
        wanted_workers: How many trials a person wants to run at once; `None` if nobody has said.
        trials: By trial id, in the order of creation.
        best_trial_id: The best completed trial that keeps to the constraints.
        notes: By trial id, what people have noted about a trial.
        test_metrics: The best model's metrics on the held-out test data, once evaluated; empty if there is none.
        findings: What would spoil the search, as far as that was seen before the first trial.
        disk_bytes: What the search directory takes on the disk, as it was last measured; `None` before.
    """

    root: Path
    seq: int = 0
    name: str = ""
    state: SearchState = SearchState.STARTING
    detail: str = ""
    tuner: str = ""
    tuner_why: str = ""
    other_objectives: tuple[Objective, ...] = ()
    constraints: tuple[str, ...] = ()
    objective: Objective = Objective("", "min")
    max_trials: int | None = None
    max_time_s: float | None = None
    executions_per_trial: int = 1
    created: float | None = None
    active_s: float = 0.0
    run_started: float | None = None
    space: tuple[HyperParameterView, ...] = ()
    bars: tuple[BarView, ...] = ()
    limits: Mapping[str, LimitView] = field(default_factory=dict)
    wanted_workers: int | None = None
    trials: Mapping[str, TrialView] = field(default_factory=dict)
    best_trial_id: str | None = None
    workers: tuple[WorkerView, ...] = ()
    data: DataSummary | None = None
    test_metrics: Mapping[str, float] | None = None
    findings: tuple[Finding, ...] = ()
    disk_bytes: int | None = None
    notes: Mapping[str, str] = field(default_factory=dict)

    def elapsed_s(self, now: float) -> float:
        """Seconds that the search has been active, over all its runs."""
        return active_until(self.active_s, self.run_started, now)

    def lasted_s(self, trial: TrialView, now: float) -> float | None:
        """For how long a trial has been trained so far, without pauses; `None` if that is not known."""
        return trial.lasted_s(self.elapsed_s(now), now)

    @property
    def best(self) -> TrialView | None:
        return self.trials.get(self.best_trial_id) if self.best_trial_id is not None else None


class SearchSource(Protocol):
    """Where a viewer gets its snapshots from, and where it puts its commands. `engine.reader` has the real one."""

    def poll(self) -> SearchView:
        """The search now; the very same object as last time if nothing has changed."""
        ...

    def epochs(self, trial_id: str) -> tuple[EpochView, ...]:
        """All epochs of the trial's latest attempt, by execution and epoch."""
        ...

    def model_summary(self, trial_id: str) -> ModelSummary | None:
        """The trial's built model, once it is known."""
        ...

    def log_path(self, trial_id: str) -> Path:
        """The trial's log; the file may not exist yet."""
        ...

    def interventions(self) -> tuple[Intervention, ...]:
        """All that people have asked of the search so far and that was answered, in order."""
        ...

    def send(self, command: Command) -> int:
        """Ask the engine for something. Returns at once, with the request's number.

        Raises:
            TunerError: If the request could not be written.
        """
        ...

    def note(self, trial_id: str, text: str) -> None:
        """Keep a note about a trial, for everybody who looks at the search; an empty text takes it away.

        Raises:
            TunerError: If it could not be written.
        """
        ...

    def answer(self, request: int) -> Answer | None:
        """What the engine said to a request; `None` as long as it has said nothing."""
        ...
