"""From a tree to a `Config`: pydantic judges, this says it in a person's words and finds the line."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from tui_tuner.configs.document import KeyPath, Located, holds
from tui_tuner.configs.problems import Problem, config_error, did_you_mean, nearest, printable, quoted
from tui_tuner.configs.pruner_section import PRUNERS
from tui_tuner.configs.schema import Config
from tui_tuner.configs.search_section import ObjectiveConfig
from tui_tuner.configs.section import MISTAKE

SECTIONS: Mapping[str, type[BaseModel]] = {
    name: field.annotation
    for name, field in Config.model_fields.items()
    if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)
}
"""The sections of a config by key."""

_OBJECTIVE: KeyPath = ("search", "objective")
_PRUNER: KeyPath = ("search", "pruner")

_EXPECTED = {
    "bool_type": "true or false",
    "string_type": "text",
    "path_type": "a path",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_parsing_size": "a whole number of fewer digits",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "finite_number": "a finite number",
    "greater_than": "more than {gt:.12g}",
    "greater_than_equal": "at least {ge:.12g}",
    "less_than": "less than {lt:.12g}",
    "less_than_equal": "at most {le:.12g}",
    "tuple_type": "a list, such as [a, b]",
    "dict_type": "a mapping (key: value)",
    "model_type": "a mapping (key: value)",
    "model_attributes_type": "a mapping (key: value)",
    "string_too_short": "some text",
    "invalid-json-value": "text, a number, true, false, a list or a mapping",
}


_PREFIX = "Input should be "
"""Of most of pydantic's messages; here they follow *expected*."""


def validate(tree: Located) -> Config:
    """The checked config; its paths are still as they were written.

    Raises:
        ConfigError: With every mistake that was found.
    """
    raw = tree.unwrap()
    for name in (*SECTIONS, "callbacks"):
        if name in raw and raw[name] is None:  # a section of which every line is a comment
            raw[name] = {}
    for name, value in raw["callbacks"].items() if isinstance(raw.get("callbacks"), dict) else ():
        if value is None:  # `early_stopping:` without arguments
            raw["callbacks"][name] = True
    try:
        return Config.model_validate(raw)
    except ValidationError as error:
        raise config_error(list(_problems(tree, raw, error.errors(include_url=False)))) from None


def problem_at(tree: Located, path: KeyPath, text: str, hint: str = "", valid: Sequence[str] = ()) -> Problem:
    """A mistake at `path`, or at its innermost ancestor that was written down."""
    path = _origin(tree, path)
    return Problem(tree.find(path)[0].place, dotted(path), text, hint, tuple(valid))


def dotted(path: KeyPath) -> str:
    """`search.max_trials`, as people and `--set` write a key."""
    return ".".join(map(str, path))


def _problems(tree: Located, raw: Any, errors: Sequence[ErrorDetails]) -> Iterator[Problem]:
    located = sorted(((_path(raw, error), error) for error in errors), key=lambda pair: [str(key) for key in pair[0]])
    unknown = [path for path, error in located if error["type"] == "extra_forbidden"]
    for field, group in groupby(located, key=lambda pair: _field(pair[0])):
        pairs = list(group)
        deepest = max(len(path) for path, _ in pairs)
        if len(pairs) > 1 and deepest > len(field):  # of a union, the branch that got furthest is what was meant
            pairs = [(path, error) for path, error in pairs if len(path) == deepest]
        path, error = pairs[0]
        if error["type"] == "missing" and any(
            path[:-1] == other[:-1] and nearest(str(other[-1]), [str(path[-1])]) for other in unknown
        ):
            continue  # it is there under a misspelt name
        yield _problem(tree, path, [error for _, error in pairs])


def _described(key: str) -> str:
    """What a key of the file is for, in two sentences at most."""
    field = Config.model_fields[key]
    sentences = " ".join((field.description or getattr(field.annotation, "__doc__", None) or "").split()).split(". ")
    return ". ".join(sentences[:2]).removesuffix(".") + "."


