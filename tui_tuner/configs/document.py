"""YAML text as a tree in which every value knows its line: what `yaml.safe_load` reads, with fewer surprises.

Unlike PyYAML it takes `1e-3` for a number (as YAML 1.2 and people do) and refuses a key that is given twice.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from tui_tuner.configs.problems import Place, Problem, config_error, listing, printable, quoted
from tui_tuner.errors import ConfigError

KeyPath = tuple[Hashable, ...]
"""Keys and list positions from the top of a document to a value."""

MAX_VALUES = 20_000
"""More values than any config has: aliases can make a small file explode."""


@dataclass(frozen=True)
class Located:
    """A value of a document.

    Args:
        value: A scalar, a `dict` of `Located` values or a `list` of them.
        place: Where its key stands, or the value itself in a list and at the top.
        text: A scalar as it was written; empty for others.
        plain: Whether a scalar was written without quotes.
    """

    value: Any
    place: Place
    text: str = ""
    plain: bool = False

    def unwrap(self) -> Any:
        """The bare value, as `yaml.safe_load` gives it."""
        if isinstance(self.value, dict):
            return {key: child.unwrap() for key, child in self.value.items()}
        if isinstance(self.value, list):
            return [child.unwrap() for child in self.value]
        return self.value

    def find(self, path: KeyPath) -> tuple[Located, KeyPath]:
        """The value at `path`, or its innermost ancestor that is there, and that one's path."""
        here = self
        for depth, key in enumerate(path):
            if not holds(here.value, key):
                return here, path[:depth]
            here = here.value[key]
        return here, path

    def describe(self) -> str:
        """What people call this value in a message."""
        if isinstance(self.value, dict):
            return "a mapping"
        if isinstance(self.value, list):
            return "a list"
        if self.value is None:
            return "nothing"
        return quoted(self.text) if isinstance(self.value, str) else printable(self.text, 60)


def holds(container: object, key: Hashable) -> bool:
    """Whether `container[key]` is there: a key of a mapping, a position in a list."""
    if isinstance(container, Mapping):
        return key in container
    return isinstance(container, list) and isinstance(key, int) and 0 <= key < len(container)


class _Loader(yaml.SafeLoader):
    """PyYAML's safe loader, and a wider idea of what a decimal number is."""


_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"^[-+]?(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9][0-9_]*)[eE][-+]?[0-9]+$"),
    list("-+.0123456789"),
)


def parse(text: str, source: str) -> Located | None:
    """Read one YAML document.

    Args:
        source: The file's name for messages, or a whole override.

    Returns:
        The tree, or `None` for an empty document.

    Raises:
        ConfigError: If it is no YAML, or YAML that a config cannot use. It names the line.
    """
    loader = None
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        return None if node is None else _Builder(loader, source).build(node, _place(source, node.start_mark))
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise _error(Place(source, line), f"the character U+{error.character:04X} is not allowed here") from None
    except yaml.MarkedYAMLError as error:
        raise _syntax_error(error, source, text) from None
    except RecursionError:
        raise _error(Place(source), "lists or mappings are nested too deeply") from None
    finally:
        if loader is not None:
            loader.dispose()


