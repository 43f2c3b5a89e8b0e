"""The section `search` of a config file. Every field's docstring is what editors show for its key."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag, model_validator

from tui_tuner.configs.pruner_section import AnyPruner, NonePrunerConfig
from tui_tuner.configs.section import (
    AbsolutePath,
    Count,
    Duration,
    FolderName,
    FromZero,
    Scalar,
    Section,
    Seed,
    mistake,
)

OptunaName = Literal[
    "optuna.TPESampler",
    "optuna.GPSampler",
    "optuna.CmaEsSampler",
    "optuna.NSGAIISampler",
    "optuna.NSGAIIISampler",
    "optuna.QMCSampler",
    "optuna.RandomSampler",
]
"""Optuna's samplers that `search.tuner` takes."""

TunerName = Literal["auto", "asha", "bayesian", "evolution", "grid", "hyperband", "random", "sobol", OptunaName]
"""The search algorithms that `search.tuner` takes."""

STAGED: tuple[str, ...] = ("asha", "hyperband")
"""The tuners that train few epochs first, and more where that went well."""

OPTUNA: tuple[str, ...] = get_args(OptunaName)

_TUNERS_OF_KEY: Mapping[str, tuple[str, ...]] = {
    "num_initial_points": ("bayesian",),
    "alpha": ("bayesian",),
    "beta": ("bayesian",),
    "max_epochs": STAGED,
    "min_epochs": ("asha",),
    "factor": STAGED,
    "hyperband_iterations": ("hyperband",),
    "proposals": STAGED,
    "population_size": ("evolution",),
    "tournament_size": ("evolution",),
    "sampler_arguments": OPTUNA,
}
"""The keys of `search` that are arguments of some tuners only, and of which."""

_FOR_A_FRONT = ("auto", "bayesian", "grid", "random", "sobol")
"""The tuners that take several objectives."""

_DEFAULT_TRIALS: Mapping[str, int] = {
    "asha": 100,
    **dict.fromkeys(("auto", "bayesian", "evolution", "random", "sobol", *OPTUNA), 10),
}
"""The tuners that end after `search.max_trials`, and its default; others know themselves when they are through."""


class ObjectiveConfig(Section):
    """What is optimised."""

    name: Annotated[str, Field(min_length=1)]
    """A metric as training logs it, such as `val_accuracy`."""

    direction: Literal["min", "max"] | None = None
    """Whether less or more is better. Default: what the metric's name tells."""


def _list(value: Any) -> Any:
    return (value,) if isinstance(value, str | Path) else tuple(value) if isinstance(value, list) else value


def _constraint(text: str) -> str:
    from tui_tuner.oracles.constraints import Constraint  # here: not every config has one

    try:
        Constraint.parse(text)
    except ValueError as error:
        raise mistake(str(error), hint="Such as parameters <= 2e6, epoch_time <= 3 or val_recall >= 0.9.") from error
    return text


ConstraintText = Annotated[str, AfterValidator(_constraint)]


def _objective(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_objective(each) for each in value]
    return {"name": value} if isinstance(value, str) else value


def _how_many(value: Any) -> str:
    return "several" if isinstance(value, list | tuple) else "one"


Objectives = Annotated[
    Annotated[ObjectiveConfig, Tag("one")]
    | Annotated[tuple[ObjectiveConfig, ...], Field(strict=False), Tag("several")],
    Discriminator(_how_many),
]


