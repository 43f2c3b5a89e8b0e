"""A user's Python files, read without running them: which names they define."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tui_tuner.configs.problems import did_you_mean, listing, printable
from tui_tuner.errors import ConfigError


def find_definition(path: Path, name: str) -> None:
    """Check that the file defines `name` at its top level.

    Raises:
        ConfigError: If the file is missing, unreadable or no Python, or has no such name.
    """
    try:
        tree = ast.parse(path.read_bytes(), filename=str(path))
    except FileNotFoundError:
        siblings = sorted(other.name for other in path.parent.glob("*.py")) if path.parent.is_dir() else []
        raise ConfigError(f"there is no file {printable(str(path))}", did_you_mean(path.name, siblings)) from None
    except OSError as error:
        raise ConfigError(f"cannot read {printable(str(path))}: {error.strerror}") from None
    except SyntaxError as error:
        raise ConfigError(f"{printable(str(path))}, line {error.lineno}: {printable(error.msg)}") from None
    except (ValueError, RecursionError):
        raise ConfigError(f"{printable(str(path))} is no Python source") from None
    names = list(_names(tree.body))
    if name not in names and "*" not in names:
        callables = [node.name for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))]
        raise ConfigError(
            f"{printable(path.name)} has no {printable(name)}",
            did_you_mean(name, names, otherwise=f"It has {listing(callables)}." if callables else ""),
        )


def functions_in(path: Path) -> list[str]:
    """The functions and classes at the top level of a file; none if it cannot be read."""
    try:
        body = ast.parse(path.read_bytes()).body
    except (OSError, SyntaxError, ValueError, RecursionError):
        return []
    return [node.name for node in body if isinstance(node, (ast.FunctionDef, ast.ClassDef))]


def _names(body: list[ast.stmt]) -> Iterator[str]:
    """The names that top-level statements bind; `*` where a star import hides them."""
    for node in body:
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                yield from ((alias.asname or alias.name).partition(".")[0] for alias in aliases)
            case ast.Assign(targets=targets):
                yield from (item.id for target in targets for item in ast.walk(target) if isinstance(item, ast.Name))
            case ast.AnnAssign(target=ast.Name(id=name)):
                yield name
            case (
                ast.If(body=inner, orelse=other)
                | ast.For(body=inner, orelse=other)
                | ast.While(body=inner, orelse=other)
            ):
                yield from _names([*inner, *other])
            case ast.With(body=inner):
                yield from _names(inner)
            case ast.Try(body=inner, handlers=handlers, orelse=other, finalbody=final):
                yield from _names([*inner, *other, *final, *(line for handler in handlers for line in handler.body)])
            case _:
                pass
