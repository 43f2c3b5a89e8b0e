"""Which trials may run in worker processes: only those where nobody could tell the difference."""

from __future__ import annotations

import functools
import math
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import keras
import ml_dtypes
import numpy as np
import pandas as pd
import pytest

from tui_tuner.oracles import HyperbandOracle, RandomSearchOracle
from tui_tuner.space import HyperParameters
from tui_tuner.tuners import BayesianOptimization, Hyperband, HyperModel, RandomSearch, Tuner
from tui_tuner.tuners.deputy import StoredArray
from tui_tuner.tuners.placement import Placement, Wish, place_trials
from tui_tuner.tuners.purity import noticeable

X = np.zeros((8, 3), dtype="float32")
Y = np.zeros(8, dtype="float32")
WIDTHS = (4, 8)
SEEN: list[int] = []
SCALE = 0.5
counter = 0


def build(hp: HyperParameters) -> Any:
    return hp.Int("units", 1, 8)


def space() -> HyperParameters:
    hp = HyperParameters()
    hp.Int("units", 1, 8)
    return hp


def make(folder: Path, cls: Any = RandomSearch, hypermodel: Any = build, **options: Any) -> Any:
    return cls(hypermodel, objective="val_loss", hyperparameters=space(), directory=folder, **options)


def place(tuner: Any, *args: Any, wish: Wish | None = None, **kwargs: Any) -> Placement:
    return place_trials(tuner, args, kwargs, wish or Wish("auto", 4))


def test_a_stock_tuner_with_arrays_and_a_harmless_function_gets_the_useful_number_of_workers(tmp_path: Path) -> None:
    tuner = make(tmp_path)
    validation = (X, Y)
    callbacks = [keras.callbacks.EarlyStopping("val_loss"), keras.callbacks.TensorBoard("logs")]
    found = place(tuner, X, Y, epochs=3, validation_data=validation, callbacks=callbacks, class_weight={0: 1.0})
    assert found == Placement(4)
    assert place(tuner, pd.DataFrame({"a": [1]}), pd.Series([1]), verbose=0) == Placement(4)
    assert place(tuner, X, Y, wish=Wish(2, 0)) == Placement(2)


def test_without_a_wish_for_workers_there_are_none(tmp_path: Path) -> None:
    assert place(make(tmp_path), X, Y, wish=Wish(None, 8)).workers == 0


def test_one_worker_makes_sense_only_where_it_was_asked_for(tmp_path: Path) -> None:
    tuner = make(tmp_path)
    assert place(tuner, X, Y, wish=Wish("auto", 1)) == Placement(0, "more than one at a time would be no faster")
    assert place(tuner, X, Y, wish=Wish(1, 0)) == Placement(1)


def test_what_the_script_sets_for_its_process_keeps_trials_there(tmp_path: Path) -> None:
    found = place(make(tmp_path), X, Y, wish=Wish(2, 0, "script.py uses set_random_seed"))
    assert found == Placement(0, "script.py uses set_random_seed")


def test_proposals_that_depend_on_the_order_need_an_explicit_wish(tmp_path: Path) -> None:
    tuner = make(tmp_path, BayesianOptimization)
    assert "depends on the order" in place(tuner, X, Y).reason
    assert place(tuner, X, Y, wish=Wish(3, 0)) == Placement(3)


class Overriding(RandomSearch):
    def run_trial(self, trial: Any, *args: Any, **kwargs: Any) -> Any:
        return super().run_trial(trial, *args, **kwargs)

    def on_epoch_end(self, *args: Any, **kwargs: Any) -> None:
        super().on_epoch_end(*args, **kwargs)


class OwnOracle(RandomSearchOracle):
    pass


def test_overridden_methods_and_hooks_run_in_the_script(tmp_path: Path) -> None:
    found = place(make(tmp_path, Overriding), X, Y, wish=Wish(2, 0))
    assert found == Placement(0, "Overriding overrides on_epoch_end, run_trial")