class SearchConfig(Section):
    """The search: algorithm, budget, and where its results go."""

    tuner: TunerName = "bayesian"
    """The search algorithm. With `auto` it is chosen once the search space is known, from that, `max_trials`,
    `fit.epochs` and the number of workers, and the search says why. `optuna.` and a name are Optuna's samplers."""

    objective: Annotated[
        Objectives,
        BeforeValidator(_objective, json_schema_input_type=str | ObjectiveConfig | list[str | ObjectiveConfig]),
    ] = ObjectiveConfig(name="val_loss")
    """What is optimised: a metric's name, such as `val_accuracy`, or a name and a direction (`min` or `max`). A list of
    two or three searches for the Pareto front; the first one is the score. The others may be `parameters`, `epoch_time`
    or `training_time`, too (auto, bayesian, grid, random and sobol only)."""

    max_trials: Count | None = 10
    """How many trials there are. Default: 10; for asha, where a configuration that goes on is another trial, 100; for
    grid, the whole grid. Not for hyperband, where it follows from `max_epochs`, `factor` and `hyperband_iterations`.
    With auto, how many whole trainings: it may choose more trials that train fewer epochs."""

    seed: Seed | None = None
    """Makes proposals, splits, weights and shuffling repeatable."""

    executions_per_trial: Count = 1
    """How often each configuration is trained; its score is the mean."""

    cross_validation: Annotated[int, Field(ge=2)] | None = None
    """Train each configuration on so many folds: each part of the training rows is the validation part once, the score
    is the mean over the folds, and the best configuration is trained on all training rows at the end."""

    max_retries_per_trial: FromZero = 0
    """How often a trial that failed is run again."""

    max_consecutive_failed_trials: Count = 3
    """After so many failed trials in a row the search ends."""

    max_time: Duration | None = None
    """Time budget: seconds, or such as `90s`, `45m`, `8h`, `2d`. When it is used up, the running trials finish and no
    new one starts. Loading the data counts, pauses do not. Default: none."""

    pruner: AnyPruner = NonePrunerConfig(name="none")
    """What stops hopeless trials before their end: `none`, `median`, `successive_halving`, `patience` or `threshold`,
    or a mapping with one of these as its `name` and with its arguments. The tuners asha and hyperband stop early by
    themselves."""

    end_at_optimum: bool = True
    """End a training once its objective cannot become better: an accuracy, AUC, precision or recall of 1. That changes
    neither its score nor which trial is the best."""

    initial_trials: Annotated[tuple[dict[str, Scalar], ...], Field(strict=False)] = ()
    """Configurations to try first, each a mapping of hyperparameters to values; what is missing gets its default."""

    constraints: Annotated[tuple[ConstraintText, ...], Field(strict=False)] = ()
    """What trials must keep to: `parameters <= 2e6`, `epoch_time <= 3` or `training_time <= 60` (seconds), or a metric,
    such as `val_recall >= 0.9`. A trial that does not is never the best, and its training ends at once where it has too
    many parameters. The tuner bayesian learns what keeps to them."""

    warm_start: Annotated[tuple[AbsolutePath, ...], BeforeValidator(_list, json_schema_input_type=str | list[str])] = ()
    """Directories of earlier searches for the same objective, over the same or an overlapping space: their best
    configurations are tried first, and the model learns from their trials (auto and bayesian only). KerasTuner's
    directories and Optuna's files, too."""

    cost_aware: bool = False
    """Propose what promises most for each second of training, not for each trial (bayesian only, or auto)."""

    limits: dict[str, Annotated[tuple[Scalar, ...], Field(strict=False, min_length=1)]] = Field(default_factory=dict)
    """The part of a hyperparameter's values to propose from, by its name: of a range the two ends, of a choice the
    values that remain, such as `{units: [16, 48], activation: [relu, tanh]}`. `tui-tuner ctl DIR limit` changes it
    while the search runs. Default: all values."""

    directory: AbsolutePath = Path("searches")
    """The folder for all searches. Relative paths start at the current directory."""

    project_name: FolderName = "untitled_project"
    """The search's own folder in `directory`. Default: the config's name."""

    overwrite: bool = False
    """Delete an earlier search of that name instead of continuing it, once data and model of the new one are loaded."""

    num_initial_points: Count | None = None
    """How many trials are spread over the space before the model proposes (bayesian only)."""

    alpha: Annotated[float, Field(gt=0)] | None = None
    """Noise that the Gaussian process expects in the scores (bayesian only)."""

    beta: Annotated[float, Field(ge=0)] | None = None
    """Weight of exploration against exploitation (bayesian only)."""

    max_epochs: Count | None = None
    """Epochs of a configuration that goes all the way (asha and hyperband only). Default: `fit.epochs`."""

    min_epochs: Count | None = None
    """Epochs that a new configuration has, at the least (asha only). Default: such that there are four rungs."""

    factor: Annotated[int, Field(ge=2)] | None = None
    """By how much configurations become fewer, and their epochs more, from rung to rung (asha and hyperband only).
    Default: 3."""

    hyperband_iterations: Count | None = None
    """How often all brackets are gone through (hyperband only). Default: 1."""

    proposals: Literal["model", "random"] | None = None
    """Where new configurations come from: a model of all trials, or chance, as in KerasTuner (asha and hyperband only).
    Default: model."""

    population_size: Annotated[int, Field(ge=2)] | None = None
    """How many of the latest trials are varied (evolution only). Default: a sixth of `max_trials`, from 10 to 60."""

    tournament_size: Count | None = None
    """Of how many that are drawn from these the best one is varied (evolution only). Default: a third of them."""

    sampler_arguments: dict[str, Scalar] | None = None
    """Arguments of Optuna's sampler, by name, such as `n_startup_trials`; its seed is the search's."""

    @property
    def objectives(self) -> tuple[ObjectiveConfig, ...]:
        """What is optimised; the first one is the score."""
        return (self.objective,) if isinstance(self.objective, ObjectiveConfig) else self.objective

    @property
    def root(self) -> Path:
        """The search directory."""
        return self.directory / self.project_name

    @property
    def tuner_arguments(self) -> dict[str, Any]:
        """Those arguments of the tuner that were given, or that have another default than the tuner's class."""
        given = {name: getattr(self, name) for name, tuners in _TUNERS_OF_KEY.items() if self.tuner in tuners}
        if self.tuner in STAGED:
            given["proposals"] = self.proposals or "model"
        return {name: value for name, value in given.items() if value is not None}

    @model_validator(mode="before")
    @classmethod
    def _complete(cls, raw: Any) -> Any:
        """Each tuner has its own limit of trials by default."""
        if isinstance(raw, Mapping) and "max_trials" not in raw:
            tuner = raw.get("tuner", "bayesian")
            return {**raw, "max_trials": _DEFAULT_TRIALS.get(tuner) if isinstance(tuner, str) else None}
        return raw

    @model_validator(mode="after")
    def _check(self) -> SearchConfig:
        for key, tuners in _TUNERS_OF_KEY.items():
            if self.tuner not in tuners and getattr(self, key) is not None:
                named = f"the tuner{'s' if len(tuners) > 1 else ''} {' and '.join(tuners)}"
                named = "Optuna's samplers" if tuners == OPTUNA else named
                raise mistake(f"applies to {named} only, not to {self.tuner}", key=(key,))
        if not isinstance(self.objective, ObjectiveConfig) and not 2 <= len(self.objective) <= 3:
            raise mistake("a list of objectives has two or three", key=("objective",))
        if len(self.objectives) > 1 and self.tuner not in _FOR_A_FRONT:
            raise mistake(
                f"several objectives are for the tuners {', '.join(_FOR_A_FRONT)} only, not for {self.tuner}",
                key=("objective",),
            )
        if self.objectives[0].name in ("parameters", "epoch_time", "training_time"):
            raise mistake(
                f"{self.objectives[0].name} is measured when a trial is over, and the score after each epoch",
                key=("objective",),
                hint="Let another objective be the first one.",
            )
        if len({objective.name for objective in self.objectives}) < len(self.objectives):
            raise mistake("an objective is there twice", key=("objective",))
        if self.warm_start and self.tuner not in ("auto", "bayesian"):
            raise mistake(f"applies to the tuners bayesian and auto only, not to {self.tuner}", key=("warm_start",))
        if self.cost_aware and self.tuner not in ("auto", "bayesian"):
            raise mistake(f"applies to the tuners bayesian and auto only, not to {self.tuner}", key=("cost_aware",))
        if (self.tournament_size or 1) > (self.population_size or self.tournament_size or 1):
            raise mistake(f"more than the population_size of {self.population_size}", key=("tournament_size",))
        if self.tuner in _DEFAULT_TRIALS and self.max_trials is None:
            raise mistake(f"the tuner {self.tuner} needs a number of trials", key=("max_trials",))
        if self.tuner == "hyperband" and self.max_trials is not None:
            raise mistake(
                "does not apply to the tuner hyperband: its trials follow from max_epochs, factor and "
                "hyperband_iterations",
                key=("max_trials",),
            )
        return self
