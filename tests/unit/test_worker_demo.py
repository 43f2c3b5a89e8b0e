"""The learning curves of the demo: made up, but as people know them."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui_tuner.worker.demo import learning_curve

EPOCHS = 12

GOOD: dict[str, Any] = {
    "optimizer": "adam",
    "learning_rate": 1e-3,
    "layers": 2,
    "units": 64,
    "dropout": 0.3,
    "batch_norm": True,
    "batch_size": 32,
}


def curve(name: str, **changes: Any) -> list[float]:
    """One metric of all epochs."""
    return [learning_curve({**GOOD, **changes}, 0, epoch)[name] for epoch in range(EPOCHS)]


@given(
    optimizer=st.sampled_from(["adam", "rmsprop", "sgd"]),
    momentum=st.floats(0.0, 0.95),
    learning_rate=st.floats(-5, -1).map(lambda power: 10**power),
    layers=st.integers(1, 5),
    units=st.sampled_from([16, 32, 64, 128, 256, 512]),
    dropout=st.floats(0.0, 0.6),
    batch_norm=st.booleans(),
    batch_size=st.sampled_from([16, 32, 64, 128]),
    epoch=st.integers(0, 50),
)
@settings(deadline=None)
def test_metrics_are_always_the_same_and_within_their_bounds(epoch: int, **values: Any) -> None:
    if values["layers"] * values["units"] * values["batch_size"] > 80_000:
        with pytest.raises(RuntimeError, match="out of memory"):
            learning_curve(values, 0, epoch)
        return
    metrics = learning_curve(values, 0, epoch)
    assert repr(metrics) == repr(learning_curve(values, 0, epoch))
    for name, value in metrics.items():
        if not math.isnan(value):
            assert value >= 0.0
            assert "loss" in name or value <= 1.0


def test_training_gets_better_and_slows_down() -> None:
    accuracy = curve("val_accuracy")
    assert accuracy[-1] > 0.9
    assert accuracy[3] - accuracy[0] > 3 * (accuracy[-1] - accuracy[-4])
    assert curve("loss")[-1] < curve("loss")[0]


@pytest.mark.parametrize("learning_rate", [1e-5, 1e-2])
def test_a_wrong_learning_rate_is_worse(learning_rate: float) -> None:
    assert max(curve("val_accuracy", learning_rate=learning_rate)) < max(curve("val_accuracy")) - 0.02


def test_far_too_high_a_learning_rate_diverges() -> None:
    assert math.isnan(curve("loss", learning_rate=0.1)[-1])
    assert not math.isnan(curve("loss", learning_rate=0.1)[0])


def test_a_large_net_without_dropout_overfits() -> None:
    losses = curve("val_loss", layers=5, units=256, dropout=0.0)
    assert losses[-1] > min(losses) + 0.1
    assert curve("loss", layers=5, units=256, dropout=0.0)[-1] < 0.5


def test_a_net_that_is_too_large_does_not_fit_into_memory() -> None:
    with pytest.raises(RuntimeError, match="out of memory: the demo's device"):
        learning_curve({**GOOD, "layers": 5, "units": 512, "batch_size": 128}, 0, 0)
