"""What is asked of the process that makes the final model, and what it answers. Plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tui_tuner.worker.jobs import DataSummary, HyperParametersConfig, ModelSummary

MODEL = "model.keras"
WEIGHTS = "model.weights.h5"
HYPERPARAMETERS = "hyperparameters.json"
SCRIPT = "train.py"
DATA = "data.npz"
"""Names of files in the folder of a final model; `WEIGHTS` in place of `MODEL` where it cannot be saved whole."""


@dataclass(frozen=True)
class RetrainJob:
    """Train a configuration anew, on all rows but the test rows.

    Args:
        root: The search directory.
        epochs: Epochs of each training.
        seeds: One training for each; the model of the first is kept.
        folder: Where the model is written.
    """

    root: Path
    hyperparameters: HyperParametersConfig
    epochs: int
    seeds: tuple[int, ...]
    folder: Path


@dataclass(frozen=True)
class EvaluateFileJob:
    """Evaluate a saved model on the rows of another file.

    Args:
        root: The search directory.
        file: A file of the kind that the search's data came from, or a NumPy archive with `x` and `y`.
        model: The model's file, whole or its weights.
    """

    root: Path
    file: Path
    model: Path


@dataclass(frozen=True)
class Progress:
    """An epoch has ended; epochs and runs count from 1."""

    run: int
    runs: int
    seed: int
    epoch: int
    epochs: int
    metrics: Mapping[str, float]


@dataclass(frozen=True)
class FinalRun:
    """One training: the metrics of its last epoch, and those on the test rows (empty where there are none)."""

    seed: int
    train: Mapping[str, float]
    test: Mapping[str, float]


@dataclass(frozen=True)
class FinalModel:
    """The final model.

    Args:
        train_rows: Rows it was trained on, the validation rows among them; `None` if they cannot be counted.
        notes: What people should know about how it was made.
        versions: Of Python and of the packages that made it.
        file: The name of its file: `MODEL` or `WEIGHTS`.
    """

    runs: tuple[FinalRun, ...]
    model: ModelSummary
    data: DataSummary
    train_rows: int | None
    notes: tuple[str, ...]
    versions: Mapping[str, str]
    file: str = MODEL


@dataclass(frozen=True)
class Metrics:
    """A model's metrics on the rows of a file."""

    values: Mapping[str, float]
