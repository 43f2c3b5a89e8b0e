"""The fast path of small models, against plain `model.fit` with the same seeds: the same numbers, to the last bit."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tui_tuner.worker.protocol import Reporter
from tui_tuner.worker.runner import warm_up

if TYPE_CHECKING:
    from tui_tuner.worker.ready_batches import ReadyBatches

RNG = np.random.default_rng(5)
TABLE = RNG.normal(size=(90, 6)).astype("float32")
IMAGES = RNG.integers(0, 255, (70, 6, 6, 1)).astype("uint8")
WORDS = RNG.integers(0, 12, (64, 5))
SPLIT = {"epochs": 3, "validation_split": 0.2, "verbose": 0}


@pytest.fixture(scope="module", autouse=True)
def keras() -> Iterator[ModuleType]:
    warm_up(Reporter("w", lambda _: None))
    yield sys.modules["keras"]
    gc.unfreeze()


def classes(x: Any, count: int = 2) -> Any:
    return RNG.integers(0, count, len(x))


def table(rate: float) -> Any:
    """Learns its shape from the data; dropout and batch normalization have state of their own."""
    import keras

    layers = keras.layers
    model = keras.Sequential(
        [
            layers.Dense(5, activation="relu", kernel_regularizer="l2"),
            layers.BatchNormalization(),
            layers.Dropout(0.3),
            layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile(keras.optimizers.Adam(rate), loss="binary_crossentropy", metrics=["accuracy", keras.metrics.AUC()])
    return model


def images(rate: float) -> Any:
    import keras

    layers = keras.layers
    inputs = keras.Input((6, 6, 1))
    hidden = layers.Flatten()(layers.Conv2D(3, 3, activation="relu")(layers.Rescaling(1 / 255)(inputs)))
    hidden = layers.Add()([layers.Dense(4)(hidden), layers.Dense(4, activation="tanh")(hidden)])
    model = keras.Model(inputs, layers.Dense(3, activation="softmax")(hidden))
    model.compile(
        keras.optimizers.Nadam(rate, clipnorm=1.0), loss="sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    return model


def words(rate: float) -> Any:
    import keras

    layers = keras.layers
    model = keras.Sequential([layers.Embedding(12, 3), layers.GRU(3, dropout=0.1), layers.Dense(1)])
    model.compile(keras.optimizers.SGD(rate, momentum=0.9, use_ema=True), loss="mse", metrics=["mae"])
    return model


def train(build: Callable[[float], Any], rate: float, seed: int, data: Any, fit: dict[str, Any]) -> Any:
    """Plain `fit`: the history and all variables."""
    import keras

    keras.utils.clear_session(free_memory=False)
    keras.utils.set_random_seed(seed)
    model = build(rate)
    return _outcome(model.fit(*data, **fit), model)


def train_fast(
    traced: Any, build: Callable[[float], Any], rate: float, seed: int, data: Any, fit: dict[str, Any]
) -> tuple[Any, bool]:
    """The same on the fast path; also whether an earlier model was used again."""
    import keras

    from tui_tuner.worker.ready_batches import ready_batches

    keras.utils.clear_session(free_memory=False)
    keras.utils.set_random_seed(seed)
    fresh = build(rate)
    batches = ready_batches(fresh, data, fit)
    ready = traced.ready(fresh, batches)
    assert batches is not None
    prepared = batches.fit_arguments()
    assert prepared is not None
    assert not isinstance(prepared[0][0], np.ndarray)
    outcome = _outcome(ready.model.fit(*prepared[0], **prepared[1]), ready.model)
    traced.keep(ready)
    return outcome, ready.model is not fresh


def _outcome(history: Any, model: Any) -> Any:
    variables = [*model.variables, *model.optimizer.variables]
    return history.history, history.epoch, history.params["steps"], [np.asarray(v.numpy()) for v in variables]


def assert_equal(ours: Any, theirs: Any) -> None:
    assert ours[:3] == theirs[:3]
    for a, b in zip(ours[3], theirs[3], strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(
    ("build", "data", "fit"),
    [
        (table, (TABLE, classes(TABLE)), SPLIT),
        (images, (IMAGES, classes(IMAGES, 3)), {**SPLIT, "batch_size": 14, "validation_batch_size": 5}),
        (words, (WORDS, TABLE[:64, 0].astype("float64")), {"epochs": 2, "batch_size": 16, "verbose": 0}),
    ],
)
def test_a_fresh_and_a_reused_model_train_as_plain_fit_does(
    build: Callable[[float], Any], data: Any, fit: dict[str, Any]
) -> None:
    from tui_tuner.worker.traces import TracedModels

    traced = TracedModels()
    for rate, seed, reused in ((0.05, 1, False), (0.002, 2, True)):
        ours, was_reused = train_fast(traced, build, rate, seed, data, fit)
        assert was_reused is reused
        assert_equal(ours, train(build, rate, seed, data, fit))


def net(
    rate: float = 0.01,
    *,
    layers: Callable[[], list[Any]] = list,
    loss: Any = "binary_crossentropy",
    optimizer: Any = None,
    **compiled: Any,
) -> Any:
    import keras

    keras.utils.clear_session(free_memory=False)
    model = keras.Sequential([keras.Input((6,)), *layers(), keras.layers.Dense(1, activation="sigmoid")])
    model.compile(optimizer or keras.optimizers.Adam(rate), loss=loss, **compiled)
    return model


def batches_for(model: Any, **fit: Any) -> ReadyBatches | None:
    from tui_tuner.worker.ready_batches import ready_batches

    return ready_batches(model, (TABLE, classes(TABLE)), {**SPLIT, **fit})


def key(model: Any) -> str | None:
    from tui_tuner.worker.traces import TracedModels

    batches = batches_for(model)
    assert batches is not None
    found: str | None = TracedModels().ready(model, batches).key
    return found


class TestStructure:
    def test_numbers_in_variables_make_no_difference(self) -> None:
        assert key(net(0.01)) == key(net(0.5)) is not None

    def test_everything_else_does(self, keras: ModuleType) -> None:
        def frozen() -> Any:
            model = net(layers=lambda: [keras.layers.Dense(3)])
            model.layers[0].trainable = False
            return model

        def changed() -> Any:
            model = net(layers=lambda: [keras.layers.Dropout(0.1)])
            model.layers[0].rate = 0.2
            return model

        keys = [
            key(model)
            for model in (
                net(),
                net(layers=lambda: [keras.layers.Dense(3)]),
                net(layers=lambda: [keras.layers.Dense(4)]),
                net(layers=lambda: [keras.layers.Dense(3, activation="relu")]),
                net(layers=lambda: [keras.layers.Dense(3, kernel_regularizer=keras.regularizers.L2(0.1))]),
                net(layers=lambda: [keras.layers.Dense(3, kernel_regularizer=keras.regularizers.L2(0.2))]),
                frozen(),
                net(layers=lambda: [keras.layers.Dropout(0.1)]),
                changed(),
                net(loss="mse"),
                net(loss=keras.losses.BinaryCrossentropy(label_smoothing=0.1)),
                net(optimizer=keras.optimizers.Adam(0.01, beta_1=0.8)),
                net(optimizer=keras.optimizers.SGD(0.01)),
                net(optimizer=keras.optimizers.Adam(keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.9))),
                net(optimizer=keras.optimizers.Adam(keras.optimizers.schedules.ExponentialDecay(0.2, 10, 0.9))),
                net(metrics=["accuracy"]),
                net(loss_weights=[0.5]),
                net(steps_per_execution=3),
            )
        ]
        assert None not in keys
        assert len(set(keys)) == len(keys)

    def test_what_may_hold_a_state_of_its_own_is_trained_as_it_is(self, keras: ModuleType) -> None:
        class Own(keras.layers.Dense):  # type: ignore[misc,name-defined]
            pass

        class OwnModel(keras.Sequential):  # type: ignore[misc,name-defined]
            def train_step(self, data: Any) -> Any:
                return super().train_step(data)

        class OwnOptimizer(keras.optimizers.SGD):  # type: ignore[misc,name-defined]
            pass

        def own_loss(y: Any, p: Any) -> Any:
            return keras.ops.mean((y - p) ** 2)

        def adapted() -> list[Any]:
            layer = keras.layers.Normalization()
            layer.adapt(TABLE)
            return [layer]

        def patched() -> list[Any]:
            layer = keras.layers.Dense(3)
            call = layer.call
            layer.call = lambda inputs: call(inputs)
            return [layer]

        subclassed = OwnModel([keras.Input((6,)), keras.layers.Dense(1)])
        subclassed.compile("sgd", "mse")
        models = [
            net(layers=lambda: [Own(3)]),
            net(layers=lambda: [keras.layers.Lambda(lambda x: 2 * x)]),
            net(layers=lambda: [keras.layers.Dense(3, activation=lambda x: 2 * x)]),
            net(layers=adapted),
            net(layers=patched),
            net(loss=own_loss),
            net(metrics=[own_loss]),
            net(optimizer=OwnOptimizer(0.1)),
            net(run_eagerly=True),
            subclassed,
        ]
        assert [key(model) for model in models] == [None] * len(models)
        assert not any(model.optimizer.built for model in models)  # nothing was done to them

    def test_a_model_that_was_changed_meanwhile_is_not_used_again(self, keras: ModuleType) -> None:
        from tui_tuner.worker.traces import TracedModels

        traced = TracedModels()

        def layers() -> list[Any]:
            return [keras.layers.Dropout(0.1)]

        first = traced.ready(net(layers=layers), batches_for(net()))
        traced.keep(first)
        first.model.layers[0].rate = 0.5
        second = net(layers=layers)
        assert traced.ready(second, batches_for(second)).model is second

    def test_a_model_is_out_until_it_is_brought_back_and_the_oldest_go(self, keras: ModuleType) -> None:
        from tui_tuner.worker import traces

        traced = traces.TracedModels()

        def ready(units: int) -> Any:
            model = net(layers=lambda: [keras.layers.Dense(units)])
            found = traced.ready(model, batches_for(model))
            return found, found.model is model

        first, _ = ready(1)
        assert ready(1)[1]  # the first one is being trained, or its training has failed
        traced.keep(first)
        for units in range(2, traces.MOST_MODELS + 2):
            traced.keep(ready(units)[0])
        assert ready(1)[1]
        assert not ready(2)[1]


class TestBatches:
    @pytest.mark.parametrize(
        "fit",
        [
            {"class_weight": {0: 1.0, 1: 2.0}},
            {"sample_weight": np.ones(90)},
            {"steps_per_epoch": 2},
            {"validation_steps": 1},
            {"shuffle": "batch"},
            {"validation_data": (TABLE, classes(TABLE), np.ones(90))},
            {"validation_data": ([TABLE], classes(TABLE))},
        ],
    )
    def test_what_is_not_plain_stays_as_it_is(self, fit: dict[str, Any]) -> None:
        assert batches_for(net(), **fit) is None

    def test_steps_that_run_on_into_the_next_epoch_stay_as_they_are(self) -> None:
        assert batches_for(net(steps_per_execution=2)) is None
        assert batches_for(net(steps_per_execution=3)) is not None

    def test_a_model_with_a_fit_of_its_own_gets_the_arrays(self, keras: ModuleType) -> None:
        class OwnFit(keras.Sequential):  # type: ignore[misc,name-defined]
            def fit(self, *args: Any, **kwargs: Any) -> Any:
                return super().fit(*args, **kwargs)

        model = OwnFit([keras.Input((6,)), keras.layers.Dense(1)])
        model.compile("sgd", "mse")
        assert batches_for(model) is None

    def test_without_a_seed_each_epoch_has_another_order(self, keras: ModuleType) -> None:
        import tensorflow as tf

        tf.random.set_seed(None)
        batches = batches_for(net(), batch_size=8)
        assert batches is not None
        prepared = batches.fit_arguments()
        assert prepared is not None
        steps = iter(prepared[0][0])
        epochs = [np.concatenate([next(steps)[0].numpy()[:, 0] for _ in range(9)]) for _ in range(2)]
        assert not np.array_equal(epochs[0], epochs[1])
        for epoch in epochs:
            np.testing.assert_array_equal(np.sort(epoch), np.sort(TABLE[:72, 0]))

    def test_a_keras_that_shuffles_in_another_way_gets_the_arrays(
        self, keras: ModuleType, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from keras.src.trainers import data_adapters

        from tui_tuner.worker import ready_batches

        usual = data_adapters.get_data_adapter
        keras.utils.set_random_seed(3)
        batches = batches_for(net())
        assert batches is not None
        for change in (lambda x: x[::-1], lambda x: x.astype("float16")):
            monkeypatch.setattr(ready_batches, "_checked", {})
            monkeypatch.setattr(
                data_adapters, "get_data_adapter", lambda x, change=change, **rest: usual(x=change(x), **rest)
            )
            assert batches.fit_arguments() is None
        monkeypatch.setattr(ready_batches, "_checked", {})
        monkeypatch.delattr(data_adapters, "get_data_adapter")
        assert batches.fit_arguments() is None
