"""The long look at a search, on a small one with everything wrong, in this process."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.tasks import task_in

from tui_tuner.configs.schema import DataConfig
from tui_tuner.worker.probe import probe
from tui_tuner.worker.probe_jobs import Activity, Probe, ProbeJob

MODELS = """
import keras

def build(hp):
    units = hp.Int("units", 1, 8)
    hp.Float("forgotten", 0.0, 1.0)
    deep = hp.Boolean("deep")
    if units > 6 and deep:
        raise ValueError("no such net")
    model = keras.Sequential([keras.layers.Dense(units), keras.layers.Dense(3, activation="softmax")])
    rate = hp.Choice("rate", [0.1, 0.2])
    model.compile(
        keras.optimizers.SGD(rate),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=hp.Boolean("logits", default=True)),
        metrics=[dice],
        run_eagerly=True,
    )
    return model

def dice(y_true, y_pred):
    return keras.ops.mean(y_pred)

class OwnFit:
    def build(self, hp):
        return build(hp)

    def fit(self, hp, model, *args, **kwargs):
        raise AssertionError("a check trains nothing by code of the user's")
"""


def look(folder: Path, model: str = "build", points: int = 2) -> Probe:
    (folder / "models.py").write_text(MODELS)
    data = DataConfig.model_validate({"sklearn": "iris", "stratify": True})
    task = task_in(
        folder,
        model=f"{folder / 'models.py'}:{model}",
        data=data.model_dump(mode="json"),
        fit={"epochs": 3, "batch_size": 10, "validation_split": 0.2},
        objective="val_accuracy",
        direction="max",
    )
    told: list[Activity] = []
    found = probe(ProbeJob(task, points, 1000), told.append)
    assert told[0].text == "loading the data"
    return found


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Probe:
    return look(tmp_path_factory.mktemp("probe"))


def test_every_mistake_is_found(found: Probe) -> None:
    by_topic = {finding.topic: finding.text for finding in found.findings}
    assert "no effect on the model" in by_topic["no effect"]
    assert by_topic["no effect"].startswith("forgotten has")
    assert "ValueError: no such net" in by_topic["build"]
    assert "deep=True" in by_topic["build"]
    assert "does not report the objective val_accuracy" in by_topic["objective"]
    assert "dice" in by_topic["metric"]
    assert "softmax" in by_topic["from_logits"]
    assert "24 validation rows" in by_topic["validation"]


def test_points_have_their_sizes_and_some_the_time_of_a_step(found: Probe) -> None:
    defaults, largest = (next(p for p in found.points if p.label == label) for label in ("defaults", "largest values"))
    assert defaults.values["units"] == 1
    assert defaults.parameters == (4 + 1) * 1 + (1 + 1) * 3
    assert defaults.weights_bytes == 4 * 11
    assert defaults.memory_bytes is not None
    assert defaults.memory_bytes >= 2 * 4 * 11  # weights and gradients; SGD keeps nothing more
    assert defaults.step_s is not None
    assert largest.failure
    assert sum(point.step_s is not None for point in found.points) <= 3


def test_an_epochs_steps_and_the_reported_metrics(found: Probe) -> None:
    assert found.steps == 10  # 96 of 120 training rows in tens
    assert set(found.metrics) == {"loss", "dice", "val_loss", "val_dice"}
    assert found.validation_rows == 24
    assert found.configurations is None


def test_a_fit_of_the_users_own_is_not_run(tmp_path: Path) -> None:
    found = look(tmp_path, "OwnFit", points=0)
    assert found.metrics == ()
    assert any("a fit of its own" in note for note in found.notes)
    assert all(point.step_s is None for point in found.points)
