"""The config file as pydantic models. Every field's docstring is what editors show for its key.

The models check values on their own; what needs a look at the disk (files, columns, functions) is in `checks`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BeforeValidator, Field, JsonValue, model_validator

from tui_tuner.configs.search_section import STAGED, SearchConfig
from tui_tuner.configs.section import (
    LARGEST_SEED,
    AbsolutePath,
    Columns,
    Count,
    Duration,
    Fraction,
    FromZero,
    Section,
    Seed,
    mistake,
)

SklearnName = Literal["breast_cancer", "diabetes", "digits", "iris", "wine"]
SKLEARN_DATA_SETS: tuple[str, ...] = get_args(SklearnName)
"""The data sets that come with scikit-learn and need no network."""

DataSource = Literal["csv", "parquet", "npz", "sklearn", "loader"]
DATA_SOURCES: tuple[DataSource, ...] = get_args(DataSource)
"""The keys of `data` that say where the data comes from; exactly one of them is given."""

TABLE_SOURCES: tuple[DataSource, ...] = ("csv", "parquet")


class DataConfig(Section):
    """Where the data comes from and how it is prepared.

    Exactly one of csv, parquet, npz, sklearn and loader is given. Encoding and scaling are fitted on the training
    rows only.
    """

    csv: AbsolutePath | None = None
    """A CSV file with a header line. Relative paths start at the config file."""

    parquet: AbsolutePath | None = None
    """A Parquet file; needs the extra `parquet`. Relative paths start at the config file."""

    npz: AbsolutePath | None = None
    """A NumPy archive with the arrays `x` and `y`, or `x_train`, `y_train` and, if there are any, `x_test`, `y_test`,
    `x_val`, `y_val`. Relative paths start at the config file."""

    sklearn: SklearnName | None = None
    """A data set that comes with scikit-learn."""

    loader: str | None = None
    """Your own function, as `file.py:function` or `package.module:function`. It returns `(x, y)` or
    `((x_train, y_train), (x_test, y_test))`, with a third pair for validation if you have one. If it has a parameter
    `seed`, it is given the seed."""

    target: str | None = None
    """The column to predict (csv and parquet)."""

    task: Literal["auto", "classification", "regression"] = "auto"
    """What the target is. `auto`: text, true/false, and whole numbers 0, 1, ... are classes, other numbers are not."""

    drop: Columns = ()
    """Columns to leave out (csv and parquet)."""

    dropna: bool | Columns = False
    """Leave out rows with missing values: in any column, or in the columns listed (csv and parquet)."""

    one_hot: bool | Columns = False
    """Turn categories into columns of 0 and 1: all text columns, or the columns listed (csv and parquet). Categories
    that the training rows do not have become all zeros."""

    standardize: bool = False
    """Scale every feature to mean 0 and deviation 1 of the training rows; those that `fit.validation_split` holds out
    are among these, and with `search.cross_validation` each fold is scaled by the rows that it trains on."""

    test_size: Fraction = 0.2
    """Share of the rows held out for the final evaluation, from 0 (none) to below 1. Without effect where the data
    comes with its own test part."""

    stratify: bool = False
    """Keep the shares of the classes equal in the training and the test part."""

    seed: Seed | None = None
    """Seed of the split into training and test part. Default: `search.seed`, or 0, so that a resumed search gets the
    same rows."""

    @property
    def source(self) -> DataSource:
        """Which of `DATA_SOURCES` is given."""
        return next(name for name in DATA_SOURCES if getattr(self, name) is not None)

    @property
    def file(self) -> Path | None:
        """The data file, if the data comes from one."""
        return self.csv or self.parquet or self.npz

    @model_validator(mode="after")
    def _check(self) -> DataConfig:
        given = [name for name in DATA_SOURCES if getattr(self, name) is not None]
        if not given:
            raise mistake(f"expected one of {', '.join(DATA_SOURCES)}, which says where the data comes from")
        if len(given) > 1:
            raise mistake(f"expected only one of {', '.join(given)}", key=(given[1],))
        if self.source in TABLE_SOURCES:
            if self.target is None:
                raise mistake(
                    "the key target is missing: which column is to be predicted", hint="Add target: COLUMN under data."
                )
            if self.target in self.drop:
                raise mistake(f"leaves out the target {self.target!r}", key=("drop",))
            return self
        for key in ("target", "drop", "dropna", "one_hot"):
            if getattr(self, key):
                raise mistake(f"applies to csv and parquet only, not to {self.source}", key=(key,))
        return self


class FitConfig(Section):
    """Arguments of `model.fit`."""

    epochs: Count = 10
    """Epochs of each training; with the tuners asha and hyperband, of those that go all the way."""

    batch_size: Count | None = None
    """Rows in a step. Default: 32."""

    validation_split: Fraction = 0.2
    """Share of the training rows that is held out for validation. Without effect where the data comes with its own
    validation part."""

    verbose: Literal["auto", 0, 1, 2] = 2
    """How much training prints into the trial's log: nothing (0), a bar (1) or a line an epoch (2)."""

    shuffle: bool | None = None
    """Shuffle the rows before each epoch. Default: true."""

    class_weight: dict[Annotated[int, Field(strict=False)], float] | None = None
    """Weight of each class, by its number, in the loss."""

    steps_per_epoch: Count | None = None
    """Steps of an epoch. Default: until the data ends."""

    validation_steps: Count | None = None
    """Steps of a validation. Default: until the data ends."""

    validation_batch_size: Count | None = None
    """Rows in a validation step. Default: `batch_size`."""

    validation_freq: Count | None = None
    """Validate after every so many epochs. Default: 1."""

    def keyword_arguments(self) -> dict[str, Any]:
        """What `model.fit` is given, without data and callbacks; keys that were not given are left to Keras."""
        return self.model_dump(exclude_none=True)


