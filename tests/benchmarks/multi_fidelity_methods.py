"""The searches that `multi_fidelity.py` compares: each yields what every epoch that it trains comes to."""

from __future__ import annotations

import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from benchmarks.multi_fidelity_freeze_thaw import freeze_thaw
from benchmarks.multi_fidelity_tasks import EPOCHS, Curves
from benchmarks.search_quality_methods import WithoutOrder, apart, suggested

from tui_tuner.oracles import Objective, create_oracle
from tui_tuner.oracles.stages import stage_of
from tui_tuner.space import HyperParameters

FACTOR = 3
NO_END = 1_000_000
Trained = Iterator[float]
"""The values of the epochs that are trained, one after another."""


class Stopwatch:
    """CPU seconds spent on proposals, and how many there were."""

    def __init__(self) -> None:
        self.spent_s = 0.0
        self.proposals = 0

    def __call__(self, ask: Callable[[], Any]) -> Any:
        began = time.process_time()
        answer = ask()
        self.spent_s += time.process_time() - began
        self.proposals += 1
        return answer


def ours(name: str, curves: Curves, seed: int, watch: Stopwatch, **settings: Any) -> Trained:
    """An oracle of this package; one that does not promote trains all epochs of each."""
    hp = HyperParameters()
    curves.task.define(hp)
    oracle = create_oracle(
        name,
        objective=Objective("score", "min"),
        hyperparameters=hp,
        seed=apart(seed),
        max_consecutive_failed_trials=None,
        **settings,
    )
    return _of_oracle(oracle, curves, watch)


def keras_tuner(curves: Curves, seed: int, watch: Stopwatch) -> Trained:
    """KerasTuner's Hyperband."""
    import keras_tuner as kt

    hp = kt.HyperParameters()
    curves.task.define(WithoutOrder(hp))
    oracle = kt.oracles.HyperbandOracle(
        objective=kt.Objective("score", "min"),
        max_epochs=EPOCHS,
        factor=FACTOR,
        hyperband_iterations=NO_END,
        hyperparameters=hp,
        seed=apart(seed),
        max_consecutive_failed_trials=NO_END,
    )
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        oracle._set_project_dir(folder, "quality")
        oracle.verbose = 0
        yield from _of_oracle(oracle, curves, watch)


def _of_oracle(oracle: Any, curves: Curves, watch: Stopwatch) -> Trained:
    while (trial := watch(lambda: oracle.create_trial("slot"))).status == "RUNNING":
        stage = stage_of(trial.hyperparameters.values)
        first, last = (0, EPOCHS) if stage is None else (stage.initial_epoch, stage.epochs)
        values = curves.curve(trial.hyperparameters.values)
        yield from values[first:last]
        oracle.update_trial(trial.trial_id, {"score": float(values[first:last].min())})
        trial.status = "COMPLETED"
        oracle.end_trial(trial)


def optuna(curves: Curves, seed: int, watch: Stopwatch, pruner: str | None = "HyperbandPruner") -> Trained:
    """Optuna's TPE, with one of its pruners: what is pruned does not go on."""
    import optuna as package

    package.logging.set_verbosity(package.logging.ERROR)
    settings = {"min_resource": 1, "max_resource": EPOCHS, "reduction_factor": FACTOR}
    study = package.create_study(
        sampler=package.samplers.TPESampler(seed=seed),
        pruner=package.pruners.NopPruner() if pruner is None else getattr(package.pruners, pruner)(**settings),
    )
    while True:
        trial, values = watch(lambda: suggested(study.ask(), curves.task))
        best, pruned = np.inf, False
        for epoch, value in enumerate(curves.curve(values), 1):
            yield value
            best = min(best, float(value))
            trial.report(best, epoch)
            pruned = epoch < EPOCHS and trial.should_prune()
            if pruned:
                break
        state = package.trial.TrialState.PRUNED if pruned else package.trial.TrialState.COMPLETE
        study.tell(trial, None if pruned else best, state)


METHODS: Mapping[str, Callable[[Curves, int, Stopwatch], Trained]] = {
    "freeze_thaw": freeze_thaw,
    "asha": lambda *run: ours("asha", *run, max_epochs=EPOCHS, max_trials=NO_END),
    "hyperband": lambda *run: ours("hyperband", *run, max_epochs=EPOCHS, hyperband_iterations=None, proposals="model"),
    "bayesian": lambda *run: ours("bayesian", *run, max_trials=NO_END),
    "asha_random": lambda *run: ours("asha", *run, max_epochs=EPOCHS, max_trials=NO_END, proposals="random"),
    "keras_tuner": keras_tuner,
    "optuna_tpe": optuna,
}
OURS = ("freeze_thaw", "asha", "hyperband", "bayesian")
PEERS = ("asha_random", "keras_tuner", "optuna_tpe")
NEEDS: Mapping[str, str] = {"keras_tuner": "keras_tuner", "optuna_tpe": "optuna"}
