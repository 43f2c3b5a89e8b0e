"""KerasTuner's helpers and its objects that people reach into."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tensorboard.plugins.hparams import api

from tui_tuner.errors import FatalTypeError, FatalValueError
from tui_tuner.oracles import (
    Objective,
    Oracle,
    RandomSearchOracle,
    Trial,
    TrialStatus,
)
from tui_tuner.oracles.stateful import Stateful
from tui_tuner.space import HyperParameters
from tui_tuner.tuners import tuner_utils, utils

OBJECTIVE = Objective("val", "min")


class History:
    """What `model.fit` returns."""

    def __init__(self, **history: list[float]) -> None:
        self.history = history
        self.epoch = list(range(len(next(iter(history.values())))))


FIRST = History(val=[3.0, 1.0, 2.0], loss=[5.0, 6.0, 7.0])
SECOND = History(val=[3.0, 2.0, 1.0], loss=[5.0, 6.0, 7.0])


@pytest.mark.parametrize(
    ("results", "metrics", "step"),
    [
        (1.0, {"val": 1.0}, 0),
        ({"val": 2.0, "loss": 3.0}, {"val": 2.0, "loss": 3.0}, 0),
        (FIRST, {"val": 1.0, "loss": 6.0}, 1),
        ([FIRST, SECOND], {"val": 1.0, "loss": 6.5}, 1),
        ([{"val": 2.0}, {"val": 4.0}], {"val": 3.0}, 0),
    ],
)
def test_results_become_metrics_and_a_step(results: Any, metrics: dict[str, float], step: int) -> None:
    tuner_utils.validate_trial_results(results, OBJECTIVE, "Tuner.run_trial()")
    assert tuner_utils.convert_to_metrics_dict(results, OBJECTIVE) == metrics
    assert tuner_utils.get_best_step(results, OBJECTIVE) == step


def test_results_that_say_nothing_are_named() -> None:
    with pytest.raises(FatalTypeError, match=r"my_method\(\)` is None. Did you forget"):
        tuner_utils.validate_trial_results(None, OBJECTIVE, "my_method()")
    with pytest.raises(FatalValueError, match="the specified objective, 'val'"):
        tuner_utils.validate_trial_results({"loss": 1.0}, OBJECTIVE, "my_method()")


def test_metrics_are_averaged_over_those_that_have_them() -> None:
    assert tuner_utils.average_metrics_dicts([{"a": 1.0, "b": 2.0}, {"a": 3.0}]) == {"a": 2.0, "b": 2.0}
    assert tuner_utils.average_metrics_dicts([]) == {}


def test_hyperparameters_for_tensorboard() -> None:
    hp = HyperParameters()
    hp.Choice("kind", ["a", "b"])
    hp.Int("units", 1, 9)
    hp.Int("stepped", 2, 6, step=2)
    hp.Float("rate", 0.5, 1.0)
    hp.Boolean("flag")
    hp.Fixed("fixed", 3)
    found = {
        each.name: (each.domain, value) for each, value in tuner_utils.convert_hyperparams_to_hparams(hp, api).items()
    }
    assert found["kind"][0].values == ["a", "b"]
    assert found["kind"][1] == "a"
    assert found["stepped"][0].values == [2, 4, 6]
    assert (found["rate"][0].min_value, found["rate"][0].max_value) == (0.5, 1.0)
    assert set(found) == {"kind", "units", "stepped", "rate", "flag", "fixed"}


def test_the_callbacks_of_keras_tuner(tmp_path: Path) -> None:
    import keras

    class Tuner:
        calls: list[Any] = []

        def __getattr__(self, name: str) -> Any:
            return lambda trial, model, number, logs=None: self.calls.append((name, trial, number))

    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse", run_eagerly=True)
    path = tmp_path / "best.weights.h5"
    saver = tuner_utils.SaveBestEpoch(Objective("loss", "max"), str(path))
    x, y = np.ones((4, 2)), np.zeros((4, 1))
    saver.set_model(model)
    saver.on_epoch_end(0, {"loss": 2.0})
    best = model.get_weights()
    model.fit(x, y, verbose=0, callbacks=[tuner_utils.TunerCallback(Tuner(), "trial")])
    saver.on_epoch_end(1, {"loss": 1.0})  # no better
    model.load_weights(path)
    np.testing.assert_array_equal(model.get_weights()[0], best[0])
    model.fit(x, y, verbose=0)
    saver.on_epoch_end(2, {})  # without the objective the latest counts
    latest = model.get_weights()
    model.set_weights(best)
    model.load_weights(path)
    np.testing.assert_array_equal(model.get_weights()[0], latest[0])
    assert Tuner.calls == [
        ("on_epoch_begin", "trial", 0),
        ("on_batch_begin", "trial", 0),
        ("on_batch_end", "trial", 0),
        ("on_epoch_end", "trial", 0),
    ]


def test_small_helpers(tmp_path: Path) -> None:
    assert [utils.to_list(each) for each in (1, (1, 2), [1], None)] == [[1], [1, 2], [1], [None]]
    folder = tmp_path / "a" / "b"
    utils.create_directory(str(folder))
    assert utils.save_json(str(folder / "x.json"), {"a": 1}) == '{"a": 1}'
    assert utils.load_json(str(folder / "x.json")) == {"a": 1}
    utils.create_directory(str(folder), remove_existing=True)
    assert list(folder.iterdir()) == []
    assert utils.IS_NOTEBOOK is False
    utils.try_clear()


def test_keras_objects_go_there_and_back() -> None:
    import keras

    config = utils.serialize_keras_object(keras.optimizers.SGD(0.5))
    assert float(utils.deserialize_keras_object(config).learning_rate) == 0.5


def test_an_object_of_the_users_own_is_kept_in_a_file(tmp_path: Path) -> None:
    class Counter(Stateful):
        count = 0

        def get_state(self) -> dict[str, Any]:
            return {"count": self.count}

        def set_state(self, state: Any) -> None:
            self.count = state["count"]

    counter, again = Counter(), Counter()
    counter.count = 3
    counter.save(tmp_path / "counter.json")
    again.reload(tmp_path / "counter.json")
    assert again.count == 3


def test_an_oracle_of_the_users_own_can_draw_at_random_and_score_in_its_own_way() -> None:
    class Own(Oracle):
        ended: list[str] = []

        def populate_space(self, trial_id: str) -> dict[str, Any]:
            values = self._random_values()
            status = TrialStatus.STOPPED if values is None else TrialStatus.RUNNING
            return {"status": status, "values": values}

        def score_trial(self, trial: Trial) -> None:
            super().score_trial(trial)
            assert trial.score is not None
            trial.score += 100.0

        def end_trial(self, trial: Any, status: str | None = None) -> None:
            super().end_trial(trial, status)
            self.ended.append(trial.trial_id)

    hp = HyperParameters()
    hp.Float("x", 0.0, 1.0)
    own = Own(objective=OBJECTIVE, max_trials=3, hyperparameters=hp, seed=5)
    stock = RandomSearchOracle(objective=OBJECTIVE, max_trials=3, hyperparameters=hp.copy(), seed=5)
    for _ in range(3):
        trial, same = own.create_trial("tuner0"), stock.create_trial("tuner0")
        assert trial.hyperparameters.values == same.hyperparameters.values
        for oracle, each in ((own, trial), (stock, same)):
            oracle.update_trial(each.trial_id, {"val": each.hyperparameters.values["x"]})
            each.status = TrialStatus.COMPLETED
            oracle.end_trial(each)
    assert own.ended == ["0", "1", "2"]
    assert own.get_best_trials()[0].score == pytest.approx(100.0 + (stock.get_best_trials()[0].score or 0.0))
