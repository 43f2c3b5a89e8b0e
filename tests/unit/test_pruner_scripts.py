"""`pruner=` of a tuner in a script."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tui_tuner.engine.reader import SearchReader
from tui_tuner.engine.view import SearchView, TrialState
from tui_tuner.errors import TunerError
from tui_tuner.oracles import Objective, Trial
from tui_tuner.space import HyperParameters
from tui_tuner.tuners import RandomSearch
from tui_tuner.tuners.pruner_wish import PrunerChoice

CURVES: Sequence[Sequence[float]] = ([0.7, 0.4, 0.3, 0.2], [0.6, 0.35, 0.55, 0.5], [0.4, 0.3, 0.2, 0.1])


def build(hp: HyperParameters) -> None:
    hp.Int("units", 1, 1000)


class ScriptTuner(RandomSearch):
    """Has a training loop of its own, which reports its epochs."""

    def __init__(self, directory: Path, pruner: PrunerChoice) -> None:
        self.trained: list[int] = []
        super().__init__(
            build, Objective("loss", "min"), max_trials=3, directory=directory, project_name="script", pruner=pruner
        )

    def run_trial(self, trial: Trial, *args: Any, **kwargs: Any) -> Any:
        self.trained.append(0)
        for epoch, loss in enumerate(CURVES[int(trial.trial_id)]):
            self.trained[-1] += 1
            self.on_epoch_end(trial, None, epoch, {"loss": loss})
        return {"loss": min(CURVES[int(trial.trial_id)])}


def seen(directory: Path) -> SearchView:
    reader = SearchReader(directory)
    try:
        return reader.poll()
    finally:
        reader.close()


def test_a_training_loop_of_the_scripts_own_is_left_where_the_pruner_says_so(tmp_path: Path) -> None:
    tuner = ScriptTuner(tmp_path, {"name": "median", "min_trials": 1, "warmup_epochs": 0})
    tuner.search(verbose=0)
    said = "epoch 3: 0.35 worse than the median 0.3 of 1"
    assert tuner.trained == [4, 3, 4]
    assert [trial.message for trial in seen(tmp_path / "script").trials.values()] == ["", said, ""]
    stopped = tuner.oracle.get_trial("1")
    assert (stopped.status, stopped.message, stopped.score) == ("STOPPED", said, 0.35)
    best = [tuner.oracle.get_trial(trial_id).hyperparameters.values for trial_id in ("2", "0")]
    assert [hp.values for hp in tuner.get_best_hyperparameters(3)] == best


def test_without_one_nothing_is_stopped(tmp_path: Path) -> None:
    tuner = ScriptTuner(tmp_path, None)
    tuner.search(verbose=0)
    assert tuner.trained == [4, 4, 4]


@pytest.mark.parametrize(
    ("pruner", "says"),
    [
        ("medain", "Did you mean 'median'"),
        ({"nam": "median"}, "must be a name, or a mapping with a name"),
        ({"name": "median", "min_trial": 3}, "unexpected keyword argument 'min_trial'"),
        (["median"], "must be a name"),
    ],
)
def test_a_mistake_is_told_when_the_tuner_is_made(tmp_path: Path, pruner: Any, says: str) -> None:
    with pytest.raises(TunerError, match=says):
        ScriptTuner(tmp_path, pruner)


def test_models_of_keras_are_pruned_too(tmp_path: Path) -> None:
    import keras

    def build_model(hp: HyperParameters) -> Any:
        rate = hp.Choice("learning_rate", [1e-2, 1e6])
        model = keras.Sequential([keras.layers.Dense(1)])
        model.compile(keras.optimizers.SGD(rate), "mse")
        return model

    tuner = RandomSearch(build_model, "val_loss", max_trials=2, directory=tmp_path, seed=1, pruner="threshold")
    x = np.linspace(0, 1, 32).reshape(-1, 1)
    tuner.search(x, 2 * x, epochs=12, validation_data=(x, 2 * x), verbose=0)
    trials = {
        trial.hyperparameters["learning_rate"]: trial for trial in seen(tmp_path / "untitled_project").trials.values()
    }
    assert trials[1e-2].status is TrialState.COMPLETED
    assert trials[1e6].status is TrialState.STOPPED
    assert trials[1e6].message.split(": ")[1] in ("NaN", "infinite")