def _kept(value: str) -> str:
    if value not in ("all", "none") and not re.fullmatch(r"best [1-9]\d*", value):
        raise mistake("expected all, none, or best and a number", hint="Such as best 3.")
    return value


def _memory(value: object) -> object:
    """MiB from text such as `6 GiB` or `800 MiB`; what is no text is left to pydantic."""
    if not isinstance(value, str):
        return value
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(MiB|GiB|MB|GB)?\s*", value)
    if found is None:
        raise mistake("expected an amount of memory", hint="Such as 6 GiB, or a number of MiB.")
    return float(found[1]) * {None: 1.0, "MiB": 1.0, "GiB": 1024.0, "MB": 1e6 / 2**20, "GB": 1e9 / 2**20}[found[2]]


KeptCheckpoints = Annotated[str, AfterValidator(_kept)]
Memory = Annotated[
    float, Field(gt=0), BeforeValidator(_memory, json_schema_input_type=Annotated[float, Field(gt=0)] | str)
]
"""MiB."""


class RunConfig(Section):
    """Where trials run."""

    executor: Literal["inline", "process", "ray"] = "process"
    """`process`: in worker processes. `ray`: on a Ray cluster; needs the extra `ray`. `inline`: in the engine's own
    process, for debugging."""

    address: str | None = None
    """The Ray cluster to join, such as `10.0.0.5:6379` or `auto` (ray only). Default: a local one is started."""

    workers: Literal["auto"] | Count = "auto"
    """How many trials run at once. `auto`: `workers_per_gpu` for each GPU, else one for every two cores; on a Ray
    cluster as many as fit."""

    gpus: Annotated[tuple[FromZero | str, ...], Field(strict=False)] | None = None
    """Which GPUs to use, by number or UUID. Default: all that `CUDA_VISIBLE_DEVICES` allows."""

    workers_per_gpu: Count = 1
    """How many trials share one GPU; each gets its share of the memory."""

    worker_memory: Memory | None = None
    """A worker whose main memory has grown beyond this is replaced between two trials: MiB, or such as `6 GiB`.
    Default: its share of nine tenths of this machine's memory."""

    resources: dict[str, Annotated[float, Field(ge=0)]] = Field(default_factory=dict)
    """What each trial takes on a Ray cluster, such as `{num_cpus: 4, num_gpus: 0.5}` (ray only). Default: one CPU, and
    a GPU's share where there are GPUs."""

    trial_resources: str | None = None
    """Your own function, as `file.py:function` or `package.module:function`. It is given a trial's values as a mapping
    and returns what that trial takes, such as `{"num_gpus": 1, "big_gpu": 1}`, on top of `resources` (ray only).
    The search waits for it, 60 seconds at most: it should only compute."""

    checkpoint_every_s: Annotated[float, Field(ge=0)] = 10.0
    """After an epoch, save where the training stands, at most once in so many seconds; more rarely where that would
    take more than 2 % of the time."""

    epoch_timeout: Duration | None = None
    """A trial that does not finish an epoch in this time is ended as failed: seconds, or such as `30m`. Default:
    none."""

    keep_checkpoints: KeptCheckpoints = "all"
    """Which trials' weights stay on the disk: `all`, `none`, or such as `best 3`."""

    @model_validator(mode="after")
    def _check(self) -> RunConfig:
        if self.executor == "inline" and self.workers not in ("auto", 1):
            raise mistake("the executor inline runs one trial at a time", key=("workers",))
        if self.gpus is not None and self.executor == "ray":
            raise mistake(
                "does not apply to the executor ray, which shares out the GPUs of its cluster",
                key=("gpus",),
                hint="Set CUDA_VISIBLE_DEVICES where you run ray start.",
            )
        for key in ("address", "resources", "trial_resources"):
            if getattr(self, key) and self.executor != "ray":
                raise mistake(f"applies to the executor ray only, not to {self.executor}", key=(key,))
        return self