def test_a_method_that_was_replaced_on_the_object_runs_in_the_script(tmp_path: Path) -> None:
    tuner = make(tmp_path)
    tuner.on_epoch_end = print
    assert place(tuner, X, Y).reason == "on_epoch_end was replaced on the tuner"


def test_hyperband_and_oracles_of_the_scripts_own_run_in_the_script(tmp_path: Path) -> None:
    tuner = Hyperband(build, "val_loss", max_epochs=4, hyperparameters=space(), directory=tmp_path / "a")
    assert isinstance(tuner.oracle, HyperbandOracle)
    assert "Hyperband depend on each other" in place(tuner, X, Y, wish=Wish(2, 0)).reason
    own = Tuner(OwnOracle("val_loss", hyperparameters=space()), build, directory=tmp_path / "b")
    assert "OwnOracle is an oracle of the script's own" in place(own, X, Y, wish=Wish(2, 0)).reason


@pytest.mark.parametrize(
    ("name", "value"), [("optimizer", keras.optimizers.SGD()), ("distribution_strategy", object())]
)
def test_objects_that_the_tuner_was_given_stay_in_the_script(tmp_path: Path, name: str, value: Any) -> None:
    tuner = make(tmp_path)
    setattr(tuner, name, value)
    assert place(tuner, X, Y).reason == f"the tuner was given an object as {name}"


class Collecting(keras.callbacks.Callback):  # type: ignore[misc]
    pass


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"x": iter([])}, "x of search() is a list_iterator, not an array"),
        ({"x": np.array([{}], dtype=object)}, "x of search() is a ndarray, not an array"),
        ({"validation_data": (X, object())}, "validation_data of search() is a tuple, not an array"),
        ({"callbacks": [Collecting()]}, "the callback Collecting may keep or write something that the script looks at"),
        ({"callbacks": [keras.callbacks.CSVLogger("log.csv")]}, "the callback CSVLogger may keep"),
        ({"callbacks": [keras.callbacks.LambdaCallback()]}, "the callback LambdaCallback may keep"),
    ],
)
def test_arguments_that_cannot_be_handed_over_stay_in_the_script(
    tmp_path: Path, arguments: dict[str, Any], reason: str
) -> None:
    assert place(make(tmp_path), **arguments).reason.startswith(reason)


def test_positional_arguments_are_checked_too(tmp_path: Path) -> None:
    assert place(make(tmp_path), X, {1, 2}).reason == "argument 2 of search() is a set, not an array"


@pytest.mark.parametrize("dtype", ["bfloat16", "float8_e4m3fn", "float32", "<U3", ">i4", "M8[ns]", "f4, i8"])
def test_arrays_are_handed_over_with_their_types(tmp_path: Path, dtype: str) -> None:
    array = np.zeros((2, 3), np.dtype(getattr(ml_dtypes, dtype, dtype)))
    opened = pickle.loads(pickle.dumps(StoredArray.of(array, tmp_path / "1.npy"))).open()
    assert opened.dtype == array.dtype
    np.testing.assert_array_equal(opened, array)


# Hypermodels.


class Plain(HyperModel):
    def __init__(self, classes: int) -> None:
        super().__init__()
        self.classes = classes

    def build(self, hp: HyperParameters) -> Any:
        return hp.Int("units", 1, self.classes)


class Fitting(Plain):
    def fit(self, hp: HyperParameters, model: Any, *args: Any, **kwargs: Any) -> Any:
        return model.fit(*args, batch_size=hp.Choice("batch_size", [1, 2]), **kwargs)


class Remembering(Plain):
    def build(self, hp: HyperParameters) -> Any:
        self.last = hp
        return super().build(hp)


class Counting(Plain):
    def build(self, hp: HyperParameters) -> Any:
        self.classes += 1
        return super().build(hp)


class Holding(Plain):
    def __init__(self) -> None:
        super().__init__(2)
        self.models: list[Any] = []


