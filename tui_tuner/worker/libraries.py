"""Which files are installed libraries, wherever they are: `PYTHONPATH` may name those of a cluster."""

from __future__ import annotations

import functools
import site
import sys
import sysconfig
from pathlib import Path
from types import ModuleType

_FOLDERS = frozenset({"site-packages", "dist-packages"})
"""Where packages are installed; the second one is Debian's."""


def is_library(file: str | Path) -> bool:
    """Whether a file is Python's own, tui-tuner's, or an installed package's, of this Python or of another one."""
    is_known = str(file).startswith(("<frozen", *_known_folders())) or not _FOLDERS.isdisjoint(Path(file).parts)
    return is_known or str(Path(file).resolve()).startswith(_known_folders())


@functools.cache
def _known_folders() -> tuple[str, ...]:
    """Where libraries are, as Python names it and resolved. Not the environment itself: a project may lie in one."""
    paths = sysconfig.get_paths()
    folders = {paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    folders |= {*site.getsitepackages(), site.getusersitepackages(), str(Path(__file__).parents[1])}
    return tuple(f"{name}/" for folder in folders for name in {folder, str(Path(folder).resolve())})


def file_of(name: str) -> str | None:
    """The file of a loaded module; `None` if it has none.

    A module that its package has made up, and whose file does not exist (`torch.ops`), is where its package is.
    """
    file = getattr(sys.modules.get(name), "__file__", None)
    package = name.partition(".")[0]
    if isinstance(file, str) and package != name and not Path(file).is_file():
        return file_of(package)
    return file if isinstance(file, str) else None


def own_modules() -> dict[str, ModuleType]:
    """The loaded modules that are no libraries, by their names: the script, and what it has imported of its own."""
    modules = list(sys.modules.items())
    return {name: module for name, module in modules if (file := file_of(name)) is not None and not is_library(file)}