class Config(Section):
    """A search, as a config file describes it. Paths are absolute once it has been loaded."""

    name: Annotated[str, Field(min_length=1)] = "untitled_project"
    """What the search is called. Default: the file's name."""

    model: str
    """What builds a model for a set of hyperparameters: `file.py:function`, `package.module:function`, or a
    ready-made hypermodel (`dense` for tables, `conv` for images)."""

    data: DataConfig

    search: SearchConfig = Field(default_factory=SearchConfig)

    fit: FitConfig = Field(default_factory=FitConfig)

    callbacks: dict[str, bool | dict[str, JsonValue]] = Field(default_factory=dict)
    """Keras callbacks: `early_stopping`, `tensorboard`, `reduce_lr`, or the name of any class in `keras.callbacks`,
    each with `true` or with a mapping of its arguments."""

    run: RunConfig = Field(default_factory=RunConfig)

    @model_validator(mode="before")
    @classmethod
    def _complete(cls, raw: Any) -> Any:
        """Fill in the defaults that come from another key."""
        if not isinstance(raw, Mapping):
            return raw
        search = raw.get("search", {})
        if isinstance(search, SearchConfig):
            search = search.model_dump()
        if not isinstance(search, Mapping):
            return raw
        complete = dict(raw)
        if not search.get("project_name"):
            name = raw.get("name", "untitled_project")
            complete["search"] = {**search, "project_name": name} if isinstance(name, str) else search
        fit = raw.get("fit", {})
        if isinstance(fit, FitConfig):
            fit = fit.model_dump()
        if search.get("tuner") in STAGED and isinstance(fit, Mapping):
            epochs = search.get("max_epochs")
            if "epochs" not in fit and isinstance(epochs, int) and epochs >= 1:
                complete["fit"] = {**fit, "epochs": epochs}  # one number under two names
        data, seed = raw.get("data"), search.get("seed")
        if isinstance(data, Mapping) and data.get("seed") is None:
            complete["data"] = {**data, "seed": seed if isinstance(seed, int) and 0 <= seed <= LARGEST_SEED else 0}
        return complete

    @property
    def tuner_arguments(self) -> dict[str, Any]:
        """The arguments of the tuner, as far as they were given or follow from other sections."""
        arguments = self.search.tuner_arguments
        return arguments | {"max_epochs": self.fit.epochs} if self.search.tuner in STAGED else arguments

    @model_validator(mode="after")
    def _check(self) -> Config:
        if self.search.max_epochs not in (None, self.fit.epochs):
            raise mistake(
                f"search.max_epochs says {self.search.max_epochs}, and this says {self.fit.epochs}",
                key=("fit", "epochs"),
                hint="Give one of the two.",
            )
        if (self.search.min_epochs or 1) > self.fit.epochs:
            raise mistake(
                f"says {self.search.min_epochs}, and whole trainings have {self.fit.epochs} epochs",
                key=("search", "min_epochs"),
            )
        name = self.search.objectives[0].name
        brings_validation = self.data.source in ("npz", "loader") or self.search.cross_validation is not None
        if name.startswith("val_") and self.fit.validation_split == 0 and not brings_validation:
            raise mistake(
                f"the objective {name} needs validation data, and there is none with a validation_split of 0",
                key=("fit", "validation_split"),
                hint="Set fit.validation_split to 0.2, or choose an objective without val_.",
            )
        return self