@pytest.mark.parametrize(
    ("hypermodel", "reason"),
    [
        (Plain(3), ""),
        (Fitting(3), "Fitting overrides fit"),
        (
            Remembering(3),
            "Remembering may do what other processes would not show: it uses last (HyperParameters), which",
        ),
        (Counting(3), "Counting may do what other processes would not show: Counting.build may change its object"),
        (Holding(), "Holding may do what other processes would not show: it uses models (list), which a trial may"),
    ],
)
def test_hypermodels_that_keep_something_run_in_the_script(tmp_path: Path, hypermodel: Any, reason: str) -> None:
    assert place(make(tmp_path, hypermodel=hypermodel), X, Y).reason[: len(reason) or None] == reason


# Build functions.


class Layer(keras.layers.Layer):  # type: ignore[misc]
    def __init__(self, units: int) -> None:
        super().__init__()
        self.units = units

    def call(self, inputs: Any) -> Any:
        return inputs * SCALE


class Tally:
    count = 0


def harmless(hp: HyperParameters, activation: str = "relu") -> Any:
    model = keras.Sequential([keras.Input(shape=(X.shape[1],)), Layer(hp.Choice("width", WIDTHS))])
    for _ in range(hp.Int("layers", 1, 2)):
        model.add(keras.layers.Dense(round(8 * SCALE), activation=activation, name=f"n{math.floor(1.5)}"))
    model.trainable = True
    print("built")
    return nested(model)


def nested(model: Any) -> Any:
    import numpy

    return next(layer for layer in model.layers if numpy.isfinite(layer.count_params()))


def appends(hp: HyperParameters) -> Any:
    SEEN.append(hp.Int("units", 1, 8))


def counts(hp: HyperParameters) -> Any:
    global counter
    counter += 1


def counts_on_a_class(hp: HyperParameters) -> Any:
    Tally.count += 1


def writes(hp: HyperParameters) -> Any:
    with open("note.txt", "w") as file:  # noqa: PTH123
        file.write("x")


def imports(hp: HyperParameters) -> Any:
    import os

    return os.getpid()


def uses_data(hp: HyperParameters) -> Any:
    return X * hp.Float("scale", 0.0, 1.0)


def calls_what_counts(hp: HyperParameters) -> Any:
    return [counts(hp) for _ in range(2)]


def closing_over(kept: Any) -> Callable[[HyperParameters], Any]:
    def built(hp: HyperParameters) -> Any:
        return kept, hp

    return built


def counting_closure() -> Callable[[HyperParameters], Any]:
    count = 0

    def built(hp: HyperParameters) -> Any:
        nonlocal count
        count += 1

    return built


@pytest.mark.parametrize(
    "function",
    [
        build,
        harmless,
        closing_over(3),
        closing_over("relu"),
        closing_over((1, "a", None, np.int64(3))),
        closing_over(keras.layers.Dense),
        functools.partial(harmless, activation="tanh"),
        Plain(3).build,
        lambda hp: hp.Int("units", 1, 8),
    ],
)
def test_functions_that_only_build_are_harmless(function: Callable[..., Any]) -> None:
    assert noticeable(function) == ""


@pytest.mark.parametrize(
    ("function", "found"),
    [
        (appends, "it uses SEEN (list), which a trial may change"),
        (counts, "it sets the global counter"),
        (calls_what_counts, "it sets the global counter"),
        (counts_on_a_class, "it changes Tally"),
        (writes, "it calls open()"),
        (imports, "it imports os"),
        (uses_data, "it uses X (ndarray), which a trial may change"),
        (closing_over([1]), "it uses kept (list), which a trial may change"),
        (closing_over({}), "it uses kept (dict), which a trial may change"),
        (closing_over(keras.layers.Dense(1)), "it uses kept (Dense), which a trial may change"),
        (closing_over(Path), "it uses the module"),
        (counting_closure(), "it sets count of the function around it"),
        (functools.partial(build, cast("Any", [])), "it uses it (list), which a trial may change"),
        (Remembering(3).build, "Remembering.build may change its object"),
        (lambda hp: Path.cwd(), "it uses the module"),
    ],
)
def test_functions_that_do_more_are_found_out(function: Callable[..., Any], found: str) -> None:
    assert noticeable(function).startswith(found)
    assert noticeable(function)
