"""`model:` and `loader:` values: what they refer to, and the object behind them.

Importing this is cheap; resolving a reference runs a user's code, which usually imports Keras: only workers do that.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from types import ModuleType
from typing import Any

from tui_tuner.configs.paths import absolute_path
from tui_tuner.configs.problems import did_you_mean, listing, printable
from tui_tuner.configs.user_modules import name_of
from tui_tuner.errors import ConfigError, FatalError, TunerError
from tui_tuner.hypermodels import READY_MADE, make
from tui_tuner.hypermodels.data_shape import DataShape

SHOWN_FRAMES = 3
"""How many of the innermost lines of a user's traceback an error shows."""

_MACHINERY = ("<frozen importlib", str(Path(__file__).parents[1]))
"""Where the lines of a traceback lie that tell a user nothing: Python's import system, and this package."""


class ReferenceKind(Enum):
    """The forms of a reference."""

    FILE = "file.py:function"
    MODULE = "package.module:function"
    READY_MADE = "ready-made hypermodel"
    PICKLE = "pickle:/abs/path"


@dataclass(frozen=True)
class Reference:
    """A parsed reference.

    Args:
        location: The file, the module, or the name of the ready-made hypermodel.
        name: The name inside the file or module; empty for the other kinds.
    """

    kind: ReferenceKind
    location: str
    name: str = ""

    def __str__(self) -> str:
        if self.kind is ReferenceKind.READY_MADE:
            return self.location
        return f"pickle:{self.location}" if self.kind is ReferenceKind.PICKLE else f"{self.location}:{self.name}"

    def relative_to(self, folder: Path) -> Reference:
        """With the file's path made absolute, starting at `folder`."""
        if self.kind is not ReferenceKind.FILE:
            return self
        return replace(self, location=str(absolute_path(Path(self.location), folder)))


@dataclass(frozen=True)
class ModelBuilder:
    """What a model reference resolves to; call it with hyperparameters for a model.

    Args:
        build: Takes hyperparameters and returns a compiled model.
        fit: A HyperModel's own `fit(hp, model, *args, **kwargs)`; `None` for plain functions.
        hypermodel: The object found: the function, or the HyperModel.
    """

    build: Callable[[Any], Any]
    fit: Callable[..., Any] | None = None
    hypermodel: Any = None

    def __call__(self, hp: Any) -> Any:
        return self.build(hp)


def parse_reference(text: str, *, ready_made: bool = True) -> Reference:
    """Read a reference without looking at the disk.

    Args:
        ready_made: Whether the name of a ready-made hypermodel will do.

    Raises:
        ConfigError: If it is none.
    """
    text = text.strip()
    if text.startswith("pickle:"):
        return Reference(ReferenceKind.PICKLE, text.removeprefix("pickle:"))
    if ready_made and text in READY_MADE:
        return Reference(ReferenceKind.READY_MADE, text)
    location, colon, name = text.rpartition(":")
    expected = "expected file.py:function or package.module:function"
    if ready_made:
        expected = f"expected file.py:function, package.module:function, or one of {listing(READY_MADE)}"
    found = f"{expected}, found '{printable(text, 100)}'"
    if not colon:
        looks_like_code = text.endswith(".py") or "/" in text or "." in text
        hint = "Add the function's name after a colon." if looks_like_code else ""
        raise ConfigError(found, did_you_mean(text, READY_MADE, otherwise=hint) if ready_made else hint)
    if not name.isidentifier() or not location:
        raise ConfigError(found)
    if location.endswith(".py"):
        return Reference(ReferenceKind.FILE, location, name)
    if not all(part.isidentifier() for part in location.split(".")):
        raise ConfigError(found, "A file's name ends in .py." if "/" in location else "")
    return Reference(ReferenceKind.MODULE, location, name)


def resolve_model(reference: str, shape: DataShape | None = None) -> ModelBuilder:
    """Find what builds the models of a search. Runs the user's code.

    Args:
        reference: As `parse_reference` takes it; a file is given by its absolute path.
        shape: What the data looks like; only the ready-made hypermodels need it.

    Raises:
        TunerError: If there is no such object, if it cannot be called, or if its module raises.
    """
    parsed = parse_reference(reference)
    if parsed.kind is ReferenceKind.READY_MADE:
        if shape is None:
            raise TunerError(f"the ready-made hypermodel {parsed.location} needs data to know its inputs and outputs")
        build = make(parsed.location, shape)
        return ModelBuilder(build, hypermodel=build)
    return _builder(load_object(parsed), parsed)


