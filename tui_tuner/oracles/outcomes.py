"""What an oracle learns from trials: their metrics, how they ended, which are best, which are run again."""

from __future__ import annotations

import heapq
import math
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from tui_tuner.oracles.constraints import Constraint, violation
from tui_tuner.oracles.earlier import EarlierTrial
from tui_tuner.oracles.metrics import MetricsTracker
from tui_tuner.oracles.objective import MultiObjective, Objective
from tui_tuner.oracles.random_values import RandomValues
from tui_tuner.oracles.synchronization import synchronized
from tui_tuner.oracles.trial import Trial, TrialStatus
from tui_tuner.space import HyperParameters


class TrialOutcomes(RandomValues):
    """Takes in how trials went.

    Attributes:
        objective: What is optimised.
        max_retries_per_trial: How often a trial that raised or whose score is NaN is run again.
        max_consecutive_failed_trials: How many failures in a row end the search; `None` for no limit.
    """

    objective: Objective
    constraints: tuple[Constraint, ...] = ()
    """What a trial must keep to; one that does not is worse than all that do. Whoever makes the oracle sets it."""

    other_objectives: tuple[Objective, ...] = ()
    """What is optimised beside the objective: a search for a front. Of those that model the objective; not KerasTuner's
    sum of several, which is one objective. Whoever makes the oracle sets it."""

    earlier: tuple[EarlierTrial, ...] = ()
    """What earlier searches found. Of those that model the objective; whoever makes the oracle sets it."""

    cost_metric: str = ""
    """The metric by which what a trial promises is divided, such as its seconds; empty for none. Of those that model
    the objective."""

    max_retries_per_trial: int
    max_consecutive_failed_trials: int | None

    @synchronized
    def update_trial(self, trial_id: str, metrics: Mapping[str, Any], step: int = 0) -> Trial:
        """Report metrics of a running trial.

        Args:
            metrics: Numbers by metric name; the objective must be among them. They may be NaN or infinite.
            step: The epoch, counted from 0. Several reports of one step are averaged.

        Raises:
            ValueError: If the objective is missing.
        """
        if not self.objective.has_value(metrics):
            raise ValueError(
                "Objective value missing in metrics reported to the oracle: "
                f"{self.objective.missing_in(metrics)} are not among {list(metrics)}."
            )
        if isinstance(self.objective, MultiObjective) and self.objective.name not in metrics:
            metrics = {**metrics, self.objective.name: self.objective.get_value(metrics)}
        trial = self.trials[trial_id]
        self._register(trial.metrics, metrics)
        for name, value in metrics.items():
            trial.metrics.update(name, value, step=step)
        self._unsaved[trial_id] = None
        return trial

    @synchronized
    def end_trial(self, trial: Trial | str, status: str | None = None) -> None:
        """Take in how a trial ended.

        `COMPLETED` is scored, and becomes `INVALID` if the score is NaN. `INVALID` is queued for another run while
        retries are left, else it becomes `FAILED`. `FAILED` is not run again. `STOPPED`, ended early by a person or a
        pruner, keeps its metrics and gets a score if it has one; it is not run again and never counts as completed.

        Args:
            trial: The trial, with its status, message and final hyperparameters; or a trial id.
            status: With an id: how the trial ended, by default `COMPLETED`.

        Raises:
            RuntimeError: If this is the `max_consecutive_failed_trials`-th failure in a row; all is recorded by then,
                and the count begins anew. Also if the trial found hyperparameters and `allow_new_entries` is false; it
                goes on running then.
            ValueError: If the status does not end a trial, or a completed trial has not reported the objective.
        """
        if isinstance(trial, str):
            own, new_status = self.trials[trial], status or TrialStatus.COMPLETED
        else:
            own, new_status = self.trials[trial.trial_id], trial.status
            own.hyperparameters, own.message = trial.hyperparameters, trial.message
        if new_status not in (TrialStatus.COMPLETED, TrialStatus.INVALID, TrialStatus.FAILED, TrialStatus.STOPPED):
            raise ValueError(f"A trial cannot end with status {new_status!r}.")
        self.update_space(own.hyperparameters)
        own.status = TrialStatus(new_status)
        if own.status == TrialStatus.COMPLETED:
            self.score_trial(own)
            if own.score is not None and math.isnan(own.score):
                own.status = TrialStatus.INVALID
                own.message = own.message or f"The objective {self.objective.name} is NaN."
        elif own.status == TrialStatus.STOPPED and own.metrics.exists(self.objective.name):
            self.score_trial(own)
        if self.constraints and own.status in (TrialStatus.COMPLETED, TrialStatus.STOPPED):
            own.violation = violation(self.constraints, _best_values(own))
        self._record_values(own)
        self._close(own)

    @synchronized
    def get_trial(self, trial_id: str) -> Trial:
        """The trial with this id; `KeyError` if there is none."""
        return self.trials[trial_id]

    @synchronized
    def get_best_trials(self, num_trials: int = 1) -> list[Trial]:
        """The best completed trials, best first; of equal ones, the earlier first.

        If there are fewer, other trials fill the list up, in the order of creation, because KerasTuner's users expect
        as many as they ask for: look at the status before using one.
        """
        completed = [trial for trial in self.trials.values() if is_scored(trial)]
        if len(completed) < num_trials:
            others = [trial for trial in self.trials.values() if not is_scored(trial)]
            return (self._sorted(completed, len(completed)) + others)[:num_trials]
        return self._sorted(completed, num_trials)

    def score_trial(self, trial: Trial) -> None:
        """Set the score and the best step of a trial from its metrics.

        Raises:
            ValueError: If the trial has not reported the objective.
        """
        trial.score = trial.metrics.get_best_value(self.objective.name)
        trial.best_step = trial.metrics.get_best_step(self.objective.name) or 0

    def _score_trial(self, trial: Trial) -> None:
        warnings.warn("`_score_trial` is deprecated, use `score_trial`.", DeprecationWarning, stacklevel=2)
        self.score_trial(trial)

    def update_space(self, hyperparameters: HyperParameters) -> None:
        """Add hyperparameters that are new."""
        raise NotImplementedError

    def _close(self, trial: Trial) -> None:
        """Settle whether the trial is run again, and whether the search goes on."""
        trial_id = trial.trial_id
        self._run_times[trial_id] = self._run_times.get(trial_id, 0) + 1
        if trial.status == TrialStatus.INVALID and self._run_times[trial_id] <= self.max_retries_per_trial:
            self._retry_queue.append(trial_id)
        else:
            if trial.status == TrialStatus.INVALID:
                trial.status = TrialStatus.FAILED
            self.end_order.append(trial_id)
            self._consecutive_failures = self._consecutive_failures + 1 if trial.status == TrialStatus.FAILED else 0
        self._unsaved[trial_id] = None
        for tuner_id, running in self.ongoing_trials.items():
            if running.trial_id == trial_id:
                del self.ongoing_trials[tuner_id]
                break
        limit = self.max_consecutive_failed_trials
        if limit is not None and self._consecutive_failures >= limit:
            self._consecutive_failures = 0
            reason = f"\n{trial.message}" if trial.message else ""
            raise RuntimeError(f"Number of consecutive failures exceeded the limit of {limit}.{reason}")

    def _register(self, tracker: MetricsTracker, metrics: Mapping[str, Any]) -> None:
        """Begin the history of each new metric, the objective's with its direction."""
        directions = {each.name: each.direction for each in (*self.other_objectives, self.objective)}
        if isinstance(self.objective, MultiObjective):
            directions |= self.objective.name_to_direction
        for name in metrics:
            if not tracker.exists(name):
                tracker.register(name, direction=directions.get(name))

    def _sorted(self, trials: Sequence[Trial], count: int) -> list[Trial]:
        sign = 1.0 if self.objective.direction == "min" else -1.0

        def rank(trial: Trial) -> tuple[float, float]:
            return trial.violation or 0.0, math.nan if trial.score is None else sign * trial.score

        return heapq.nsmallest(count, trials, key=rank)  # it is stable


def _best_values(trial: Trial) -> dict[str, float]:
    values = {name: trial.metrics.get_best_value(name) for name in trial.metrics.metrics}
    return {name: value for name, value in values.items() if value is not None}


def is_scored(trial: Trial) -> bool:
    """Whether a trial was completed with a score that can be compared: any number, infinite ones too."""
    return trial.status == TrialStatus.COMPLETED and trial.score is not None and not math.isnan(trial.score)
