"""The key `search.pruner` of a config file: a pruner's name, or a mapping with its name and its arguments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from tui_tuner.configs.problems import did_you_mean, listing, quoted
from tui_tuner.configs.section import Count, FromZero, Section, mistake


class PrunerConfig(Section):
    """What the pruners have in common."""

    name: str

    @property
    def arguments(self) -> dict[str, Any]:
        """Those arguments that were given."""
        return self.model_dump(exclude={"name"}, exclude_none=True)


class NonePrunerConfig(PrunerConfig):
    """All trials run to their end."""

    name: Literal["none"]
    """The pruner."""


class MedianPrunerConfig(PrunerConfig):
    """Stops a trial whose best value so far is worse than the median of what the others had shown by the same epoch."""

    name: Literal["median"]
    """The pruner."""

    min_trials: Count | None = None
    """A trial is judged where at least so many others have come to the same epoch. Default: 5."""

    warmup_epochs: FromZero | None = None
    """The first epochs, after which nothing is judged. Default: 5."""

    interval: Count | None = None
    """Judge after every so many epochs only, from the first one after the warm-up. Default: 1."""


class SuccessiveHalvingPrunerConfig(PrunerConfig):
    """Lets only the best share of the trials pass each rung; rungs lie ever further apart."""

    name: Literal["successive_halving"]
    """The pruner."""

    reduction_factor: Annotated[int, Field(ge=2)] | None = None
    """One in so many trials passes a rung, and the next rung takes so many times the epochs. Default: 3."""

    min_epochs: Count | None = None
    """Epochs up to the first rung. Default: 3."""


class PatiencePrunerConfig(PrunerConfig):
    """Stops a trial that has not improved for some epochs, unless it has the best value of all trials."""

    name: Literal["patience"]
    """The pruner."""

    patience: Count | None = None
    """After so many epochs without an improvement. Default: 10."""

    min_delta: Annotated[float, Field(ge=0)] | None = None
    """An improvement is more than this. Default: 0."""


class ThresholdPrunerConfig(PrunerConfig):
    """Stops a trial whose objective leaves these bounds, or is NaN or infinite."""

    name: Literal["threshold"]
    """The pruner."""

    upper: float | None = None
    """The highest value that is right. Default: none."""

    lower: float | None = None
    """The lowest value that is right. Default: none."""

    warmup_epochs: FromZero | None = None
    """The first epochs, in which the bounds do not hold; NaN and infinities stop a trial at once. Default: 0."""


PRUNERS: Mapping[str, type[PrunerConfig]] = {
    "none": NonePrunerConfig,
    "median": MedianPrunerConfig,
    "successive_halving": SuccessiveHalvingPrunerConfig,
    "patience": PatiencePrunerConfig,
    "threshold": ThresholdPrunerConfig,
}
"""The arguments of each pruner, by the name that `search.pruner` takes."""

PrunerName = Literal["none", "median", "successive_halving", "patience", "threshold"]

_AnyPruner = Annotated[
    NonePrunerConfig
    | MedianPrunerConfig
    | SuccessiveHalvingPrunerConfig
    | PatiencePrunerConfig
    | ThresholdPrunerConfig,
    Field(discriminator="name"),
]


def _named(value: object) -> object:
    """A mapping with a name that is known; what is neither text nor a mapping is left to pydantic."""
    if isinstance(value, str):
        if value not in PRUNERS:
            raise mistake(f"expected one of {listing(PRUNERS)}", hint=did_you_mean(value, PRUNERS))
        return {"name": value}
    if isinstance(value, PrunerConfig):
        return value
    if not isinstance(value, Mapping):
        raise mistake("expected a pruner's name, or a mapping with its name and its arguments", hint="Such as median.")
    if "name" not in value:
        raise mistake(f"the key name is missing: one of {listing(PRUNERS)}", hint="Such as {name: median}.")
    name = value["name"]
    if not isinstance(name, str) or name not in PRUNERS:
        raise mistake(
            f"expected one of {listing(PRUNERS)}, found {quoted(str(name))}",
            key=("name",),
            hint=did_you_mean(str(name), PRUNERS),
        )
    return value


def _checked(pruner: PrunerConfig) -> PrunerConfig:
    """Here and not in the section itself, because pydantic would name the branch of the union as a key."""
    if isinstance(pruner, ThresholdPrunerConfig):
        lower, upper = pruner.lower, pruner.upper
        if lower is not None and upper is not None and lower > upper:
            raise mistake(f"expected at most the upper bound {upper:g}, found {lower:g}", key=("lower",))
    return pruner


AnyPruner = Annotated[
    _AnyPruner, BeforeValidator(_named, json_schema_input_type=PrunerName | _AnyPruner), AfterValidator(_checked)
]
