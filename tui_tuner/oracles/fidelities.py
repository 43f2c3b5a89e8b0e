"""What trials of few epochs tell a model of whole trainings."""

from __future__ import annotations

import math
from collections.abc import Mapping

from tui_tuner.oracles.observations import Outcome, to_be_minimised
from tui_tuner.oracles.stages import stage_of
from tui_tuner.oracles.trial import Trial, TrialStatus


def outcomes_by_stage(trials: Mapping[str, Trial], direction: str, max_epochs: int) -> list[Outcome]:
    """What trials tell that train in stages: one outcome for each stage of a configuration.

    The value is the best of all epochs up to the end of the stage, those of earlier trials included. The fidelity is
    the logarithm of that number of epochs, because learning curves change less and less.

    Args:
        trials: By id, in the order of creation.
        direction: `"min"` or `"max"`: of the scores.
        max_epochs: Epochs of a whole training.
    """
    outcomes: list[Outcome] = []
    best: dict[str, float] = {}
    for trial_id, trial in trials.items():
        stage = stage_of(trial.hyperparameters.values)
        parent = None if stage is None else stage.parent
        if trial.status in (TrialStatus.RUNNING, TrialStatus.INVALID):
            outcomes.append(Outcome(trial_id, None))
            continue
        if trial.status == TrialStatus.STOPPED:  # after some epoch: nobody knows how much it would have come to
            continue
        value = to_be_minimised(trial, direction)
        if parent is not None and math.isfinite(value):
            value = min(value, best.get(parent, value))
        best[trial_id] = value
        epochs = max_epochs if stage is None else min(stage.epochs, max_epochs)
        outcomes.append(Outcome(trial_id, value, fidelity_of(epochs, max_epochs)))
    return outcomes


def fidelity_of(epochs: int, max_epochs: int) -> float:
    """How much of a whole training so many epochs are, from 0 for one to 1 for all."""
    return 1.0 if max_epochs <= 1 else math.log(max(epochs, 1)) / math.log(max_epochs)
