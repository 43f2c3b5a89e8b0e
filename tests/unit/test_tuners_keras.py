"""Tuners of real Keras models, in one process: training, checkpoints, hooks, and what the engine sees of it."""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tui_tuner.engine.commands import Command, CommandKind
from tui_tuner.engine.reader import SearchReader
from tui_tuner.engine.view import TrialState
from tui_tuner.errors import FatalTypeError, FatalValueError
from tui_tuner.oracles import Objective, Trial
from tui_tuner.space import HyperParameters
from tui_tuner.tuners import HyperModel, RandomSearch


class _Keras:
    """Keras, imported by the first test that runs and not when tests are collected."""

    def __getattr__(self, name: str) -> Any:
        return getattr(importlib.import_module("keras"), name)


keras: Any = _Keras()

RNG = np.random.default_rng(0)
X = RNG.normal(size=(32, 3)).astype("float32")
Y = X.sum(axis=1, keepdims=True)
FIT: dict[str, Any] = {"validation_data": (X, Y), "epochs": 2, "batch_size": 16, "verbose": 0}


def build(hp: HyperParameters) -> Any:
    """A model that learns its input shape from the data, as in the article."""
    model = keras.Sequential([keras.layers.Dense(hp.Int("units", 2, 16, step=2)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.01), "mse", metrics=["mae"], run_eagerly=True)
    return model


def tuner(directory: Path, hypermodel: Any = build, cls: type[RandomSearch] = RandomSearch, **kwargs: Any) -> Any:
    arguments = {"objective": "val_loss", "max_trials": 2, "seed": 1, "directory": directory, **kwargs}
    return cls(hypermodel, project_name="keras", **arguments)


def reader(directory: Path) -> SearchReader:
    return SearchReader(directory / "keras")


def test_the_best_model_has_the_weights_of_the_best_epoch_of_all_executions(tmp_path: Path) -> None:
    searched = tuner(tmp_path, executions_per_trial=2)
    searched.search(X, Y, **FIT)
    best = searched.oracle.get_best_trials()[0]
    epochs = reader(tmp_path).epochs(best.trial_id)
    assert [(each.execution, each.epoch) for each in epochs] == [(0, 0), (0, 1), (1, 0), (1, 1)]
    bests = [min(each.metrics["val_loss"] for each in epochs if each.execution == number) for number in (0, 1)]
    assert best.score == pytest.approx(sum(bests) / 2)
    models = searched.get_best_models(2)
    assert len(models) == 2
    found = models[0].evaluate(X, Y, verbose=0, return_dict=True)
    assert found["loss"] == pytest.approx(min(bests), rel=1e-4)
    models[0].build((99, 3))  # scripts do, because KerasTuner's models came back unbuilt
    with pytest.raises(ValueError, match="input shape"):
        models[0].build((99, 4))


def test_the_engine_sees_the_model_and_its_data(tmp_path: Path) -> None:
    tuner(tmp_path, max_trials=1).search(X, Y, **FIT)
    source = reader(tmp_path)
    view, summary = source.poll(), source.model_summary("0")
    assert summary is not None
    assert [layer.kind for layer in summary.layers] == ["Dense", "Dense"]
    assert view.data is not None
    assert (view.data.train_rows, view.data.input_shape) == (32, "(3,)")
    assert view.trials["0"].planned_epochs == 2


class Hooked(RandomSearch):
    """Notes the hooks that follow a training."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.calls: list[tuple[str, str, int]] = []
        super().__init__(*args, **kwargs)

    def on_epoch_begin(self, trial: Trial, model: Any, epoch: int, logs: Any = None) -> None:
        self.calls.append(("epoch begin", trial.trial_id, epoch))

    def on_epoch_end(self, trial: Trial, model: Any, epoch: int, logs: Any = None) -> None:
        assert isinstance(model, keras.Model)
        assert logs is not None
        assert "val_loss" in logs
        self.calls.append(("epoch end", trial.trial_id, epoch))

    def on_batch_end(self, trial: Trial, model: Any, batch: int, logs: Any = None) -> None:
        self.calls.append(("batch end", trial.trial_id, batch))


def test_hooks_follow_the_training(tmp_path: Path) -> None:
    searched = tuner(tmp_path, cls=Hooked, max_trials=1)
    searched.search(X, Y, **FIT)
    epoch = [("batch end", "0", 0), ("batch end", "0", 1)]
    assert searched.calls == [
        ("epoch begin", "0", 0),
        *epoch,
        ("epoch end", "0", 0),
        ("epoch begin", "0", 1),
        *epoch,
        ("epoch end", "0", 1),
    ]
    assert len(reader(tmp_path).epochs("0")) == 2


def test_callbacks_are_copied_for_each_execution(tmp_path: Path) -> None:
    class Once(keras.callbacks.Callback):  # type: ignore[misc]
        used = False

        def on_train_begin(self, logs: Any = None) -> None:
            assert not self.used
            self.used = True

    given = Once()
    tuner(tmp_path, executions_per_trial=2).search(X, Y, callbacks=[given], **FIT)
    assert not given.used


def test_a_callback_that_cannot_be_copied_is_a_mistake(tmp_path: Path) -> None:
    class Stuck(keras.callbacks.Callback):  # type: ignore[misc]
        def __deepcopy__(self, memo: Any) -> Any:
            raise TypeError("has a socket")

    with pytest.raises(FatalValueError, match=r"should be deep-copyable.*has a socket"):
        tuner(tmp_path).search(X, Y, callbacks=[Stuck()], **FIT)


def test_the_tuners_loss_optimizer_and_metrics_take_the_place_of_the_models(tmp_path: Path) -> None:
    optimizer = keras.optimizers.Adam(0.5)
    searched = tuner(tmp_path, optimizer=optimizer, loss="mae", metrics=["mse"])
    hp = HyperParameters()
    model = searched.hypermodel.build(hp)
    assert (type(model.optimizer).__name__, model.loss) == ("SGD", "mse")
    model = searched._build_hypermodel(hp)
    assert type(model.optimizer).__name__ == "Adam"
    assert model.optimizer is not optimizer
    assert float(model.optimizer.learning_rate) == 0.5
    assert model.loss == "mae"
    assert "mse" in model.evaluate(X, Y, verbose=0, return_dict=True)


def test_what_the_tuner_does_not_replace_stays_as_it_was_compiled(tmp_path: Path) -> None:
    searched = tuner(tmp_path, loss="mae")
    model = searched._build_hypermodel(HyperParameters())
    assert (type(model.optimizer).__name__, model.loss) == ("SGD", "mae")
    assert "mae" in model.evaluate(X, Y, verbose=0, return_dict=True)


def test_a_subclass_may_compile_models_in_its_own_way(tmp_path: Path) -> None:
    class Own(RandomSearch):
        def _override_compile_args(self, model: Any) -> None:
            super()._override_compile_args(model)
            assert model.loss == "mae"
            model.compile("adam", "huber")

    searched = tuner(tmp_path, cls=Own, loss="mae")
    searched.search(X, Y, **FIT)
    assert searched.get_best_models()[0].loss == "huber"


def test_a_subclass_may_keep_checkpoints_elsewhere(tmp_path: Path) -> None:
    class Own(RandomSearch):
        def _get_checkpoint_fname(self, trial_id: str) -> str:
            return str(tmp_path / "elsewhere" / f"{trial_id}.weights.h5")

    searched = tuner(tmp_path, cls=Own)
    searched.search(X, Y, **FIT)
    assert sorted(file.name for file in (tmp_path / "elsewhere").iterdir()) == ["0.weights.h5", "1.weights.h5"]
    assert not list((tmp_path / "keras").rglob("checkpoint*"))
    best = searched.oracle.get_best_trials()[0]
    assert searched.get_best_models()[0].evaluate(X, Y, verbose=0)[0] == pytest.approx(best.score)
    searched.save_model("own", searched.get_best_models()[0])
    assert (tmp_path / "elsewhere" / "own.weights.h5").is_file()


def test_without_a_hypermodel_best_models_are_not_there_and_the_message_says_why(tmp_path: Path) -> None:
    class Own(RandomSearch):
        def run_trial(self, trial: Trial, *args: Any, **kwargs: Any) -> Any:
            return trial.hyperparameters.Float("x", 0.0, 1.0)

    searched = tuner(tmp_path, hypermodel=None, cls=Own, max_trials=1)
    searched.search()
    with pytest.raises(FatalValueError, match=r"This Own has no hypermodel .* or override `load_model`"):
        searched.get_best_models()


def test_a_model_that_is_too_large_fails_its_trial(tmp_path: Path) -> None:
    def sized(hp: HyperParameters) -> Any:
        units = hp.Choice("units", [2, 16])
        model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(units), keras.layers.Dense(1)])
        model.compile("sgd", "mse", run_eagerly=True)
        return model

    searched = tuner(tmp_path, sized, max_model_size=20)
    searched.search(X, Y, **FIT)
    for trial in reader(tmp_path).poll().trials.values():
        large = trial.hyperparameters["units"] == 16
        assert trial.status is (TrialState.FAILED if large else TrialState.COMPLETED)
        assert ("Oversized model: 81 parameters" in trial.message) == large
    assert len(searched.get_best_models(2)) == 1


def test_a_build_function_that_returns_no_model_is_a_mistake(tmp_path: Path) -> None:
    def build_nothing(hp: HyperParameters) -> None:
        hp.Boolean("flag")

    with pytest.raises(FatalTypeError, match=r"build_nothing must return a Keras model.*did you forget"):
        tuner(tmp_path, build_nothing).search(X, Y, **FIT)


class OwnFit(HyperModel):
    """Trains in its own loop, with the callbacks called by hand, and returns the objective."""

    def build(self, hp: HyperParameters) -> Any:
        return build(hp)

    def fit(self, hp: HyperParameters, model: Any, x: Any, y: Any, callbacks: Any, **kwargs: Any) -> float:
        hp.Boolean("shuffle")
        losses = []
        for epoch in range(3):
            losses.append(float(np.asarray(model.train_on_batch(x, y))[0]))
            for callback in callbacks:
                callback.on_epoch_end(epoch, logs={"my_loss": losses[-1]})
        return min(losses)


def test_a_hypermodel_may_train_in_its_own_loop(tmp_path: Path) -> None:
    searched = tuner(tmp_path, OwnFit(), objective=Objective("my_loss", "min"), max_trials=1)
    searched.search(X, Y)
    epochs = reader(tmp_path).epochs("0")
    assert [each.epoch for each in epochs] == [0, 1, 2]
    assert searched.oracle.get_trial("0").score == min(each.metrics["my_loss"] for each in epochs)
    assert [hp.name for hp in searched.oracle.get_space().space] == ["units", "shuffle"]
    assert searched.get_best_models()[0].built


def test_the_last_weights_are_kept_where_no_epoch_has_the_objective(tmp_path: Path) -> None:
    class Silent(OwnFit):
        def fit(self, hp: HyperParameters, model: Any, *args: Any, **kwargs: Any) -> float:
            model.fit(*args, **kwargs)
            self.last = model.get_weights()
            return 0.5

    hypermodel = Silent()
    searched = tuner(tmp_path, hypermodel, objective=None, max_trials=1)
    searched.search(X, Y, **FIT)
    assert searched.oracle.get_trial("0").score == 0.5
    for found, last in zip(searched.get_best_models()[0].get_weights(), hypermodel.last, strict=True):
        np.testing.assert_array_equal(found, last)


def test_an_overridden_run_trial_may_tune_how_the_model_is_trained(tmp_path: Path) -> None:
    class Tuner(RandomSearch):
        def run_trial(self, trial: Trial, *args: Any, **kwargs: Any) -> Any:
            kwargs["batch_size"] = trial.hyperparameters.Int("batch_size", 8, 32, step=8)
            return super().run_trial(trial, *args, **kwargs)

    searched = tuner(tmp_path, cls=Tuner)
    searched.search(X, Y, **FIT)
    assert set(searched.get_best_hyperparameters()[0].values) == {"units", "batch_size"}


def test_an_overridden_run_trial_that_forgets_to_return_counts_all_the_same(tmp_path: Path) -> None:
    class Tuner(RandomSearch):
        def run_trial(self, trial: Trial, *args: Any, **kwargs: Any) -> Any:
            super().run_trial(trial, *args, **kwargs)

    searched = tuner(tmp_path, cls=Tuner, max_trials=1)
    with pytest.warns(DeprecationWarning, match="returned None"):
        searched.search(X, Y, **FIT)
    assert searched.oracle.get_trial("0").score == min(e.metrics["val_loss"] for e in reader(tmp_path).epochs("0"))


def test_a_training_loop_of_ones_own_may_save_its_model(tmp_path: Path) -> None:
    class Tuner(RandomSearch):
        def run_trial(self, trial: Trial, *args: Any, **kwargs: Any) -> float:
            assert self.hypermodel is not None
            model = self.hypermodel.build(trial.hyperparameters)
            loss = float(np.asarray(model.train_on_batch(X, Y))[0])
            self.save_model(trial.trial_id, model)
            self.last = model
            return loss

    searched = tuner(tmp_path, cls=Tuner, max_trials=1)
    searched.search()
    [model] = searched.get_best_models()
    for found, last in zip(model.get_weights(), searched.last.get_weights(), strict=True):
        np.testing.assert_array_equal(found, last)


def test_models_are_built_and_loaded_in_the_scope_of_a_strategy(tmp_path: Path) -> None:
    class Strategy:
        inside = False

        @contextlib.contextmanager
        def scope(self) -> Iterator[None]:
            self.inside = True
            yield
            self.inside = False

        def __deepcopy__(self, memo: Any) -> Any:
            raise AssertionError("there is one strategy")

    strategy = Strategy()
    built: list[bool] = []

    def build_inside(hp: HyperParameters) -> Any:
        built.append(strategy.inside)
        return build(hp)

    searched = tuner(tmp_path, build_inside, max_trials=1, distribution_strategy=strategy)
    built.clear()  # the search space is learnt outside
    searched.search(X, Y, **FIT)
    searched.get_best_models()
    assert built == [True, True]


def test_a_fit_that_returns_nothing_is_named(tmp_path: Path) -> None:
    class Silent(OwnFit):
        def fit(self, hp: HyperParameters, model: Any, *args: Any, **kwargs: Any) -> None:  # type: ignore[override]
            pass

    with pytest.raises(FatalTypeError, match=r"HyperModel.fit\(\)` is None. Did you forget"):
        tuner(tmp_path, Silent()).search(X, Y, **FIT)


def test_a_skipped_trial_ends_with_its_epoch_and_keeps_what_it_has(tmp_path: Path) -> None:
    class Skipper(RandomSearch):
        def on_epoch_end(self, trial: Trial, model: Any, epoch: int, logs: Any = None) -> None:
            if trial.trial_id == "0" and epoch == 1:
                source = reader(tmp_path)
                source.send(Command(CommandKind.SKIP, "0"))
                source.close()

    searched = tuner(tmp_path, cls=Skipper, max_trials=1, executions_per_trial=2)
    with pytest.raises(RuntimeError, match="the only trial did not complete"):
        searched.search(X, Y, **{**FIT, "epochs": 100_000})
    source = reader(tmp_path)
    trial = source.poll().trials["0"]
    epochs = source.epochs("0")
    assert trial.status is TrialState.STOPPED
    assert {each.execution for each in epochs} == {0}
    assert trial.score == min(each.metrics["val_loss"] for each in epochs)
    assert searched.load_model(searched.oracle.get_trial("0")).built


def test_a_tensorboard_callback_writes_to_a_folder_for_each_execution(tmp_path: Path) -> None:
    board = keras.callbacks.TensorBoard(str(tmp_path / "logs"))
    tuner(tmp_path, max_trials=1, executions_per_trial=2).search(X, Y, callbacks=[board], **FIT)
    for execution in (0, 1):
        folder = tmp_path / "logs" / "0" / f"execution{execution}"
        assert any(folder.glob("train/events*"))
        assert any(folder.glob("events*"))  # the hyperparameters


def test_a_trial_can_be_run_outside_of_a_search(tmp_path: Path) -> None:
    searched = tuner(tmp_path)
    trial = searched.oracle.create_trial("tuner0")
    [history] = searched.run_trial(trial, X, Y, **FIT)
    assert len(history.history["val_loss"]) == 2
    assert searched.load_model(trial).built
