"""`tui-tuner schema`: the JSON Schema of config files."""

from __future__ import annotations


def schema_command() -> None:
    """Print the JSON Schema of config files, for editors."""
    import json

    from tui_tuner.configs.json_schema import json_schema

    print(json.dumps(json_schema(), indent=2, ensure_ascii=False))
