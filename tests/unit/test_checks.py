"""Each check on something that spoils a search, and on something sound."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from tui_tuner.checks.budget import (
    hyperband_budget,
    little_time,
    small_space,
    unused_patience,
    unused_pruner,
    unused_timeout,
)
from tui_tuner.checks.effects import names_without_effect, points, without_effect
from tui_tuner.checks.leaks import leak, leaking_features
from tui_tuner.checks.machine import little_disk, much_memory, other_backend, unseen_gpus
from tui_tuner.checks.metrics import unknown_directions, unreported_objective
from tui_tuner.checks.outputs import logits_of_probabilities
from tui_tuner.checks.scales import unscaled
from tui_tuner.checks.splits import few_validation_rows, missing_classes
from tui_tuner.space import HyperParameters

RANDOM = np.random.default_rng(0)
NOISE = RANDOM.normal(size=(300, 4))
CLASSES = RANDOM.integers(0, 2, 300)


# Leaks.


def test_a_feature_that_is_the_target_leaks() -> None:
    x = np.column_stack([NOISE, CLASSES * 3.0 - 1, 1 - CLASSES])
    assert leaking_features(x, CLASSES, is_classes=True) == [4, 5]


def test_a_good_feature_is_no_leak() -> None:
    x = np.column_stack([NOISE, CLASSES + RANDOM.normal(0, 0.35, 300)])  # right in nine of ten rows
    assert leaking_features(x, CLASSES, is_classes=True) == []


def test_a_rare_class_is_not_hidden_by_the_common_one() -> None:
    rare = (np.arange(300) < 6).astype(int)
    assert leaking_features(np.column_stack([NOISE, rare * 1.0]), rare, is_classes=True) == [4]
    assert leaking_features(NOISE, rare, is_classes=True) == []


def test_a_leak_that_does_not_rise_with_the_class_is_found() -> None:
    three = RANDOM.integers(0, 3, 300)
    feature = np.array([5.0, -1.0, 2.0])[three] + RANDOM.normal(0, 0.1, 300)
    assert leaking_features(np.column_stack([NOISE, feature]), three, is_classes=True) == [4]


def test_a_number_that_rises_with_the_target_leaks() -> None:
    y = RANDOM.normal(size=300)
    assert leaking_features(np.column_stack([NOISE, np.exp(-y)]), y, is_classes=False) == [4]
    assert leaking_features(np.column_stack([NOISE, y + RANDOM.normal(0, 0.3, 300)]), y, is_classes=False) == []


def test_images_and_targets_of_several_numbers_have_no_leak_to_be_found() -> None:
    assert leaking_features(np.zeros((300, 4, 4)), CLASSES, is_classes=True) == []
    assert leaking_features(NOISE, np.zeros((300, 2)), is_classes=False) == []


def test_the_finding_names_the_column_that_became_several_features() -> None:
    found = leak([4, 5], ["a", "b", "c", "d", "alive_no", "alive_yes"], 6, is_table=True)
    assert found is not None
    assert found.text.startswith("the column alive alone predicts the target")
    assert found.fix == "Leave it out: data.drop: [alive]."
    without_names = leak([4], [], 6, is_table=False)
    assert without_names is not None
    assert "feature 5 of 6" in without_names.text
    assert leak([], [], 6, is_table=False) is None


# Scales.


def test_large_features_in_front_of_a_model_that_does_not_scale() -> None:
    x = np.column_stack([NOISE, RANDOM.normal(500, 100, 300)])
    found = unscaled(x, ["a", "b", "c", "d", "fare"], ["Dense"], may_standardize=True)
    assert found is not None
    assert "the column fare reaches" in found.text
    assert found.fix == "Set data.standardize: true."
    assert unscaled(x, (), ["Rescaling", "Dense"], may_standardize=True) is None
    assert unscaled(NOISE, (), ["Dense"], may_standardize=True) is None
    assert unscaled(np.array([["a", "b"]]), (), ["TextVectorization"], may_standardize=False) is None


# Splits.


def test_few_validation_rows_and_what_of_the_accuracy_is_chance() -> None:
    found = few_validation_rows(29, is_classes=True)
    assert found is not None
    assert "29 validation rows are few: differences of the accuracy up to about 0.12 are chance" in found.text
    assert "search.cross_validation: 5" in found.fix
    one = few_validation_rows(1, is_classes=True)
    assert one is not None
    assert one.text.startswith("a single validation row: ")
    folded = few_validation_rows(29, is_classes=False, folds=5)
    assert folded is not None
    assert "search.executions_per_trial" in folded.fix
    assert few_validation_rows(114, is_classes=True) is None
    assert few_validation_rows(0, is_classes=True) is None  # there is no validation


def test_a_class_that_a_part_lacks() -> None:
    parts = {"training": {0, 1}, "validation": {0, 1, 2}, "test": {0, 2}}
    found = missing_classes(parts, ("cat", "dog", "eel"), is_table=True)
    assert found is not None
    assert found.text == "the training rows have none of class eel; the test rows have none of class dog"
    assert found.fix == "Set data.stratify: true."
    assert missing_classes({"training": {0, 1}, "test": {0, 1}}, None, is_table=True) is None


# Outputs. What a model shows of itself, without Keras; `test_worker_first_look.py` has the real ones.


def model(activation: str, loss: Any) -> Any:
    layer = type("Dense", (), {"activation": SimpleNamespace(__name__=activation)})()
    return type("Sequential", (), {"layers": [layer], "outputs": None, "loss": loss})()


def loss(from_logits: bool) -> Any:
    return type("BinaryCrossentropy", (), {"from_logits": from_logits})()


def test_a_loss_for_logits_behind_a_sigmoid() -> None:
    found = logits_of_probabilities(model("sigmoid", loss(True)))
    assert found is not None
    assert "the last layer is a sigmoid" in found.text
    assert logits_of_probabilities(model("softmax", {"a": loss(True)})) is not None


def test_a_loss_for_probabilities_behind_a_linear_layer() -> None:
    found = logits_of_probabilities(model("linear", "binary_crossentropy"))
    assert found is not None
    assert "expects probabilities" in found.text


@pytest.mark.parametrize(
    ("activation", "of"),
    [("sigmoid", loss(False)), ("linear", loss(True)), ("linear", "mse"), ("sigmoid", "binary_crossentropy")],
)
def test_outputs_that_fit_their_loss(activation: str, of: Any) -> None:
    assert logits_of_probabilities(model(activation, of)) is None


def test_what_is_no_model_has_no_outputs() -> None:
    assert logits_of_probabilities(None) is None


# Metrics.


def test_an_objective_that_training_does_not_report() -> None:
    found = unreported_objective("val_auc", ["loss", "accuracy", "val_loss", "val_accuracy"])
    assert found is not None
    assert "Add the metric auc to model.compile" in found.fix
    near = unreported_objective("val_loss", ["loss"])
    assert near is not None
    assert near.fix.startswith("search.objective: loss")
    assert unreported_objective("val_loss", ["loss", "val_loss"]) is None


def test_a_metric_that_tells_no_direction() -> None:
    found = unknown_directions(["loss", "val_loss", "dice", "val_dice"], "val_loss")
    assert found is not None
    assert "the name dice" in found.text
    assert "{name: val_dice, direction: max}" in found.fix
    assert unknown_directions(["loss", "dice", "val_dice"], "val_dice") is None  # the objective has said so


# Budgets.


def test_a_hyperband_of_one_bracket() -> None:
    assert hyperband_budget(2, 3) is not None
    assert hyperband_budget(9, 3) is None


def test_a_callback_that_waits_longer_than_a_training() -> None:
    (found,) = unused_patience(10, {"early_stopping": {"patience": 10}, "tensorboard": True})
    assert "callbacks.early_stopping waits for 10 epochs" in found.text
    assert list(unused_patience(10, {"early_stopping": {"patience": 3}})) == []


@pytest.mark.parametrize(
    ("epochs", "arguments", "is_useless"),
    [
        (10, {"patience": 9}, True),  # of ten epochs nine are not better: that is the last one
        (10, {"patience": 8}, False),
        (10, {"patience": 9, "baseline": 0.5}, False),  # the first one need not be better than it
        (10, {"patience": 10, "baseline": 0.5}, True),
        (10, {"patience": 4, "start_from_epoch": 5}, True),
        (10, {"patience": 3, "start_from_epoch": 5}, False),
        (2, {"patience": 1}, True),
    ],
)
def test_patience_that_ends_with_the_last_epoch_anyway(
    epochs: int, arguments: dict[str, float], is_useless: bool
) -> None:
    found = list(unused_patience(epochs, {"early_stopping": arguments}))
    assert bool(found) is is_useless
    if epochs == 2:
        assert found[0].fix == "More fit.epochs."  # there is no smaller one


def test_a_pruner_that_looks_too_late() -> None:
    found = unused_pruner(5, "median", {})
    assert found is not None
    assert "from epoch 6 on, and a training has 5" in found.text
    assert unused_pruner(5, "median", {"warmup_epochs": 1}) is None
    assert unused_pruner(5, "none", {}) is None
    # With the last epoch a trial ends anyway, if no further execution follows.
    for pruner, arguments, first in (
        ("median", {}, 6),
        ("successive_halving", {"min_epochs": 4}, 4),
        ("patience", {}, 11),
    ):
        assert unused_pruner(first, pruner, arguments) is not None
        assert unused_pruner(first, pruner, arguments, executions=2) is None
        assert unused_pruner(first - 1, pruner, arguments, executions=2) is not None
        assert unused_pruner(first + 1, pruner, arguments) is None


def test_a_limit_for_epochs_that_nothing_can_end() -> None:
    found = unused_timeout("inline", 60.0)
    assert found is not None
    assert "run.executor: process" in found.fix
    assert unused_timeout("inline", None) is None
    assert unused_timeout("process", 60.0) is None


def test_more_trials_than_configurations() -> None:
    assert small_space(24, 100) is not None
    assert small_space(24, 20) is None
    assert small_space(None, 100) is None  # infinitely many
    assert small_space(24, None) is None  # the tuner knows its end


def test_less_time_than_the_trials_take() -> None:
    assert little_time(7200, 3600) is not None
    assert little_time(3600, 7200) is None
    assert little_time(3600, None) is None


# The machine.


def test_gpus_that_the_backend_does_not_see() -> None:
    found = unseen_gpus(2, 0, "tensorflow")
    assert found is not None
    assert "2 GPUs here, and tensorflow sees none" in found.text
    assert "pip install 'tensorflow[and-cuda]'" in found.fix
    assert unseen_gpus(2, 2, "tensorflow") is None
    assert unseen_gpus(0, 0, "jax") is None


def test_a_backend_that_the_models_file_sets_too_late() -> None:
    found = other_backend("jax", "tensorflow")
    assert found is not None
    assert "sets KERAS_BACKEND to jax, but Keras was loaded with tensorflow before" in found.text
    assert "KERAS_BACKEND=jax tui-tuner" in found.fix
    for wanted in ("tensorflow", "", None):
        assert other_backend(wanted, "tensorflow") is None


def test_little_room_on_the_disk() -> None:
    assert little_disk(2**20, 0, "/data") is not None
    found = little_disk(2**32, 2**34, "/data")
    assert found is not None
    assert "run.keep_checkpoints" in found.fix
    assert little_disk(2**34, 2**32, "/data") is None


def test_a_configuration_that_needs_more_memory_than_there_is() -> None:
    assert much_memory(2**34, 2**33, "a GPU") is not None
    assert much_memory(2**33, 2**34, "a GPU") is None
    assert much_memory(2**34, None, "a GPU") is None


# Effects.


def space() -> HyperParameters:
    hp = HyperParameters()
    hp.Int("units", 8, 64)
    hp.Float("unused", 0.0, 1.0)
    hp.Boolean("deep")
    with hp.conditional_scope("deep", [True]):
        hp.Choice("more", [1, 2])
        hp.Choice("unused_too", ["a", "b"])
    hp.Fixed("fixed", 3)
    return hp


def built(hp: HyperParameters) -> str:
    """What a model would show of itself."""
    values = hp.values
    return f"{values['units']} {values['deep']} {values.get('more')}"


def test_hyperparameters_that_change_nothing() -> None:
    everywhere = points(space(), [[0.0] * 6, [1.0] * 6])
    assert "more" not in everywhere[0]
    assert everywhere[1]["more"] == 2
    names = names_without_effect(space(), everywhere, built)
    assert names == ["unused", "unused_too"]
    found = without_effect(names)
    assert found is not None
    assert found.text.startswith("unused, unused_too have no effect")
    assert without_effect([]) is None


def test_what_cannot_be_built_says_nothing_about_effects() -> None:
    assert names_without_effect(space(), points(space(), [[1.0] * 6]), lambda hp: None) == []
