"""`--set search.max_trials=20`: changes to a config from the command line."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from tui_tuner.configs.document import KeyPath, Located, parse
from tui_tuner.configs.problems import Place, Problem, config_error, printable


def apply_overrides(tree: Located, overrides: Sequence[str]) -> Located:
    """The tree with each `key=value` put in, the last one of a key winning. Values are read as YAML.

    Raises:
        ConfigError: If an override is not of that form, or its value is no YAML.
    """
    for override in overrides:
        tree = _apply(tree, override)
    return tree


def _apply(tree: Located, override: str) -> Located:
    source = f"--set {override}"
    place = Place(source)
    dotted, equals, text = override.partition("=")
    keys: KeyPath = tuple(dotted.strip().split("."))
    if not equals or "" in keys:
        raise config_error(
            [Problem(place, "", "expected KEY=VALUE with a dotted key", "Such as --set search.max_trials=20.")]
        )
    value = parse(text, source)
    return _put(tree, keys, value if value is not None else Located(None, place), place)


def _put(node: Located, keys: KeyPath, value: Located, place: Place, above: KeyPath = ()) -> Located:
    if not keys:
        return value
    key, rest = keys[0], keys[1:]
    children = dict(_children(node, above, place))
    child = children.get(key, Located(None, place))
    children[key] = _put(child, rest, value, place, (*above, key))
    return Located(children, node.place)


def _children(node: Located, path: KeyPath, place: Place) -> dict[Hashable, Located]:
    """The mapping that a key is put into; the short forms of a few keys are written out first."""
    if isinstance(node.value, dict):
        return node.value
    if node.value is None or (path[:1] == ("callbacks",) and isinstance(node.value, bool)):
        return {}
    if path == ("search", "objective") and isinstance(node.value, str):
        return {"name": node}
    dotted = printable(".".join(map(str, path)))
    raise config_error([Problem(place, dotted, f"has no keys: it is {node.describe()}", "Set the whole value.")])
