"""Models without a `build` of their own are built again without their data: with real Keras, in this process."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tui_tuner.errors import TunerError
from tui_tuner.worker.rebuilding import rebuild

X = np.random.default_rng(3).normal(size=(8, 4)).astype("float32")
NUMBERS = np.arange(32).reshape(8, 4) % 9


def of_layers() -> tuple[Any, Any]:
    return _called(lambda net, x: net.output_layer(net.hidden(x))), X


def of_models() -> tuple[Any, Any]:
    inner = of_layers()[0]
    return _called(lambda net, x: net.output_layer(inner(x)), inner), X


def of_named_inputs() -> tuple[Any, Any]:
    return _called(lambda net, x: net.output_layer(net.hidden(x["a"]) + x["b"])), {"a": X, "b": X[:, :1]}


def of_two_inputs() -> tuple[Any, Any]:
    return _called(lambda net, x: net.output_layer(net.hidden(x[0]) + x[1])), (X, X[:, :1])


def of_whole_numbers() -> tuple[Any, Any]:
    ops = importlib.import_module("keras").ops
    return _called(lambda net, x: net.output_layer(ops.take(ops.ones((9,)), x))), NUMBERS


def _called(call: Callable[[Any, Any], Any], *inner: Any) -> Any:
    keras: Any = importlib.import_module("keras")
    model: Any = keras.Model

    class Net(model):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.inner = list(inner)
            self.hidden = keras.layers.Dense(3)
            self.output_layer = keras.layers.Dense(1)

        def call(self, x: Any) -> Any:
            return call(self, x)

    return Net()


@pytest.mark.parametrize("make", [of_layers, of_models, of_named_inputs, of_two_inputs, of_whole_numbers])
def test_it_takes_the_weights_of_the_one_that_saw_data(make: Callable[[], tuple[Any, Any]]) -> None:
    trained, x = make()
    expected = trained.predict(x, verbose=0)
    fresh, _ = make()
    rebuild(fresh, json.loads(json.dumps(trained.get_build_config())))
    assert fresh.built
    fresh.set_weights(trained.get_weights())
    np.testing.assert_array_equal(fresh.predict(x, verbose=0), expected)
    assert fresh.get_build_config() == trained.get_build_config()  # so that it can be saved and built once more


def test_what_only_its_data_can_build_says_what_to_do() -> None:
    model = _called(lambda net, x: net.output_layer(x) if float(np.sum(x)) else x)
    for config in (None, {"input_shape": [None, 4]}):
        with pytest.raises(TunerError, match="Net is built by its data only") as caught:
            rebuild(model, config)
        assert caught.value.hint == "Give Net a build(self, input_shape) that builds its layers."


def test_a_built_model_is_left_as_it_is() -> None:
    model, x = of_layers()
    model(x)
    weights = model.get_weights()
    rebuild(model, None)
    for ours, theirs in zip(model.get_weights(), weights, strict=True):
        np.testing.assert_array_equal(ours, theirs)
