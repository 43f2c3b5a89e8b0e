"""Finds where a script changes a library for its whole process: `keras.layers.Dense.call = ...`.

Read from the code, with the names that it has given by now; a worker process imports the library as it is.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Any

from tui_tuner.tuners.purity import is_library

_CHANGING = frozenset({"delattr", "object", "setattr"})
"""The last name of calls that change an attribute of their first argument: `setattr(...)`, `mock.patch.object(...)`."""


def library_change(tree: ast.Module, names: Mapping[str, Any]) -> str:
    """The first class or module of a library that the code changes, as it is written there; empty if there is none.

    Only of libraries that build functions may use in worker processes.

    Args:
        names: The module's.
    """
    imported = _imported(tree)
    for expression in _changed(tree):
        found = _value(expression, {**imported, **names})
        module = getattr(found, "__name__" if isinstance(found, ModuleType) else "__module__", None)
        if isinstance(found, ModuleType | type) and is_library(module):
            return ast.unparse(expression)
    return ""


def _changed(tree: ast.Module) -> Iterator[ast.expr]:
    """What the code sets an attribute of, or deletes one of."""
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=value, ctx=ast.Store() | ast.Del()):
                yield value
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=[first, *_]) if name in _CHANGING:
                yield first


def _imported(tree: ast.Module) -> dict[str, Any]:
    """What is imported anywhere in the code, such as in a function, and is loaded."""
    found: dict[str, Any] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                top = alias.name.partition(".")[0]
                found[alias.asname or top] = sys.modules.get(alias.name if alias.asname else top)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                found[alias.asname or alias.name] = getattr(sys.modules.get(node.module), alias.name, None)
    return found


def _value(expression: ast.expr, names: Mapping[str, Any]) -> Any:
    """What a dotted name stands for; `None` if it is something else, or is not known."""
    match expression:
        case ast.Name(id=name):
            return names.get(name)
        case ast.Attribute(value=value, attr=name):
            whole = _value(value, names)
            return getattr(whole, name, None) if isinstance(whole, ModuleType | type) else None
    return None
