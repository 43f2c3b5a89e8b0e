"""What all parts of the config schema are made of: the base model, the kinds of values, and errors with a hint."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from tui_tuner.engine.durations import EXAMPLES, parse_duration

MISTAKE = "config_mistake"
"""The type of the pydantic errors that `mistake` makes."""


def mistake(text: str, *, key: tuple[str, ...] = (), hint: str = "") -> PydanticCustomError:
    """An error for a validator to raise. `key` is where it is, seen from the model; `hint` says what to do."""
    return PydanticCustomError(MISTAKE, "{text}", {"text": text, "key": key, "hint": hint})


def folder_name(name: str) -> str:
    """Check that `name` is one plain folder name.

    Raises:
        PydanticCustomError: If it would leave its folder, or cannot be created on common file systems.
    """
    if name in {"", ".", ".."} or any(char in "/\\" or not char.isprintable() for char in name):
        raise mistake("expected a plain folder name, without slashes", hint="Such as titanic-1.")
    if len(name.encode()) > 200:
        raise mistake("expected a folder name of at most 200 bytes")
    return name


FolderName = Annotated[str, AfterValidator(folder_name)]
Count = Annotated[int, Field(ge=1)]
FromZero = Annotated[int, Field(ge=0)]
LARGEST_SEED = 2**32 - 1
"""That NumPy, scikit-learn and Keras take."""

Seed = Annotated[int, Field(ge=0, le=LARGEST_SEED)]

Fraction = Annotated[float, Field(ge=0, lt=1)]
Scalar = bool | int | float | str


def duration(value: object) -> object:
    """Seconds from text such as `90s`, `45m`, `1.5h`, `2d`; what is no text is left to pydantic.

    Raises:
        PydanticCustomError: If the text is no duration.
    """
    if not isinstance(value, str):
        return value
    try:
        return parse_duration(value)
    except ValueError:
        raise mistake("expected a duration", hint=f"Such as {EXAMPLES}.") from None


Duration = Annotated[
    float, Field(gt=0), BeforeValidator(duration, json_schema_input_type=Annotated[float, Field(gt=0)] | str)
]
"""Seconds."""

AbsolutePath = Annotated[Path, Field(strict=False)]  # lax, so that text is taken: YAML and JSON have no paths
Columns = Annotated[tuple[str, ...], Field(strict=False)]  # lax, so that a list is taken


class Section(BaseModel):
    """What all parts of a config have in common: strict types, no unknown keys, never changed."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        use_attribute_docstrings=True,
        ser_json_inf_nan="constants",
        allow_inf_nan=False,
    )