def _problem(tree: Located, path: KeyPath, errors: Sequence[ErrorDetails]) -> Problem:
    error = errors[0]
    context = error.get("ctx", {})
    path = _origin(tree, path)
    if error["type"] == MISTAKE:
        return problem_at(tree, (*path, *context["key"]), _with_found(tree, path, context), context["hint"])
    if error["type"] == "extra_forbidden":
        return _unknown_key(tree, path)
    if error["type"] == "missing":
        what = _described(str(path[0])) if len(path) == 1 else ""
        place = tree.find(path[:-1])[0].place
        return Problem(place, dotted(path), "this key is missing", what)
    if error["type"] == "invalid_key":
        return problem_at(tree, path, "expected text as each key")
    node, _ = tree.find(path)
    if error["loc"][-1] == "[key]":
        return problem_at(tree, path, f"expected {_expected(error)} as the key, found {quoted(str(path[-1]))}")
    phrases = list(dict.fromkeys(_expected(error) for error in errors))
    choices = [choice for error in errors for choice in _choices(error)]
    hint = did_you_mean(node.value, choices) if choices and isinstance(node.value, str) else ""
    if not hint and phrases == ["text"] and node.plain and node.value is not None and node.text:
        hint = f"YAML reads it as {_kind(node.value)}: put it in quotes."
    return problem_at(tree, path, f"expected {' or '.join(phrases)}, found {node.describe()}", hint)


def _origin(tree: Located, path: KeyPath) -> KeyPath:
    """Where a value was written: a project name that is not in the file comes from the config's name."""
    return ("name",) if path == ("search", "project_name") and tree.find(path)[1] != path else path


def _with_found(tree: Located, path: KeyPath, context: Mapping[str, Any]) -> str:
    text = str(context["text"])
    node, found = tree.find(path)
    if not context["key"] and found == path and text.startswith("expected") and not isinstance(node.value, dict):
        return f"{text}, found {node.describe()}"
    return text


def _unknown_key(tree: Located, path: KeyPath) -> Problem:
    name = str(path[-1])
    model = _model_at(tree, path[:-1])
    valid = list(model.model_fields) if model is not None else []
    elsewhere = [f"{section}.{name}" for section, other in SECTIONS.items() if name in other.model_fields]
    if len(path) > 1 and name in Config.model_fields:
        elsewhere.append(name)
    if len(path) > 2:  # an argument of something, which has its own names
        elsewhere = []
    hint = did_you_mean(name, valid)
    if elsewhere:
        hint = f"Did you mean {quoted(elsewhere[0])}{' at the top level' if elsewhere == [name] else ''}?"
    return problem_at(tree, path, "unknown key", hint, valid)


def _model_at(tree: Located, path: KeyPath) -> type[BaseModel] | None:
    if not path:
        return Config
    if path == _PRUNER:
        return PRUNERS.get(str(tree.find((*path, "name"))[0].value))
    if _OBJECTIVE in (path, path[:-1]):
        return ObjectiveConfig
    return SECTIONS.get(str(path[0])) if len(path) == 1 else None


def _path(raw: Any, error: ErrorDetails) -> KeyPath:
    """Where an error is, without the names of the union branches that pydantic puts in between."""
    if error["type"] == MISTAKE:  # perhaps about a default that is not in the file; never inside a union
        return error["loc"]
    path: list[Hashable] = []
    for key in error["loc"]:
        if holds(raw, key):
            raw = raw[key]
        elif error["type"] == "missing" and key == error["loc"][-1]:
            raw = None
        else:
            continue
        path.append(key)
    return tuple(path)


def _field(path: KeyPath) -> KeyPath:
    """The path of the field that a path lies in: what pydantic judges as one value."""
    if path[:2] in (_OBJECTIVE, _PRUNER):
        return path
    return path[:2] if path and (str(path[0]) in SECTIONS or path[0] == "callbacks") else path[:1]


def _kind(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "a number" if isinstance(value, (int, float)) else f"a {type(value).__name__}"


def _choices(error: ErrorDetails) -> list[str]:
    return re.findall(r"'([^']*)'", error["ctx"]["expected"]) if error["type"] == "literal_error" else []


def _expected(error: ErrorDetails) -> str:
    if error["type"] == "literal_error":
        return re.sub(r"'([^']*)'", r"\1", str(error["ctx"]["expected"]))
    template = _EXPECTED.get(error["type"])
    return template.format(**error.get("ctx", {})) if template else printable(error["msg"].removeprefix(_PREFIX))
