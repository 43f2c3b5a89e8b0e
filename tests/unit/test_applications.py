"""Ready-made hypermodels: their search spaces, and that what they build can be trained."""

from __future__ import annotations

import importlib
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from tui_tuner.applications import HyperEfficientNet, HyperImageAugment, HyperResNet, HyperXception
from tui_tuner.applications import efficientnet as efficientnet_module
from tui_tuner.space import HyperParameters
from tui_tuner.tuners import HyperModel

SHAPE = (32, 32, 3)
RNG = np.random.default_rng(0)


class _Keras:
    """Keras, imported by the first test that runs and not when tests are collected."""

    def __getattr__(self, name: str) -> Any:
        return getattr(importlib.import_module("keras"), name)


keras: Any = _Keras()


def built(hypermodel: HyperModel, **values: Any) -> tuple[Any, HyperParameters]:
    hp = HyperParameters()
    hp.values.update(values)
    return hypermodel.build(hp), hp


def defaults(hp: HyperParameters) -> dict[str, Any]:
    return {each.name: each.default for each in hp.space}


def test_a_resnet_has_the_size_of_resnet_50_by_default() -> None:
    model, hp = built(HyperResNet(input_shape=SHAPE, classes=10))
    assert defaults(hp) == {
        "version": "v2",
        "conv3_depth": 4,
        "conv4_depth": 6,
        "pooling": "avg",
        "optimizer": "adam",
        "learning_rate": 0.01,
    }
    assert list(hp.space[0].values) == ["v1", "v2", "next"]
    assert model.output_shape == (None, 10)
    assert model.count_params() == 23_585_290  # as keras.applications.ResNet50V2 with ten classes
    assert (model.loss, type(model.optimizer).__name__) == ("categorical_crossentropy", "Adam")
    assert float(model.optimizer.learning_rate) == pytest.approx(0.01)


@pytest.mark.parametrize(
    ("version", "parameters"),
    [("v1", 23_587_712), ("next", 22_800_704)],  # as keras.applications.ResNet50, as KerasTuner's
)
def test_the_other_versions_of_a_resnet_without_its_top(version: str, parameters: int) -> None:
    model, hp = built(HyperResNet(include_top=False, input_shape=SHAPE), version=version)
    assert model.output_shape == (None, 2048)
    assert model.count_params() == parameters
    assert not model.compiled
    assert "learning_rate" not in hp


def test_the_layers_of_a_resnet_have_the_names_that_keras_gives_them() -> None:
    model, _ = built(HyperResNet(input_shape=SHAPE, classes=10))
    known = keras.applications.ResNet50V2(weights=None, input_shape=SHAPE, classes=10)
    unnamed = ("input_layer", "max_pooling2d", "predictions", "probs")

    def names(network: Any) -> list[str]:
        return [layer.name for layer in network.layers if not layer.name.startswith(unnamed)]

    assert names(model) == names(known)
    grouped, _ = built(HyperResNet(input_shape=SHAPE, classes=10), version="next", pooling="max")
    assert grouped.get_layer("conv5_block3_out").output.shape == grouped.get_layer("max_pool").input.shape


@pytest.mark.parametrize(
    ("version", "shapes"),
    [
        ("v1", [(16, 16, 256), (8, 8, 512), (4, 4, 1024), (2, 2, 2048)]),
        ("v2", [(8, 8, 256), (4, 4, 512), (2, 2, 1024), (2, 2, 2048)]),
        ("next", [(8, 8, 128), (4, 4, 512), (2, 2, 1024), (2, 2, 2048)]),
    ],
)
def test_the_stages_of_a_resnet_reduce_the_resolution_as_those_of_kerastuner(version: str, shapes: Any) -> None:
    model, _ = built(HyperResNet(include_top=False, input_shape=(64, 64, 3)), version=version)
    ends = [layer.output.shape[1:] for layer in model.layers if type(layer).__name__ == "Add"]
    assert [ends[index] for index in (2, 6, 12, 15)] == shapes


def test_an_xception_can_be_trained() -> None:
    model, hp = built(
        HyperXception(input_shape=(16, 16, 3), classes=3), conv2d_num_filters=32, sep_num_filters=128,
        num_residual_blocks=2,
    )  # fmt: skip
    assert list(defaults(hp)) == [
        "activation", "conv2d_num_filters", "kernel_size", "initial_strides", "sep_num_filters",
        "num_residual_blocks", "pooling", "num_dense_layers", "dropout_rate", "dense_use_bn", "learning_rate",
    ]  # fmt: skip
    x, y = RNG.normal(size=(4, 16, 16, 3)), np.eye(3)[[0, 1, 2, 0]]
    assert np.isfinite(model.fit(x, y, verbose=0).history["loss"]).all()


def test_an_xception_with_selu_needs_no_normalisation() -> None:
    model, _ = built(HyperXception(input_shape=SHAPE, classes=10), activation="selu", pooling="flatten")
    assert not any("normalization" in layer.name for layer in model.layers)
    default, _ = built(HyperXception(input_shape=SHAPE, classes=10))
    assert default.count_params() == 1_059_744  # as KerasTuner's


