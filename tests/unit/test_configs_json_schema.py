"""The JSON Schema: editors complete and check the same configs that the program takes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from tui_tuner.configs.json_schema import json_schema, json_schema_text

SAMPLES = Path(__file__).parents[2] / "sample_configs"
GOOD: dict[str, Any] = {"model": "dense", "data": {"sklearn": "iris"}}


def errors(config: dict[str, Any]) -> list[str]:
    return [error.message for error in jsonschema.Draft202012Validator(json_schema()).iter_errors(config)]


def test_it_is_a_valid_schema_of_the_2020_draft() -> None:
    schema = json_schema()
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema.Draft202012Validator.check_schema(schema)


def test_the_file_beside_the_samples_is_up_to_date() -> None:
    """If not: `tui-tuner schema > sample_configs/tui-tuner.schema.json`."""
    assert (SAMPLES / "tui-tuner.schema.json").read_text(encoding="utf-8") == json_schema_text()


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.yaml")), ids=lambda path: path.name)
def test_the_samples_are_valid_and_refer_to_it(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.splitlines()[0] == "# yaml-language-server: $schema=tui-tuner.schema.json"
    assert errors(yaml.safe_load(text)) == []


def test_every_key_is_described() -> None:
    assert [key for key, field in fields(json_schema()) if "description" not in field and "$ref" not in field] == []


def test_short_forms_are_valid() -> None:
    assert errors(GOOD | {"search": {"objective": "val_loss"}}) == []
    assert errors(GOOD | {"search": {"objective": {"name": "val_f", "direction": "max"}}}) == []
    assert (
        errors(GOOD | {"callbacks": {"tensorboard": True, "early_stopping": None, "CSVLogger": {"filename": "x"}}})
        == []
    )


@pytest.mark.parametrize(
    "change",
    [
        {"serch": {}},
        {"data": {"sklearn": "iriss"}},
        {"data": {"csv": "a.csv"}},
        {"data": {"csv": "a.csv", "target": "x", "npz": "b"}},
        {"data": {}},
        {"search": {"max_trials": 0}},
        {"search": {"tuner": "x"}},
        {"fit": {"validation_split": 1}},
        {"run": {"workers": "two"}},
        {"callbacks": {"tensorboard": 3}},
    ],
)
def test_mistakes_are_invalid(change: dict[str, Any]) -> None:
    assert errors(GOOD | change)


def fields(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for definition in (schema, *schema["$defs"].values()):
        yield from definition.get("properties", {}).items()
