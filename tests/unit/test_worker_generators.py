"""The random numbers of the process go on where they stood."""

from __future__ import annotations

import importlib.util
import os
import random
import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

from tui_tuner.worker.generators import restore_generators, save_generators
from tui_tuner.worker.plain_state import pack, unpack


class StandIn(ModuleType):
    """What PyTorch has of all this, where it is not installed."""

    def __init__(self, gpus: int = 0) -> None:
        super().__init__("torch")
        self.states = [np.arange(16, dtype=np.uint8) for _ in range(1 + gpus)]
        self.cuda = SimpleNamespace(
            is_initialized=lambda: gpus > 0,
            device_count=lambda: gpus,
            get_rng_state_all=lambda: [self.tensor(state) for state in self.states[1:]],
            set_rng_state_all=lambda states: self._set(1, states),
        )

    @staticmethod
    def tensor(array: Any) -> Any:
        return SimpleNamespace(numpy=lambda: array.copy())

    def get_rng_state(self) -> Any:
        return self.tensor(self.states[0])

    def set_rng_state(self, state: Any) -> None:
        self._set(0, [state])

    def rand(self, count: int) -> Any:
        self.states = [state + 1 for state in self.states]
        return np.concatenate([state[:count] for state in self.states])

    def _set(self, first: int, states: list[Any]) -> None:
        self.states[first : first + len(states)] = [state.numpy() for state in states]


@pytest.fixture(params=["none", "real", "no gpu", "two gpus"])
def torch(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    if request.param == "real":
        return pytest.importorskip("torch")
    if request.param == "none":
        monkeypatch.delitem(sys.modules, "torch", raising=False)
        return None
    monkeypatch.setitem(sys.modules, "torch", StandIn(2 if request.param == "two gpus" else 0))
    return sys.modules["torch"]


def drawn(torch: Any) -> list[float]:
    return [random.random(), *np.random.rand(3), *([] if torch is None else map(float, torch.rand(3)))]


def test_what_is_drawn_after_a_restore_is_what_was_drawn_after_the_save(torch: Any) -> None:
    kept = pack(save_generators())
    expected = drawn(torch)
    assert drawn(torch) != expected
    restore_generators(unpack(kept))
    assert drawn(torch) == expected


def test_random_numbers_that_were_not_saved_stay_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    without = save_generators()
    monkeypatch.setitem(sys.modules, "torch", StandIn(gpus=1))
    restore_generators(without)  # saved before PyTorch was loaded
    with_one_gpu = save_generators()
    other = StandIn(gpus=2)
    other.rand(1)
    before = [state.copy() for state in other.states]
    monkeypatch.setitem(sys.modules, "torch", other)
    restore_generators(with_one_gpu)
    assert not np.array_equal(other.states[0], before[0])
    np.testing.assert_array_equal(other.states[1:], before[1:])


@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="PyTorch is not installed")
def test_a_training_with_pytorch_goes_on_as_if_it_was_not_cut_off(tmp_path: Path) -> None:
    """Dropout and the order of the rows come from random numbers that PyTorch keeps for the process."""
    script = tmp_path / "script.py"
    script.write_text(TRAINING)
    environment = {**os.environ, "KERAS_BACKEND": "torch"}
    subprocess.run([sys.executable, str(script)], env=environment, cwd=tmp_path, check=True, timeout=240)


TRAINING = """
import keras
import numpy as np
from tui_tuner.worker.generators import restore_generators, save_generators

x = np.random.default_rng(0).normal(size=(64, 4))
y = x[:, :1] > 0


class Kept(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        if epoch == 1:
            self.model.save_weights("model.weights.h5")
            self.generators = save_generators()


class Restored(keras.callbacks.Callback):
    def on_train_begin(self, logs=None):
        restore_generators(kept.generators)


def build():
    keras.utils.set_random_seed(1)
    layers = [keras.Input((4,)), keras.layers.Dense(8), keras.layers.Dropout(0.5), keras.layers.Dense(1)]
    model = keras.Sequential(layers)
    model.compile("adam", "mse")
    model.optimizer.build(model.trainable_variables)
    return model


kept = Kept()
whole = build().fit(x, y, epochs=4, verbose=0, callbacks=[kept]).history["loss"]
model = build()
model.load_weights("model.weights.h5")
rest = model.fit(x, y, epochs=4, initial_epoch=2, verbose=0, callbacks=[Restored()]).history["loss"]
assert rest == whole[2:], (rest, whole)
"""