class _Builder:
    """Turns PyYAML's nodes into `Located` values."""

    def __init__(self, loader: _Loader, source: str) -> None:
        self._loader = loader
        self._source = source
        self._open: set[int] = set()
        self._count = 0

    def build(self, node: yaml.Node, place: Place) -> Located:
        self._count += 1
        if self._count > MAX_VALUES:
            raise _error(place, f"more than {MAX_VALUES} values: this is no config")
        if id(node) in self._open:
            raise _error(place, "an alias contains itself")
        self._open.add(id(node))
        try:
            return self._build(node, place)
        finally:
            self._open.remove(id(node))

    def _build(self, node: yaml.Node, place: Place) -> Located:
        if isinstance(node, yaml.MappingNode) and node.tag == "tag:yaml.org,2002:map":
            return Located(self._mapping(node), place)
        if isinstance(node, yaml.SequenceNode) and node.tag == "tag:yaml.org,2002:seq":
            return Located([self.build(item, _place(self._source, item.start_mark)) for item in node.value], place)
        if isinstance(node, yaml.ScalarNode):
            return Located(self._scalar(node), place, node.value, plain=node.style is None)
        raise _error(place, f"the tag {printable(node.tag)} is not allowed in a config")

    def _scalar(self, node: yaml.ScalarNode) -> Any:
        try:
            return self._loader.construct_object(node)
        except (ValueError, OverflowError, LookupError, AttributeError):  # what PyYAML lets through: `!!bool x`
            kind = node.tag.rpartition(":")[2]
            raise _error(
                _place(self._source, node.start_mark),
                f"{quoted(node.value)} is no valid {kind}",
                "Put it in quotes if it is text.",
            ) from None

    def _mapping(self, node: yaml.MappingNode) -> dict[Hashable, Located]:
        first_lines: dict[Hashable, int] = {}
        for key, key_node in self._keys(node):
            if key in first_lines:
                raise _error(
                    _place(self._source, key_node.start_mark),
                    f"the key {quoted(str(key))} is given twice, first in line {first_lines[key]}",
                    "Keep one of them.",
                )
            first_lines[key] = key_node.start_mark.line + 1
        self._loader.flatten_mapping(node)  # merges what `<<: *name` names; a mapping's own keys come last and win
        return {
            self._key(key_node): self.build(value_node, _place(self._source, key_node.start_mark))
            for key_node, value_node in node.value
        }

    def _keys(self, node: yaml.MappingNode) -> Iterator[tuple[Hashable, yaml.Node]]:
        for key_node, _ in node.value:
            if key_node.tag != "tag:yaml.org,2002:merge":
                yield self._key(key_node), key_node

    def _key(self, node: yaml.Node) -> Hashable:
        if not isinstance(node, yaml.ScalarNode):
            raise _error(
                _place(self._source, node.start_mark),
                "expected a plain key, found a list or a mapping",
                "Put the key in quotes if it contains braces or brackets.",
            )
        key: Hashable = self._scalar(node)
        return key


def _place(source: str, mark: yaml.Mark | None) -> Place:
    if source.startswith("--set ") or mark is None:
        return Place(source)
    return Place(source, mark.line + 1, mark.column + 1)


def _error(place: Place, text: str, hint: str = "") -> ConfigError:
    return config_error([Problem(place, "", text, hint)])


def _syntax_error(error: yaml.MarkedYAMLError, source: str, text: str) -> ConfigError:
    mark = error.problem_mark or error.context_mark
    place = _place(source, mark)
    problem = printable(error.problem or error.context or "not valid YAML")
    line = text.splitlines()[mark.line] if mark is not None and mark.line < len(text.splitlines()) else ""
    if "'\\t'" in problem or line[: len(line) - len(line.lstrip())].count("\t"):
        return _error(place, "a tab stands where YAML wants spaces", "Indent with spaces.")
    if isinstance(error, yaml.constructor.ConstructorError) and "tag" in problem:
        tags = re.findall(r"'([^']+)'", problem)
        return _error(
            place, f"the tag {listing(tags[:1]) or problem} is not allowed in a config", "Write plain values."
        )
    if "expected a single document" in (error.context or ""):
        return _error(place, "a second document begins here", "Keep one document: remove the line with three dashes.")
    hint = ""
    if "mapping values are not allowed" in problem:
        hint = "Perhaps a space is missing or too many at the start of a line, or a value with a colon needs quotes."
    elif "could not find expected ':'" in problem:
        hint = "Perhaps a colon, or the space after it, is missing in the line above."
    elif "found unexpected end of stream" in problem or "expected ',' or" in problem:
        hint = "Perhaps a quote or a bracket is not closed."
    return _error(place, f"not valid YAML: {problem}", hint)
