"""The JSON Schema of config files, for editors: `tui-tuner schema` prints it."""

from __future__ import annotations

import json
from typing import Any

from tui_tuner.configs.keras_callbacks import FRIENDLY_CALLBACKS
from tui_tuner.configs.schema import DATA_SOURCES, TABLE_SOURCES, Config
from tui_tuner.hypermodels import READY_MADE

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schema() -> dict[str, Any]:
    """The schema of a config file, draft 2020-12, with a description of every key."""
    schema = Config.model_json_schema(mode="validation")
    for definition in (schema, *schema["$defs"].values()):
        _tidy(definition)
        for key, field in definition.get("properties", {}).items():
            _tidy(field)
            if key in {"name", "project_name", "directory"}:
                field.pop("default", None)  # it depends on the file's name and the current directory
    data = schema["$defs"]["DataConfig"]
    data["oneOf"] = [
        {"required": [source, "target"] if source in TABLE_SOURCES else [source]} for source in DATA_SOURCES
    ]
    schema["properties"]["model"]["examples"] = ["model.py:build_model", *READY_MADE]
    callbacks = schema["properties"]["callbacks"]
    one = callbacks["additionalProperties"]
    one["anyOf"].append({"type": "null"})  # `early_stopping:` with nothing after it
    search = schema["$defs"]["SearchConfig"]["properties"]
    search["objective"]["default"], search["pruner"]["default"] = "val_loss", "none"
    callbacks["properties"] = {
        name: {**one, "description": f"The Keras callback {keras_name}: true, or its arguments."}
        for name, keras_name in FRIENDLY_CALLBACKS.items()
    }
    return {"$schema": DIALECT, **schema, "title": "tui-tuner config"}


def json_schema_text() -> str:
    """The schema as it is printed and as it is kept in the file beside the sample configs."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


def _tidy(field: dict[str, Any]) -> None:
    """Leave out what tells an editor nothing, and write a description on one line."""
    field.pop("title", None)
    if "default" in field and field["default"] is None:
        del field["default"]
    if "description" in field:
        field["description"] = " ".join(field["description"].split())
