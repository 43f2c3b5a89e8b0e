"""Runs oracles as an engine does, on a few search spaces, without any training."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from tui_tuner.oracles import Objective, Oracle, Trial, TrialStatus, create_oracle, oracle_names
from tui_tuner.oracles.stages import without_stage
from tui_tuner.space import HyperParameters

Values = dict[str, Any]


def finite_space() -> HyperParameters:
    """24 configurations."""
    hp = HyperParameters()
    hp.Int("units", 8, 64, step=8)
    hp.Choice("learning_rate", [1e-2, 1e-3, 1e-4])
    return hp


def conditional_space() -> HyperParameters:
    """2 + 2 * 3 + 1 = 9 configurations, and one hyperparameter that is not tuned."""
    hp = HyperParameters()
    hp.Fixed("note", "x")
    hp.Choice("optimizer", ["adam", "sgd", "plain"])
    with hp.conditional_scope("optimizer", ["adam"]):
        hp.Boolean("amsgrad")
    with hp.conditional_scope("optimizer", ["sgd"]):
        hp.Boolean("nesterov")
        hp.Int("momentum", 1, 3)
    return hp


def continuous_space() -> HyperParameters:
    hp = HyperParameters()
    hp.Float("rate", 1e-4, 1e-1, sampling="log")
    hp.Float("dropout", 0.0, 0.5)
    hp.Choice("activation", ["relu", "tanh"])
    return hp


def line() -> HyperParameters:
    hp = HyperParameters()
    hp.Float("x", 0.0, 1.0)
    return hp


def quality(values: Values) -> float:
    """A smooth score of any configuration."""
    total = 0.0
    for position, name in enumerate(sorted(values)):
        value = values[name]
        number = len(value) if isinstance(value, str) else float(value)
        total += math.sin(position + 1.0 + 3.0 * number / (1.0 + abs(number)))
    return total


@dataclass
class Runner:
    """Runs trials as an engine does, `parallel` at once, and always ends the one that was begun first."""

    oracle: Oracle
    outcome: Callable[[Trial, int], tuple[str, float]] = lambda trial, attempt: (
        TrialStatus.COMPLETED,
        quality(trial.hyperparameters.values),
    )
    parallel: int = 1
    ended: Counter[str] = field(default_factory=Counter)
    running: list[tuple[str, Trial]] = field(default_factory=list)

    def events(self) -> Iterator[str]:
        """Runs the search, one event at a time, until there is nothing left."""
        while True:
            while len(self.running) < self.parallel:
                taken = {slot for slot, _ in self.running}
                slot = next(name for name in map("slot{}".format, range(self.parallel)) if name not in taken)
                trial = self.oracle.create_trial(slot)
                if trial.status != TrialStatus.RUNNING:
                    break
                self.running.append((slot, trial))
                yield "created"
            if not self.running:
                assert trial.status == TrialStatus.STOPPED
                return
            self.end(self.running.pop(0)[1])
            yield "ended"

    def end(self, trial: Trial) -> None:
        status, score = self.outcome(trial, self.ended[trial.trial_id])
        self.ended[trial.trial_id] += 1
        if status in (TrialStatus.COMPLETED, TrialStatus.STOPPED):
            self.oracle.update_trial(trial.trial_id, {"score": score, "loss": 1.0}, step=3)
        trial.status = status
        self.oracle.end_trial(trial)

    def run(self) -> list[Values]:
        for _ in self.events():
            pass
        return self.proposals()

    def proposals(self) -> list[Values]:
        return [without_stage(trial.hyperparameters.values) for trial in self.oracle.trials.values()]


ORACLES = (*oracle_names(), "optuna.TPESampler")
"""Search algorithms by name, with one that stands for all of Optuna's."""

PROMOTING = ("hyperband with promotions", "hyperband with promotions and a model", "asha with promotions")
"""Search algorithms whose trials go on as other trials; `Make` knows them by these names, too."""


class Make:
    """Makes oracles of one kind.

    Hyperband and ASHA have one round, so that each trial is a new configuration, unless promotions are asked for.
    Hyperband has no limit of trials among its arguments.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, space: HyperParameters | None = None, **kwargs: Any) -> Oracle:
        kwargs = {"objective": Objective("score", "max"), "max_trials": 12, "seed": 3, **kwargs}
        name = self.name.partition(" ")[0]
        rounds = {"max_epochs": 4, "factor": 2} if self.name in PROMOTING else {"max_epochs": 1}
        if name == "asha":
            return create_oracle(name, hyperparameters=space, **rounds, **kwargs)
        if name != "hyperband":
            return create_oracle(name, hyperparameters=space, **kwargs)
        max_trials = kwargs.pop("max_trials")
        kwargs["proposals"] = "model" if self.name.endswith("model") else "random"
        oracle = create_oracle(name, hyperparameters=space, hyperband_iterations=None, **rounds, **kwargs)
        oracle.max_trials = max_trials
        return oracle


def distinct(proposals: list[Values]) -> int:
    return len({json.dumps(values, sort_keys=True) for values in proposals})


def proposed(oracle: Oracle) -> list[Values]:
    """What the oracle proposed by itself, without stages."""
    return [without_stage(trial.hyperparameters.values) for trial in oracle.trials.values() if not trial.origin]


def skewed(trial: Trial, attempt: int) -> tuple[str, float]:
    """Some trials fail, some are tried again, some are skipped."""
    number = int(trial.trial_id)
    if number % 5 == 1 and attempt == 0:
        return TrialStatus.INVALID, 0.0
    if number % 7 == 3:
        return TrialStatus.FAILED, 0.0
    if number % 7 == 5:
        return TrialStatus.STOPPED, -1.0
    return TrialStatus.COMPLETED, quality(trial.hyperparameters.values)
