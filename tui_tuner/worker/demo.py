"""Training that is only made up, for `tui-tuner demo`: an image classifier's space, and learning curves that behave as
people know them. Nothing is learnt, and Keras is not needed.

The curves are functions of our own. The learning rate has a best value that depends on the optimizer: below it training
is slow, above it restless, far above it diverges. A net that is too small underfits; one that is too large for its
dropout overfits, so that its validation loss turns. Some configurations do not fit into a memory that is made up too.
"""

from __future__ import annotations

import json
import math
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tui_tuner.space import HyperParameters
from tui_tuner.worker.jobs import DataSummary, HyperParametersConfig, LayerSummary, ModelSummary, PrepareJob, Task
from tui_tuner.worker.messages import READY
from tui_tuner.worker.protocol import Reporter
from tui_tuner.worker.reports import Prepared, WorkerStatus
from tui_tuner.worker.simulated import SimulatedRunner, SimulationOptions

PREFIX = "demo:"

OBJECTIVE, DIRECTION = "val_accuracy", "max"

_CLASSES = 10
_TRAINING_ROWS = 50_000
_BEST_RATE: Mapping[str, float] = {"adam": 1e-3, "rmsprop": 6e-4, "sgd": 4e-2}
_MEMORY_MIB = 400.0


@dataclass(frozen=True)
class DemoOptions:
    """What follows `demo:` in the model reference, as a JSON object.

    Args:
        seconds_per_epoch: How long an epoch of a net of middle size takes.
    """

    seconds_per_epoch: float = 0.08

    @property
    def model(self) -> str:
        """The model reference."""
        return PREFIX + json.dumps({"seconds_per_epoch": self.seconds_per_epoch})


def space() -> HyperParametersConfig:
    """The search space, as `HyperParameters.get_config()`."""
    hp = HyperParameters()
    hp.Choice("optimizer", ["adam", "rmsprop", "sgd"])
    with hp.conditional_scope("optimizer", ["sgd"]):
        hp.Float("momentum", 0.0, 0.95, step=0.05, default=0.9)
    hp.Float("learning_rate", 1e-5, 1e-1, sampling="log", default=1e-4)
    hp.Int("layers", 1, 5, default=2)
    hp.Int("units", 16, 512, step=2, sampling="log", default=32)
    hp.Float("dropout", 0.0, 0.6, step=0.1, default=0.0)
    hp.Boolean("batch_norm", default=True)
    hp.Choice("batch_size", [16, 32, 64, 128], default=32)
    return hp.get_config()