def load_object(reference: Reference) -> Any:
    """The object that a reference names. Runs the user's code.

    Raises:
        TunerError: If there is none, or if its module raises; with the last lines of the user's traceback.
    """
    if reference.kind is ReferenceKind.PICKLE:
        return _unpickle(Path(reference.location))
    module = (
        _import_file(Path(reference.location))
        if reference.kind is ReferenceKind.FILE
        else _import_module(reference.location)
    )
    try:
        return getattr(module, reference.name)
    except AttributeError:
        public = [name for name in vars(module) if not name.startswith("_")]
        raise TunerError(
            f"{printable(reference.location)} has no {printable(reference.name)}", did_you_mean(reference.name, public)
        ) from None


def _builder(found: Any, reference: Reference) -> ModelBuilder:
    if isinstance(found, type) and callable(getattr(found, "build", None)) and not _is_model(found):
        try:
            found = found()
        except TypeError as error:
            raise TunerError(
                f"{reference} cannot be made without arguments: {printable(str(error))}",
                "Refer to an instance instead: hypermodel = YourHyperModel(...).",
            ) from None
    if _is_model(found):
        raise TunerError(
            f"{reference} is a Keras model", "Refer to a function that takes hp, builds a model and returns it."
        )
    if callable(getattr(found, "build", None)):
        fit = getattr(found, "fit", None)
        return ModelBuilder(found.build, fit if callable(fit) else None, found)
    if not callable(found):
        raise TunerError(f"{reference} is neither a function nor a HyperModel: it is a {type(found).__name__}")
    return ModelBuilder(found, hypermodel=found)


def _is_model(found: Any) -> bool:
    return all(hasattr(found, name) for name in ("compile", "fit", "get_weights"))


def _import_file(path: Path) -> ModuleType:
    """Import a file under a name of its own, with its folder on `sys.path` so that it can import its neighbours."""
    name = name_of(path)
    if name in sys.modules:
        return sys.modules[name]
    if not path.is_file():
        raise TunerError(f"there is no file {printable(str(path))}")
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise TunerError(f"{printable(str(path))} is no Python file")
    if str(path.parent) not in sys.path:
        sys.path.insert(0, str(path.parent))
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # before it runs: dataclasses and pickle look it up
    try:
        spec.loader.exec_module(module)
    except BaseException as error:
        del sys.modules[name]
        raise _import_failure(str(path), error) from error
    return module


def _import_module(name: str) -> ModuleType:
    folder = str(Path.cwd())
    if folder not in sys.path:  # as `python -m` does
        sys.path.insert(0, folder)
    try:
        return importlib.import_module(name)
    except BaseException as error:
        raise _import_failure(name, error) from error


def _unpickle(path: Path) -> Any:
    import cloudpickle

    try:
        with path.open("rb") as file:
            return cloudpickle.load(file)
    except OSError as error:
        raise TunerError(f"cannot read {printable(str(path))}: {error.strerror}") from None
    except Exception as error:
        raise _import_failure(str(path), error) from error


def _import_failure(what: str, error: BaseException) -> BaseException:
    """A `TunerError` for whatever a user's module raised; the errors that mean more than a mistake stay themselves."""
    if isinstance(error, (KeyboardInterrupt, GeneratorExit, FatalError, TunerError)):
        return error
    return TunerError(f"{printable(what)} cannot be imported: {describe_exception(error)}")


def describe_exception(error: BaseException) -> str:
    """`TypeError: ...` and the innermost lines of the user's own code, each as `file.py, line 3, in name`."""
    summary = printable(traceback.format_exception_only(error)[-1].strip(), 500)
    if isinstance(error, SyntaxError) and error.filename:
        return f"{summary} ({printable(Path(error.filename).name)}, line {error.lineno})"
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if not frame.filename.startswith(_MACHINERY)]
    lines = [
        f"  {printable(Path(frame.filename).name)}, line {frame.lineno}, in {frame.name}: {printable(frame.line or '')}"
        for frame in frames[-SHOWN_FRAMES:]
    ]
    return "\n".join([summary, *lines])


def call_with_known_arguments(function: Callable[..., Any], **available: Any) -> Any:
    """Call a user's function with those of the `available` arguments that it has parameters for."""
    try:
        parameters = inspect.signature(function).parameters
    except (TypeError, ValueError):
        return function()
    return function(**{name: value for name, value in available.items() if name in parameters})
