"""The tables of `docs/` that follow from the code: every key of the app, every key of a config file, the library.

`PYTHONPATH=tests python -m support.reference_docs` writes them between the marks in the pages.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from tui_tuner.configs.json_schema import json_schema
from tui_tuner.interop.loaded import LoadedSearch
from tui_tuner.space import HyperParameters
from tui_tuner.tui.actions import PANE_ACTIONS, PANE_NAMES, SCOPES
from tui_tuner.tuners import Tuner

DOCS = Path(__file__).parents[2] / "docs"

_Schema = Mapping[str, Any]


def keys_table() -> str:
    """A table for each group of actions, in the order of the help."""
    groups: dict[str, list[str]] = {}
    for actions in SCOPES.values():
        for action in actions:
            lines = groups.setdefault(action.group, [])
            if action.id == PANE_ACTIONS[0]:
                names = ", ".join(PANE_NAMES)
                lines.append(
                    f"| `1` to `{len(PANE_ACTIONS)}` | Go to {names}. | `pane_1` to {_code(PANE_ACTIONS[-1])} |"
                )
            elif action.id not in PANE_ACTIONS:
                keys = ", ".join(map(_code, action.shown_keys.split(", ")))
                lines.append(f"| {keys} | {_cell(action.help)} | {_code(action.id)} |")
    return "\n\n".join(
        "\n".join((f"### {group}", "", *_head("key", "what it does", "id"), *lines)) for group, lines in groups.items()
    )


def config_tables() -> str:
    """A table for each section of a config file."""
    schema = json_schema()
    sections: list[tuple[str, str, _Schema]] = [("The file", "", schema)]
    for name, field in schema["properties"].items():
        if "$ref" in field:
            sections.append((f"`{name}`", f"{name}.", _resolved(schema, field)))
    return "\n\n".join("\n".join(_section(schema, *section)) for section in sections)


def methods_table(cls: type) -> str:
    """The public methods and properties of a class, those that it inherits too, with the first line of their help."""
    lines = []
    for name, member in inspect.getmembers(cls):
        if name.startswith("_") or not (callable(member) or isinstance(member, property)):
            continue
        said = (inspect.getdoc(member) or "").split("\n\n")[0].replace("\n", " ")
        call = f"{name}{_parameters(member)}" if callable(member) else name
        lines.append(f"| {_code(call)} | {_cell(said)} |")
    return "\n".join((*_head("", "what it does"), *lines))


def _parameters(method: Callable[..., Any]) -> str:
    """The parameters without their types."""
    given = [parameter for name, parameter in inspect.signature(method).parameters.items() if name != "self"]
    plain = [parameter.replace(annotation=inspect.Parameter.empty) for parameter in given]
    return str(inspect.Signature(plain))


BLOCKS: Mapping[str, tuple[str, Callable[[], str]]] = {
    "keys": ("keys.md", keys_table),
    "config": ("config.md", config_tables),
    "tuner": ("library.md", lambda: methods_table(Tuner)),
    "hyperparameters": ("library.md", lambda: methods_table(HyperParameters)),
    "load": ("library.md", lambda: methods_table(LoadedSearch)),
}
"""By the name in the marks: the page, and what makes the text."""


def written(name: str) -> tuple[Path, str, str]:
    """A page, its text as it is, and as it should be."""
    page, make = BLOCKS[name]
    path = DOCS / page
    text = path.read_text(encoding="utf-8")
    begin, end = f"<!-- generated: {name} -->", f"<!-- end of {name} -->"
    pattern = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    assert pattern.search(text), f"{path} has no {begin}"
    return path, text, pattern.sub(lambda _: f"{begin}\n\n{make()}\n\n{end}", text)


def _section(schema: _Schema, title: str, prefix: str, section: _Schema) -> Iterator[str]:
    yield f"### {title}"
    if prefix and section.get("description"):
        yield from ("", section["description"])
    yield from ("", *_head("key", "takes", "default", "what it is"))
    required = section.get("required", ())
    for key, field in section["properties"].items():
        if "$ref" in field:
            yield f"| `{prefix}{key}` | a section | | below |"
            continue
        default = "required" if key in required else _code(json.dumps(field["default"])) if "default" in field else ""
        default = "" if default in ("`{}`", "`[]`") else default
        yield f"| `{prefix}{key}` | {_cell(_kind(schema, field))} | {default} | {_cell(field.get('description', ''))} |"


def _kind(schema: _Schema, field: _Schema) -> str:
    """What a key takes, in words."""
    if "$ref" in field:
        return "a mapping" if "properties" in _resolved(schema, field) else _kind(schema, _resolved(schema, field))
    if "enum" in field:
        return ", ".join(_code(str(value)) for value in field["enum"])
    if "const" in field:
        return _code(str(field["const"]))
    for several in ("anyOf", "oneOf"):
        if several in field:
            kinds = dict.fromkeys(_kind(schema, one) for one in field[several])
            return " or ".join(kind for kind in kinds if kind != "null")
    kind = field.get("type", "anything")
    if kind in ("integer", "number"):
        return f"{'a whole number' if kind == 'integer' else 'a number'}{_bounds(field)}"
    if kind == "array":
        return f"a list: {_kind(schema, field['items'])}" if field.get("items") else "a list"
    return {"string": "text", "boolean": "`true`, `false`", "object": "a mapping"}.get(kind, str(kind))


def _bounds(field: _Schema) -> str:
    words = {"minimum": "from", "exclusiveMinimum": "above", "maximum": "to", "exclusiveMaximum": "below"}
    return "".join(f" {word} {field[bound]:.12g}" for bound, word in words.items() if bound in field)


def _resolved(schema: _Schema, field: _Schema) -> _Schema:
    found: _Schema = schema["$defs"][field["$ref"].rpartition("/")[2]]
    return found


def _head(*names: str) -> tuple[str, str]:
    return f"| {' | '.join(names)} |", f"| {' | '.join('---' for _ in names)} |"


def _code(text: str) -> str:
    return f"`{_cell(text)}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def main() -> None:
    """Bring the pages up to date."""
    for name in BLOCKS:
        path, old, new = written(name)
        if new != old:
            path.write_text(new, encoding="utf-8")
            print(f"{path}: {name} written")


if __name__ == "__main__":
    main()
