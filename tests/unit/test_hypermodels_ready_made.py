"""The ready-made hypermodels and the samples' models: built by Keras at corners of their search spaces."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tui_tuner.configs.data import data_shape, load_data
from tui_tuner.configs.load import load_config
from tui_tuner.configs.model_reference import resolve_model
from tui_tuner.configs.schema import DataConfig
from tui_tuner.errors import TunerError
from tui_tuner.hypermodels.conv import image_shape
from tui_tuner.hypermodels.data_shape import DataShape, OutputKind
from tui_tuner.space import HyperParameters

SAMPLES = Path(__file__).parents[2] / "sample_configs"


def built(name: str, shape: DataShape, **values: Any) -> tuple[Any, HyperParameters]:
    build = resolve_model(name, shape)
    hp = HyperParameters()
    build(hp)
    hp.values.update(values)
    return build(hp), hp


def test_the_search_space_of_dense() -> None:
    _, hp = built("dense", DataShape((5,), OutputKind.BINARY))
    names = ["layers", "activation", "dropout", "learning_rate", "units_0", "units_1", "units_2"]
    assert [parameter.name for parameter in hp.space] == names
    assert hp.is_active("units_1")
    assert not hp.is_active("units_2")


@pytest.mark.parametrize("layers", [1, 3])
def test_dense_has_as_many_layers_as_asked(layers: int) -> None:
    model, _ = built("dense", DataShape((5,), OutputKind.CLASSES, 4), layers=layers, units_0=32, units_1=64, units_2=16)
    assert model.output_shape == (None, 4)
    assert [layer.units for layer in model.layers if hasattr(layer, "units")] == [*[32, 64, 16][:layers], 4]


@pytest.mark.parametrize(
    ("output", "outputs", "y", "metric"),
    [
        (OutputKind.BINARY, 1, np.arange(16) % 2, "accuracy"),
        (OutputKind.CLASSES, 3, np.arange(16) % 3, "accuracy"),
        (OutputKind.ONE_HOT, 3, np.eye(3)[np.arange(16) % 3], "accuracy"),
        (OutputKind.NUMBERS, 2, np.ones((16, 2)), "mae"),
    ],
)
@pytest.mark.parametrize("name", ["dense", "conv"])
def test_they_train_on_every_kind_of_target(name: str, output: OutputKind, outputs: int, y: Any, metric: str) -> None:
    model, _ = built(name, DataShape((16,), output, outputs))
    model.run_eagerly = True  # a single step: tracing would take longer
    logs = model.train_on_batch(np.random.default_rng(0).normal(size=(16, 16)), y, return_dict=True)
    assert set(logs) == {"loss", metric}
    assert np.isfinite(logs["loss"])


@pytest.mark.parametrize("row", [(8, 8), (8, 8, 3), (64,), (4, 4, 1), (100, 120, 3)])
@pytest.mark.parametrize("blocks", [1, 3])
def test_conv_takes_images_of_any_size(row: tuple[int, ...], blocks: int) -> None:
    shape = DataShape(row, OutputKind.CLASSES, 10)
    model, hp = built("conv", shape)
    most = next(parameter for parameter in hp.space if parameter.name == "blocks").max_value  # type: ignore[attr-defined]
    model, _ = built("conv", shape, blocks=min(blocks, most), filters=8)
    assert model.output_shape == (None, 10)


@pytest.mark.parametrize("row", [(5,), (9,), (2, 2, 2, 2), ()])
def test_conv_refuses_what_is_no_image(row: tuple[int, ...]) -> None:
    with pytest.raises(TunerError, match="takes images"):
        image_shape(row)


def test_conv_learns_the_digits() -> None:
    data = load_data(DataConfig(sklearn="digits", standardize=True, stratify=True))
    model, _ = built("conv", data_shape(data), filters=16, dropout=0.0, learning_rate=1e-2)
    model.fit(data.x_train, data.y_train, epochs=3, batch_size=64, verbose=0)
    assert model.evaluate(data.x_test, data.y_test, verbose=0, return_dict=True)["accuracy"] > 0.9


@pytest.mark.parametrize(("name", "features", "from_logits"), [("titanic", 14, False), ("titanic_article", 30, True)])
def test_the_samples_build_the_articles_model(name: str, features: int, from_logits: bool) -> None:
    config = load_config(SAMPLES / f"{name}.yaml")
    data = load_data(config.data)
    assert data.x_train.shape[1] == features
    hp = HyperParameters()
    build = resolve_model(config.model)
    build(hp)
    assert hp.get_config()["space"] == [
        {
            "class_name": "Int",
            "config": {
                "name": "units",
                "default": None,
                "conditions": [],
                "min_value": 8,
                "max_value": 64,
                "step": 8,
                "sampling": "linear",
            },
        },
        {
            "class_name": "Choice",
            "config": {
                "name": "learning_rate",
                "default": 0.01,
                "conditions": [],
                "values": [0.01, 0.001, 0.0001],
                "ordered": True,
            },
        },
    ]
    hp.values["units"] = 48
    model = build(hp)
    model.build((None, features))
    assert model.loss.from_logits is from_logits
    assert model.count_params() == 48 * (features + 1) + 49  # 1537 in the article, of 30 features


def test_the_articles_data_is_split_and_scaled_as_there() -> None:
    """The article trains on 145 rows: its summary prints `(145, 48)`; scaling sees all 182."""
    data = load_data(load_config(SAMPLES / "titanic_article.yaml").data)
    assert (data.train_rows, data.test_rows) == (145, 37)
    together = np.concatenate([data.x_train, data.x_test])
    np.testing.assert_allclose(together.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(together.std(axis=0), 1, atol=1e-12)
