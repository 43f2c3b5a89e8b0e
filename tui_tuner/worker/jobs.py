"""What the engine hands to a worker. Plain data: importing it loads neither Keras nor numpy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

HyperParametersConfig = Mapping[str, Any]
"""`HyperParameters.get_config()`: `{"space": [...], "values": {...}}`."""


@dataclass(frozen=True)
class Task:
    """What every trial of a search has in common; sent to a worker once.

    Args:
        model: `/abs/file.py:function`, `package.module:function`, the name of a ready-made hypermodel, or
            `pickle:/abs/path` for a hypermodel that a script handed over.
        data: The config's `data` section as JSON values, or `None` when `arrays` already holds the data.
        arrays: The folder that holds the prepared data, memory-mapped by every worker.
        fit: Keyword arguments for `model.fit`, without data and callbacks.
        callbacks: Callback name to its arguments, in the config's order.
        objective: Name of the objective, as it is found in the logs.
        direction: `"min"` or `"max"`.
        executions_per_trial: How often a trial is built and trained; on each fold so often, if there are folds.
        folds: Number of parts of the training rows that take turns as validation rows; 1 for no cross-validation.
        seed: Seeds weights and shuffling of each execution, or `None` to leave them unseeded.
        project_dir: The search directory.
        checkpoint_every_s: Where a training stands is saved after an epoch, at most once in so many seconds, and more
            rarely if the saves would take more than 2 % of the time.
        ends_at_optimum: Whether a training ends once its objective cannot become better; its score stays the same.
        awaits_answers: Whether a trial waits after each epoch for the engine's answer, because a pruner judges it.
    """

    model: str
    data: Mapping[str, Any] | None
    arrays: Path
    fit: Mapping[str, Any]
    callbacks: Mapping[str, Mapping[str, Any]]
    objective: str
    direction: str
    executions_per_trial: int
    seed: int | None
    project_dir: Path
    folds: int = 1
    checkpoint_every_s: float = 10.0
    awaits_answers: bool = False
    ends_at_optimum: bool = False

    @property
    def executions(self) -> int:
        """How often a trial is built and trained in all. Execution `n` validates on fold `n % folds`."""
        return self.executions_per_trial * self.folds


@dataclass(frozen=True)
class PrepareJob:
    """Load and split the data, write it to `Task.arrays`, and discover the search space by building the model.

    Args:
        max_trials: How many trials the search wants, for a warning if there are fewer configurations.
    """

    hyperparameters: HyperParametersConfig | None = None
    max_trials: int | None = None


@dataclass(frozen=True)
class TrialJob:
    """Build and train one configuration.

    Args:
        attempt: 0 for the first run of the trial; one more each time it is run again.
        epochs: Epochs to train, in place of `Task.fit["epochs"]`, or `None`.
        initial_epoch: Epoch to start from.
        continues: The trial whose training this one continues, from where that one stood at its end, or `None`.
        may_be_continued: Whether to keep where the training stands at its end, for a trial that continues this one.
        resumes: Whether an earlier attempt was cut off and this one goes on from what it saved, if it saved anything.
            Else what an earlier attempt left is ignored and deleted.
        recorded: The last epoch, as execution and number, that the engine has of the training that is gone on with;
            later ones that were saved are reported again. `None` if it asks for none.
        resources: What the trial needs beyond the usual, by Ray's names: `{"num_gpus": 2}`; empty for nothing.
    """

    trial_id: str
    number: int
    attempt: int
    hyperparameters: HyperParametersConfig
    epochs: int | None = None
    initial_epoch: int = 0
    continues: str | None = None
    may_be_continued: bool = False
    resumes: bool = False
    recorded: tuple[int, int] | None = None
    resources: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class EvaluateJob:
    """Load the checkpoint of a finished trial, evaluate it on the test data and write `best/`.

    Args:
        epochs: With cross-validation, how many epochs the best configuration is trained on all training rows, in place
            of a checkpoint that has seen only some of them.
    """

    trial_id: str
    hyperparameters: HyperParametersConfig
    epochs: int | None = None


Job = PrepareJob | TrialJob | EvaluateJob


class Control(StrEnum):
    """What the engine wants of a running trial; it is heeded at the end of an epoch."""

    RUN = "run"
    PAUSE = "pause"
    SKIP = "skip"
    """End the trial and keep what it has."""
    STOP = "stop"
    """Save where the training stands and leave the trial: it will go on from there."""


@dataclass(frozen=True)
class LayerSummary:
    """One layer of a built model. `output_shape` is printed, such as `(None, 48)`."""

    name: str
    kind: str
    output_shape: str
    parameters: int


@dataclass(frozen=True)
class ModelSummary:
    """The built model of a trial. Sizes are in bytes; `steps_per_epoch` is how many batches an epoch has, if
    that is known before."""

    name: str
    layers: tuple[LayerSummary, ...]
    parameters: int
    trainable_parameters: int
    size_bytes: int
    steps_per_epoch: int | None = None


@dataclass(frozen=True)
class DataSummary:
    """What the prepared data looks like, for people: rows of each part, number of features, a line a fact."""

    train_rows: int | None = None
    test_rows: int | None = None
    input_shape: str = ""
    notes: tuple[str, ...] = field(default=())


@dataclass(frozen=True)
class Finding:
    """Something that would spoil a search, and what to do about it.

    Args:
        topic: A word or two: `leak`, `scale`.
        text: What was found, one line.
        fix: What to do, with the key of the config where there is one.
    """

    topic: str
    text: str
    fix: str
