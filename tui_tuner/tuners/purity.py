"""Whether a function of a script's can run in another process without anybody noticing.

Read from the code, not tried out: a function passes only if all that it refers to is known to be harmless. What cannot
be told counts as noticeable.
"""

from __future__ import annotations

import dis
import functools
import types
from collections.abc import Iterable, Mapping
from typing import Any

_LIBRARIES = frozenset(
    {
        "builtins",
        "functools",
        "itertools",
        "keras",
        "keras_tuner",
        "kerastuner",
        "math",
        "numpy",
        "operator",
        "tensorflow",
        "tui_tuner",
        "typing",
    }
)
"""Top-level packages that do nothing that could be noticed, as build functions use them."""

_NOTICEABLE = frozenset(
    {"__import__", "breakpoint", "compile", "delattr", "eval", "exec", "globals", "input", "open", "setattr", "vars"}
)
"""Built-in functions that could be noticed, or that hide what could."""

_PLAIN = (type(None), bool, int, float, complex, str, bytes, range)
_SHAPE = frozenset({"dtype", "ndim", "shape", "size"})
_READS = frozenset({"LOAD_ATTR", "LOAD_METHOD"})
_READS_OF_SELF = _READS | {"LOAD_SUPER_ATTR", "LOAD_SUPER_METHOD", "LOAD_ZERO_SUPER_ATTR", "LOAD_ZERO_SUPER_METHOD"}
_WRITES = frozenset({"STORE_ATTR", "DELETE_ATTR", "COPY"})
"""What may follow a name that is changed: `name.x = 1`, `name.x += 1`."""


def noticeable(value: Any) -> str:
    """What could be noticed if `value` were used in another process: one line; empty if nothing could.

    Args:
        value: A function, or an object of a class of the script's own.
    """
    return _Inspection().of_value("it", value)


class _Inspection:
    """Follows all that something refers to, each thing once."""

    def __init__(self) -> None:
        self._seen: set[int] = set()

    def of_value(self, name: str, value: Any) -> str:
        if isinstance(value, _PLAIN) or id(value) in self._seen:
            return ""
        self._seen.add(id(value))
        match value:
            case tuple() | frozenset():
                return self._of_all(name, value)
            case types.ModuleType():
                return "" if is_library(value.__name__) else f"it uses the module {value.__name__}"
            case types.FunctionType():
                return "" if is_library(value.__module__) else self._of_function(value)
            case types.BuiltinFunctionType():
                return "" if is_library(value.__module__) else f"it calls {name}"
            case types.MethodType():
                return self.of_value(name, value.__func__) or self.of_value(name, value.__self__)
            case functools.partial():
                return self._of_all(name, (value.func, *value.args, *value.keywords.values()))
            case type():
                return "" if is_library(value.__module__) else self._of_class(value)
        return self._of_instance(name, value)

    def _of_all(self, name: str, values: Iterable[Any]) -> str:
        return next(filter(None, (self.of_value(name, value) for value in values)), "")

    def _of_instance(self, name: str, value: Any) -> str:
        """An object is harmless if it holds nothing that could be changed, and its class does not change it."""
        cls = type(value)
        if any(base.__module__ == "numpy" and base.__name__ == "generic" for base in cls.__mro__):
            return ""
        if is_library(cls.__module__) or not hasattr(value, "__dict__"):
            return f"it uses {name} ({cls.__name__}), which a trial may change"
        for attribute, held in vars(value).items():
            found = self.of_value(f"{name}.{attribute}".removeprefix("it."), held)
            if found:
                return found
        own = [base for base in cls.__mro__ if not is_library(base.__module__)]
        methods = [method for base in own for method in vars(base).values() if isinstance(method, types.FunctionType)]
        changing = next((method for method in methods if method.__name__ != "__init__" and _changes_self(method)), None)
        if changing is not None:
            return f"{changing.__qualname__} may change its object"
        return self.of_value(cls.__name__, cls)

    def _of_class(self, cls: type) -> str:
        found = self._of_all(cls.__name__, cls.__bases__)
        for attribute, value in vars(cls).items():
            if found:
                break
            if attribute not in ("__dict__", "__weakref__", "__annotations__"):
                if isinstance(value, staticmethod | classmethod):
                    value = value.__func__
                parts = (value.fget, value.fset, value.fdel) if isinstance(value, property) else (value,)
                found = self._of_all(f"{cls.__name__}.{attribute}", parts)
        return found

    def _of_function(self, function: types.FunctionType) -> str:
        given = (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values())
        enclosed = {
            name: _content(cell)
            for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
        }
        return self._of_all("a default value", given) or self._of_code(
            function.__code__, function.__globals__, enclosed
        )

    def _of_code(self, code: types.CodeType, names: Mapping[str, Any], enclosed: Mapping[str, Any]) -> str:
        steps = [step for step in dis.get_instructions(code) if step.opname not in ("CACHE", "EXTENDED_ARG")]
        for step, following in zip(steps, [*steps[1:], steps[-1]], strict=True):
            name = str(step.argval)
            found = ""
            match step.opname:
                case "STORE_GLOBAL" | "DELETE_GLOBAL":
                    found = f"it sets the global {name}"
                case "STORE_DEREF" | "DELETE_DEREF" if name in enclosed:
                    found = f"it sets {name} of the function around it"
                case "IMPORT_NAME" if not is_library(name):
                    found = f"it imports {name}"
                case "LOAD_DEREF" | "LOAD_CLASSDEREF" | "LOAD_FROM_DICT_OR_DEREF" if name in enclosed:
                    found = self._of_name(name, enclosed[name], following)
                case "LOAD_GLOBAL" | "LOAD_NAME" if name in names:
                    found = self._of_name(name, names[name], following)
                case "LOAD_GLOBAL" | "LOAD_NAME" if name in _NOTICEABLE:
                    found = f"it calls {name}()"
            if found:
                return found
        inner = (constant for constant in code.co_consts if isinstance(constant, types.CodeType))
        return next(filter(None, (self._of_code(each, names, enclosed) for each in inner)), "")

    def _of_name(self, name: str, value: Any, following: dis.Instruction) -> str:
        """A name that is only asked for its shape is harmless, whatever it stands for."""
        if following.opname in _WRITES:
            return f"it changes {name}"
        if following.opname in _READS and following.argval in _SHAPE and hasattr(value, "shape"):
            return ""
        return self.of_value(name, value)


def _changes_self(method: types.FunctionType) -> bool:
    """Whether a method may change the object that it belongs to: it sets an attribute, or hands the object on."""
    code = method.__code__
    if not code.co_argcount:
        return False
    this = code.co_varnames[0]
    if this in code.co_cellvars:
        return True
    steps = [step for step in dis.get_instructions(code) if step.opname not in ("CACHE", "EXTENDED_ARG")]
    for step, following in zip(steps, [*steps[1:], steps[-1]], strict=True):
        loaded = step.argval if isinstance(step.argval, tuple) else (step.argval,)
        is_read = loaded[-1] == this and following.opname in _READS_OF_SELF
        if step.opname.startswith("LOAD_FAST") and this in loaded and not is_read:
            return True
    return False


def _content(cell: types.CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # not set yet
        return None


def is_library(module: str | None) -> bool:
    """Whether a module belongs to a library that build functions may use unnoticed."""
    return (module or "").partition(".")[0] in _LIBRARIES
