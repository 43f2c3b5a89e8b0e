"""Configurations whose training goes on from trial to trial, and how each has gone so far."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from tui_tuner.oracles.observations import to_be_minimised
from tui_tuner.oracles.stages import stage_of
from tui_tuner.oracles.trial import Trial, TrialStatus


@dataclass
class Run:
    """The training of a configuration.

    Args:
        trial_id: Its latest trial that has ended, or else its first one.
        epochs: How many it had trained at the end of each trial.
        values: The best of all epochs up to there, to be minimised.
        failed: Whether a trial of it failed.
        running: Whether one is running, or will be run again.
        ended: Whether it cannot go on: all epochs were trained, a trial of it failed, or somebody ended one.
    """

    trial_id: str
    epochs: list[int] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    failed: bool = False
    running: bool = False
    ended: bool = False

    @property
    def is_known(self) -> bool:
        """Whether it has come to something that a model can learn from."""
        return bool(self.values) and not self.failed

    @property
    def may_go_on(self) -> bool:
        """Whether it waits for somebody to go on with it."""
        return self.is_known and not self.running and not self.ended


def runs_of(
    trials: Mapping[str, Trial], direction: str, max_epochs: int, known: Collection[str] | None = None
) -> list[Run]:
    """The trainings of all configurations, in the order in which they began. Repeated ones are left out.

    Args:
        trials: By id, in the order of creation.
        direction: `"min"` or `"max"`: of the scores.
        max_epochs: Epochs of a whole training.
        known: Ids of the trials whose results count; others are left out. By default all count.
    """
    runs: list[Run] = []
    run_of: dict[str, Run] = {}
    for trial_id, trial in trials.items():
        if trial.rerun_of is not None or (known is not None and trial_id not in known):
            continue
        stage = stage_of(trial.hyperparameters.values)
        run = run_of.get(stage.parent) if stage is not None and stage.parent is not None else None
        if run is None:
            run = Run(trial_id)
            runs.append(run)
        run_of[trial_id] = run
        run.running = trial.status in (TrialStatus.RUNNING, TrialStatus.INVALID)
        if run.running:
            continue
        run.trial_id = trial_id
        if trial.status == TrialStatus.STOPPED:  # after some epoch: nobody knows which
            run.ended = True
            continue
        value = to_be_minimised(trial, direction)
        run.failed = not math.isfinite(value)
        epochs = max_epochs if stage is None else min(stage.epochs, max_epochs)
        run.ended = run.failed or epochs >= max_epochs
        if not run.failed:
            run.epochs.append(epochs)
            run.values.append(min([value, *run.values[-1:]]))
    return runs
