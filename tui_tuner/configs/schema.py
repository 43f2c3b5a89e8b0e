"""The config file as pydantic models. Every field's docstring is what editors show for its key.

The models check values on their own; what needs a look at the disk (files, columns, functions) is in `checks`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import Field, JsonValue, model_validator

from tui_tuner.configs.search_section import SearchConfig
from tui_tuner.configs.section import AbsolutePath, Columns, Count, Fraction, FromZero, Section, mistake

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
    """Scale every feature to mean 0 and deviation 1 of the training rows."""

    test_size: Fraction = 0.2
    """Share of the rows held out for the final evaluation, from 0 (none) to below 1. Without effect where the data
    comes with its own test part."""

    stratify: bool = False
    """Keep the shares of the classes equal in the training and the test part."""

    seed: FromZero | None = None
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
    """Epochs of each training; with the tuner hyperband, of those that go all the way."""

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


class RunConfig(Section):
    """Where trials run."""

    executor: Literal["inline", "process"] = "process"
    """`process`: in worker processes. `inline`: in the engine's own process, for debugging."""

    workers: Literal["auto"] | Count = "auto"
    """How many trials run at once. `auto`: one for each GPU, else one for every two cores."""

    @model_validator(mode="after")
    def _check(self) -> RunConfig:
        if self.executor == "inline" and self.workers not in ("auto", 1):
            raise mistake("the executor inline runs one trial at a time", key=("workers",))
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
        if search.get("tuner") == "hyperband" and isinstance(fit, Mapping):
            epochs = search.get("max_epochs")
            if "epochs" not in fit and isinstance(epochs, int) and epochs >= 1:
                complete["fit"] = {**fit, "epochs": epochs}  # one number under two names
        data, seed = raw.get("data"), search.get("seed")
        if isinstance(data, Mapping) and data.get("seed") is None:
            complete["data"] = {**data, "seed": seed if isinstance(seed, int) and seed >= 0 else 0}
        return complete

    @property
    def tuner_arguments(self) -> dict[str, float]:
        """The arguments of the tuner, as far as they were given or follow from other sections."""
        arguments = self.search.tuner_arguments
        return arguments | {"max_epochs": self.fit.epochs} if self.search.tuner == "hyperband" else arguments

    @model_validator(mode="after")
    def _check(self) -> Config:
        if self.search.max_epochs not in (None, self.fit.epochs):
            raise mistake(
                f"search.max_epochs says {self.search.max_epochs}, and this says {self.fit.epochs}",
                key=("fit", "epochs"),
                hint="Give one of the two.",
            )
        name = self.search.objective.name
        brings_validation = self.data.source in ("npz", "loader") or self.search.cross_validation is not None
        if name.startswith("val_") and self.fit.validation_split == 0 and not brings_validation:
            raise mistake(
                f"the objective {name} needs validation data, and there is none with a validation_split of 0",
                key=("fit", "validation_split"),
                hint="Set fit.validation_split to 0.2, or choose an objective without val_.",
            )
        return self
