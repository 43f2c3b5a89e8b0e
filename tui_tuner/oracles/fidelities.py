"""What trials of few epochs tell a model of whole trainings."""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from tui_tuner.oracles.observations import Outcome, to_be_minimised
from tui_tuner.oracles.stages import stage_of
from tui_tuner.oracles.trial import Trial, TrialStatus


class _Reached(NamedTuple):
    """What a configuration had come to at the end of a stage.

    Args:
        epochs: Those it had trained by then.
        value: The best of all of them, to be minimised; NaN for a failure.
        before: The same at the end of the stage before, if there was one.
    """

    trial_id: str
    epochs: int
    value: float
    before: _Reached | None


def outcomes_by_stage(trials: Mapping[str, Trial], direction: str, max_epochs: int) -> list[Outcome]:
    """What trials tell that train in stages: one outcome for each stage of a configuration.

    The value is what a whole training would come to, if it gained as much as others did: the best of all epochs up to
    the end of the stage, and the gain, in the median, of those that went on from there. Without that a model would
    have to explain that everything becomes better with more epochs before it could see what is better than another.
    The fidelity is the logarithm of the number of epochs, because learning curves change less and less.

    Args:
        trials: By id, in the order of creation.
        direction: `"min"` or `"max"`: of the scores.
        max_epochs: Epochs of a whole training.
    """
    found: list[_Reached | str] = []  # or what is running
    reached: dict[str, _Reached] = {}
    for trial_id, trial in trials.items():
        if trial.status in (TrialStatus.RUNNING, TrialStatus.INVALID):
            found.append(trial_id)
            continue
        if trial.status == TrialStatus.STOPPED:  # after some epoch: nobody knows how much it would have come to
            continue
        stage = stage_of(trial.hyperparameters.values)
        before = reached.get(stage.parent) if stage is not None and stage.parent is not None else None
        value = to_be_minimised(trial, direction)
        if before is not None and math.isfinite(value):
            value = min(value, before.value)
        epochs = max_epochs if stage is None else min(stage.epochs, max_epochs)
        reached[trial_id] = _Reached(trial_id, epochs, value, before)
        found.append(reached[trial_id])
    gains = _gains(reached.values())
    return [
        Outcome(each, None)
        if isinstance(each, str)
        else Outcome(each.trial_id, each.value + gains[each.epochs], fidelity_of(each.epochs, max_epochs))
        for each in found
    ]


def fidelity_of(epochs: int, max_epochs: int) -> float:
    """How much of a whole training so many epochs are, from 0 for one to 1 for all."""
    return 1.0 if max_epochs <= 1 else math.log(max(epochs, 1)) / math.log(max_epochs)


def _gains(reached: Iterable[_Reached]) -> dict[int, float]:
    """What is gained, in the median, from each number of epochs to the largest; to be added.

    Where nobody went on, it is the difference of the medians of those that came so far and of those that came farther.
    """
    worked = [each for each in reached if math.isfinite(each.value)]
    levels: dict[int, list[float]] = defaultdict(list)
    steps: dict[int, dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
    for each in worked:
        levels[each.epochs].append(each.value)
        if each.before is not None and math.isfinite(each.before.value):
            steps[each.before.epochs][each.epochs].append(each.value - each.before.value)
    gains: dict[int, float] = defaultdict(float)
    higher: int | None = None
    for level in sorted(levels, reverse=True):
        if higher is not None:
            if level in steps:
                goal, gained = max(steps[level].items(), key=lambda step: len(step[1]))
            else:
                goal = higher
                gained = [statistics.median(levels[higher]) - statistics.median(levels[level])]
            gains[level] = gains[goal] + statistics.median(gained)
        higher = level
    return gains