@pytest.mark.parametrize(
    ("values", "parameters"),
    [
        ({"kernel_size": 5}, 1_062_816),  # of the first convolution only
        ({"conv2d_num_filters": 128, "sep_num_filters": 128}, 287_904),  # as wide: the first shortcut needs nothing
    ],
)
def test_an_xception_takes_the_weights_that_kerastuner_has_saved(values: dict[str, int], parameters: int) -> None:
    model, _ = built(HyperXception(input_shape=SHAPE, classes=10), **values)
    assert model.count_params() == parameters  # as KerasTuner's


def test_an_xception_pools_over_three_by_three_and_drops_only_what_it_is_told_to() -> None:
    model, _ = built(HyperXception(input_shape=SHAPE, classes=10), dropout_rate=0.0)
    assert not any("dropout" in layer.name for layer in model.layers)
    [pooling] = [layer for layer in model.layers if "max_pooling" in layer.name]
    assert (pooling.pool_size, pooling.strides) == ((3, 3), (2, 2))


def test_without_its_top_an_xception_gives_features() -> None:
    model, hp = built(HyperXception(include_top=False, input_tensor=keras.Input(SHAPE)), num_residual_blocks=2)
    assert model.output_shape == (None, 512)
    assert "dropout_rate" not in hp


def test_an_efficientnet_without_network_begins_with_random_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(efficientnet_module, "_unreachable", False)
    asked: list[Any] = []
    make = keras.applications.EfficientNetB0

    def offline(*args: Any, weights: Any, **kwargs: Any) -> Any:
        asked.append(weights)
        if weights is not None:
            raise Exception("URL fetch failure on https://example.org: nothing there")
        return make(*args, weights=weights, **kwargs)

    monkeypatch.setattr(keras.applications, "EfficientNetB0", offline)
    hypermodel = HyperEfficientNet(input_shape=SHAPE, classes=10, augmentation_model=HyperImageAugment(SHAPE))
    with pytest.warns(UserWarning, match="EfficientNetB0 could not be downloaded"):
        model, hp = built(hypermodel)
    assert asked == ["imagenet", None]
    assert {"augment_layers", "factor_rotate", "version", "pooling", "top_dropout_rate", "learning_rate"} <= set(
        defaults(hp)
    )
    assert (model.input_shape, model.output_shape) == ((None, *SHAPE), (None, 10))


def test_a_subclass_may_compile_an_efficientnet_in_its_own_way(monkeypatch: pytest.MonkeyPatch) -> None:
    class Own(HyperEfficientNet):
        def _compile(self, model: Any, hp: HyperParameters) -> None:
            model.compile(hp.Choice("own", ["adam", "sgd"]), "mse")

    monkeypatch.setattr(efficientnet_module, "_network", lambda version, images: SimpleNamespace(output=images))
    model, hp = built(Own(input_shape=SHAPE, classes=2))
    assert (model.loss, type(model.optimizer).__name__) == ("mse", "Adam")
    assert "own" in hp
    assert "learning_rate" not in hp


@pytest.mark.parametrize("layers", [0, 2])
def test_augmentation_changes_images_while_training_only(layers: int) -> None:
    augment = HyperImageAugment(input_shape=SHAPE, augment_layers=layers, rotate=None)
    model, hp = built(augment, factor_translate_x=0.4, factor_translate_y=0.2, factor_contrast=0.1)
    assert ("augment_layers" in hp) == bool(layers)
    images = RNG.uniform(0, 255, size=(8, *SHAPE)).astype("float32")
    np.testing.assert_array_equal(model(images, training=False), images)
    changed = np.asarray(model(images, training=True))
    assert changed.shape == images.shape
    assert not np.allclose(changed, images)
    again = type(model).from_config(model.get_config())
    assert np.asarray(again(images, training=True)).shape == images.shape


def test_augmentation_is_off_by_default_and_grows_from_the_smallest_strength() -> None:
    _, hp = built(HyperImageAugment(input_shape=SHAPE, rotate=[0.2, 0.4], translate_x=None, contrast=0))
    assert defaults(hp) == {"augment_layers": 1, "factor_rotate": 0.2, "factor_translate_y": 0.0}


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: HyperResNet(input_shape=SHAPE), "must specify `classes`"),
        (lambda: HyperXception(classes=2), "`input_shape` or `input_tensor`"),
        (lambda: HyperEfficientNet(input_shape=SHAPE), "must specify `classes`"),
        (lambda: HyperEfficientNet(input_shape=SHAPE, classes=2, augmentation_model=3), "augmentation_model"),
        (lambda: HyperImageAugment(), "`input_shape` or `input_tensor`"),
        (lambda: HyperImageAugment(SHAPE, rotate=[0.1, 0.2, 0.3]), "must not exceed 2"),
        (lambda: HyperImageAugment(SHAPE, rotate=[0.4, 0.2]), "upwards"),
        (lambda: HyperImageAugment(SHAPE, contrast="strong"), "`contrast`"),  # type: ignore[arg-type]
        (lambda: HyperImageAugment(SHAPE, augment_layers=1.5), "must be int"),  # type: ignore[arg-type]
    ],
)
def test_missing_and_wrong_arguments_are_named(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()
