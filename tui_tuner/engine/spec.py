"""What a search is, apart from how it proposes and where it runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.engine.view import Objective, Scalar
from tui_tuner.worker.jobs import Finding

if TYPE_CHECKING:
    from tui_tuner.oracles.earlier import EarlierTrial

AUTO = "auto"
"""The `tuner` of a search that chooses its algorithm once its search space is known."""


@dataclass(frozen=True)
class SearchSpec:
    """One search.

    Args:
        name: What people call it.
        tuner: Name of the search algorithm, for people.
        max_trials: `None` for as many as the oracle proposes.
        executions_per_trial: How often a trial is built and trained, over all folds.
        refits_best: Whether the best configuration is trained once more, on all training rows, at the end.
        epochs: Epochs that one execution trains, where it is known beforehand.
        max_time_s: Time budget in seconds of active search; `None` for none.
        workers: How many trials shall run at once, as the config has it.
        initial_trials: Configurations to try first.
        limits: What is proposed of a hyperparameter, by its name: of a range the two ends, of a choice some values.
        epoch_timeout_s: A trial that finishes no epoch in so many seconds is ended as failed; `None` for never.
        keep_checkpoints: Which trials' weights stay on the disk: `all`, `none`, or such as `best 3`.
        other_objectives: What is optimised beside the objective: then a front is searched for.
        constraints: What trials must keep to, as `oracles.constraints.Constraint` reads it.
        measures: What is measured of each trial beside its metrics, of `oracles.constraints.MEASURES`.
        earlier: What earlier searches found, to begin with.
        config: The config file as JSON values, from which `resume` starts the search again; `None` for a search that
            a script started, which only that script can resume.
        findings: What in the config would spoil the search.
        tuner_id: As whom a script's oracle is asked for trials, by KerasTuner's name for its tuner.
    """

    directory: SearchDirectory
    name: str
    tuner: str
    objective: Objective
    max_trials: int | None
    executions_per_trial: int = 1
    refits_best: bool = False
    epochs: int | None = None
    max_time_s: float | None = None
    workers: Literal["auto"] | int = "auto"
    initial_trials: tuple[Mapping[str, Scalar], ...] = ()
    limits: Mapping[str, tuple[Scalar, ...]] = field(default_factory=dict)
    epoch_timeout_s: float | None = None
    keep_checkpoints: str = "all"
    other_objectives: tuple[Objective, ...] = ()
    constraints: tuple[str, ...] = ()
    measures: tuple[str, ...] = ()
    earlier: tuple[EarlierTrial, ...] = ()
    config: Mapping[str, Any] | None = None
    findings: tuple[Finding, ...] = ()
    tuner_id: str = ""

    def asks_as(self, slot: int) -> str:
        """The `tuner_id` with which the oracle is asked for the trial of a slot; each slot has its own."""
        if not self.tuner_id:
            return f"slot{slot}"
        return f"{self.tuner_id}/{slot}" if slot else self.tuner_id
