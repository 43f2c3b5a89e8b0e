"""`import keras_tuner` finds tui-tuner: for scripts, subclasses and libraries that were written for KerasTuner.

```python
from tui_tuner.interop import keras_tuner

keras_tuner.install()
import autokeras  # whatever imports keras_tuner from now on gets tui-tuner
```

The modules of the alias are made when they are imported, and their names are looked up when they are used, so the alias
itself loads neither Keras nor numpy.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Sequence
from importlib.abc import Loader
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from tui_tuner import __version__ as own_version
from tui_tuner.errors import TunerError
from tui_tuner.interop.keras_tuner_names import COMPATIBLE_VERSION, ELSEWHERE, EVERYTHING, GONE, MODULES, STARRED, Home

PACKAGES = ("keras_tuner", "kerastuner")
"""The import names that lead here; the second is KerasTuner's old one."""

_MARK = "__tui_tuner_version__"


def install() -> None:
    """Let `import keras_tuner` and `import kerastuner` find tui-tuner in this process; does nothing the second time.

    Raises:
        TunerError: If the real package was imported already: its classes and ours would not know each other.
    """
    for package in PACKAGES:
        module = sys.modules.get(package)
        if module is not None and not hasattr(module, _MARK):
            raise TunerError(
                f"{package} {getattr(module, '__version__', '')} was imported already (from "
                f"{getattr(module, '__file__', None)}), so that tui-tuner cannot take its place any more.",
                "Call tui_tuner.interop.keras_tuner.install() before anything imports it.",
            )
    if not is_installed():
        sys.meta_path.insert(0, _Finder())


def uninstall() -> None:
    """Undo `install`, for tests: the next import finds the real package, if there is one."""
    sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, _Finder)]
    for name in [name for name in sys.modules if name.partition(".")[0] in PACKAGES]:
        if isinstance(sys.modules[name], _Alias):
            del sys.modules[name]


def is_installed() -> bool:
    """Whether the alias is in place."""
    return any(isinstance(finder, _Finder) for finder in sys.meta_path)


class _Finder(Loader):
    """Finds the alias's modules, and makes them."""

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> Any:
        package, _, rest = name.partition(".")
        if package not in PACKAGES:
            return None
        known = _path_in_table(rest)
        if known in MODULES:
            return ModuleSpec(name, self, origin="tui-tuner", is_package=True)
        if sys._getframe(2).f_code is importlib.util.find_spec.__code__:  # only asks whether there is such a module
            return None
        # Also asked by `from keras_tuner import Name` for a name that the module does not have. Without `name`: an
        # error that names the module would be replaced by one that says less.
        raise ModuleNotFoundError(_missing(package, rest))

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _Alias(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        module.__file__ = __file__
        module.__doc__ = f"tui-tuner {own_version} in KerasTuner's place."
        setattr(module, _MARK, own_version)


class _Alias(ModuleType):
    """A module whose names are tui-tuner's objects, looked up when they are first used."""

    def __getattr__(self, name: str) -> Any:
        package, _, rest = self.__name__.partition(".")
        known = _path_in_table(rest)
        if name == "__all__":
            return self._starred()
        homes = MODULES[known]
        if name in homes:
            try:
                value = _load(homes[name])
            except _NotHereError as error:
                raise AttributeError(_missing(package, f"{rest}.{name}".lstrip(".")), name=name, obj=self) from error
            setattr(self, name, value)
            return value
        below = f"{known}.{name}".lstrip(".")
        if EVERYTHING in homes:
            return getattr(_load(homes[EVERYTHING]), name)
        if below in MODULES or (not rest and name == "src"):
            return importlib.import_module(f"{self.__name__}.{name}")
        raise AttributeError(_missing(package, f"{rest}.{name}".lstrip(".")), name=name, obj=self)

    def __dir__(self) -> list[str]:
        known = _path_in_table(self.__name__.partition(".")[2])
        return sorted({*self.__dict__, *self._public(), *(name for name in MODULES[known] if name[0] == "_")})

    def _public(self) -> list[str]:
        known = _path_in_table(self.__name__.partition(".")[2])
        below = [path.rpartition(".")[2] for path in MODULES if path and path.rpartition(".")[0] == known]
        return [*(name for name, home in MODULES[known].items() if name[0] not in "_*" and _is_here(home)), *below]

    def _starred(self) -> list[str]:
        """What `from ... import *` brings."""
        public = self._public()
        starred = STARRED.get(_path_in_table(self.__name__.partition(".")[2]), public)
        return [name for name in public if name in starred]


def _path_in_table(rest: str) -> str:
    """The table has each module once: `keras_tuner.src.engine.trial` is `keras_tuner.engine.trial`."""
    return "" if rest == "src" else rest.removeprefix("src.")


class _NotHereError(Exception):
    """The table names a home that does not have the object."""


def _load(home: Home) -> Any:
    if not isinstance(home, str):
        return home.value
    module, _, attribute = home.partition(":")
    try:
        found = importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is not None and (module == error.name or module.startswith(f"{error.name}.")):
            raise _NotHereError(home) from error
        raise
    if not attribute:
        return found
    try:
        return getattr(found, attribute)
    except AttributeError as error:
        raise _NotHereError(home) from error


def _is_here(home: Home) -> bool:
    if isinstance(home, str) and not home.startswith("tui_tuner"):
        return importlib.util.find_spec(home.partition(":")[0].partition(".")[0]) is not None
    try:
        _load(home)
    except _NotHereError:
        return False
    return True


def _missing(package: str, path: str) -> str:
    """What a script is told that asks for something that is not here, and what it can do instead."""
    known = _path_in_table(path)
    name = known.rpartition(".")[2]
    text = f"tui-tuner {own_version}, which stands in for KerasTuner {COMPATIBLE_VERSION} here, has no {package}.{path}"
    if known in GONE:
        return f"{text}: {GONE[known]}"
    if known in ELSEWHERE or name in ELSEWHERE:
        return f"{text}: {ELSEWHERE.get(known) or ELSEWHERE[name]}"
    places = [
        f"{module}.{name}".lstrip(".") for module, homes in MODULES.items() if name in homes and _is_here(homes[name])
    ]
    return f"{text}; there is {package}.{places[0]}" if places else text