class DemoRunner(SimulatedRunner):
    """A `JobRunner` that makes the learning curves up."""

    def __init__(self, task: Task) -> None:
        options = DemoOptions(**json.loads(task.model.removeprefix(PREFIX)))
        super().__init__(task, SimulationOptions(options.seconds_per_epoch, space()))

    def prepare(self, job: PrepareJob, reporter: Reporter) -> Prepared:
        prepared = super().prepare(job, reporter)
        data = DataSummary(_TRAINING_ROWS, 10_000, "(28, 28, 1)", ("a demo: there is no data",))
        return Prepared(prepared.worker, prepared.hyperparameters, data)

    def _seconds(self, values: Mapping[str, Any]) -> float:
        size = 0.6 + 0.1 * values["layers"] + 0.05 * math.log2(values["units"] / 16)
        slower: float = size * (64 / values["batch_size"]) ** 0.2
        return self._options.seconds_per_epoch * slower

    def _log(self, epoch: int, epochs: int, metrics: Mapping[str, float]) -> None:
        shown = " - ".join(f"{name}: {value:.4f}" for name, value in metrics.items())
        print(f"Epoch {epoch + 1}/{epochs}\n{shown}")

    def _model(self, values: Mapping[str, Any]) -> ModelSummary:
        layers, wide = [], 784
        for number in range(values["layers"]):
            units = values["units"]
            layers.append(LayerSummary(f"dense_{number}", "Dense", f"(None, {units})", (wide + 1) * units))
            if values["batch_norm"]:
                layers.append(LayerSummary(f"norm_{number}", "BatchNormalization", f"(None, {units})", 4 * units))
            layers.append(LayerSummary(f"dropout_{number}", "Dropout", f"(None, {units})", 0))
            wide = units
        layers.append(LayerSummary("classes", "Dense", f"(None, {_CLASSES})", (wide + 1) * _CLASSES))
        parameters = sum(layer.parameters for layer in layers)
        steps = -(-_TRAINING_ROWS // values["batch_size"])
        return ModelSummary("demo", tuple(layers), parameters, parameters, 4 * parameters, steps)

    def _metrics(self, hyperparameters: HyperParametersConfig, execution: int, epoch: int) -> dict[str, float]:
        return learning_curve(hyperparameters["values"], execution, epoch)


def learning_curve(values: Mapping[str, Any], execution: int, epoch: int) -> dict[str, float]:
    """The metrics of one epoch, always the same for the same arguments.

    Raises:
        RuntimeError: If the net does not fit into the memory that is made up.
    """
    optimizer, momentum = values["optimizer"], values.get("momentum") or 0.0
    memory_mib = values["layers"] * values["units"] * values["batch_size"] / 200
    if memory_mib > _MEMORY_MIB:
        raise RuntimeError(f"out of memory: the demo's device has {_MEMORY_MIB:.0f} MiB, {memory_mib:.0f} are needed")
    rate = values["learning_rate"] / (1 - 0.9 * momentum if optimizer == "sgd" else 1.0)
    best_rate = _BEST_RATE[optimizer] * (5.0 if optimizer == "sgd" else 1.0)
    too_fast = math.log10(rate / best_rate)
    capacity = values["layers"] * math.log2(values["units"]) / 12  # about 1 is right
    overfit = max(0.0, capacity - 0.8 - values["dropout"])
    underfit = max(0.0, 0.9 - capacity) + max(0.0, values["dropout"] - 0.3) * (0.6 if capacity < 1.2 else 0.2)
    norm = 0.01 if values["batch_norm"] else 0.0
    favour = {"adam": 0.012, "rmsprop": 0.004, "sgd": 0.0}[optimizer]

    def noise(kind: str) -> float:
        text = json.dumps([sorted(values.items()), execution, epoch, kind], default=str)
        size: float = (16 / values["batch_size"]) ** 0.5
        return (zlib.crc32(text.encode()) / 0x7FFFFFFF - 1) * size

    if too_fast > 1.3 and epoch >= 2:
        return dict.fromkeys(("loss", "accuracy", "val_loss", "val_accuracy"), math.nan)
    pace = 0.55 * 10 ** (0.5 * min(0.0, too_fast)) * (1.25 if values["batch_norm"] else 1.0)
    left = math.exp(-pace * (epoch + 1))
    top = 0.93 + norm + favour - 0.035 * too_fast**2 - 0.22 * underfit**1.5 - 0.03 * overfit
    top = max(1 / _CLASSES, top)
    accuracy = top - (top - 1 / _CLASSES) * left + 0.004 * noise("accuracy") * (1 + max(0.0, too_fast))
    loss = 2.3 * left + (1 - left) * 2.2 * (1 - top)
    gap = 0.012 + 0.05 * overfit
    turned = overfit * max(0.0, epoch - 4) * 0.045
    val_accuracy = accuracy - gap * (1 - left) - 0.025 * turned + 0.006 * noise("val")
    val_loss = loss + 2 * gap * (1 - left) + turned + 0.012 * noise("val_loss")
    return {
        "accuracy": min(1.0, max(0.0, accuracy + 0.5 * gap)),
        "loss": max(0.0, loss * (1 - 0.3 * overfit * (1 - left))),
        "val_accuracy": min(1.0, max(0.0, val_accuracy)),
        "val_loss": max(0.0, val_loss),
    }


def warm_up(reporter: Reporter, before_ready: Callable[[], None]) -> None:
    """What stands in for the import of Keras.

    Args:
        before_ready: Called before the worker says that it is ready.
    """
    before_ready()
    reporter.report(WorkerStatus(reporter.worker, READY))
