"""What JAX has compiled, kept from process to process. Importing this loads no JAX."""

from __future__ import annotations

import contextlib
import importlib.metadata
import os
import platform
import zlib
from collections.abc import MutableMapping
from pathlib import Path

from tui_tuner.system.keras_versions import backend_name

_FOLDER = "JAX_COMPILATION_CACHE_DIR"


def keep_compiled(environment: MutableMapping[str, str]) -> None:
    """Let JAX keep what it compiles, if it is the backend: in `$XDG_CACHE_HOME/tui-tuner`, by default in `~/.cache`.

    Each version of JAX and each kind of processor has a folder of its own, which nobody else may write to: what is in
    it is run. Where that cannot be had, and where the user has chosen a folder, nothing is changed.

    Args:
        environment: Variables of a process that has not imported JAX yet.
    """
    if _FOLDER in environment or backend_name(environment) != "jax":
        return
    with contextlib.suppress(importlib.metadata.PackageNotFoundError, OSError, RuntimeError):  # the last: no home
        base = environment.get("XDG_CACHE_HOME", "")
        cache = Path(base) if base.startswith("/") else Path.home() / ".cache"
        folder = cache / "tui-tuner" / f"jax-{importlib.metadata.version('jax')}-{_processor():08x}"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.stat()
        if found.st_uid != os.getuid() or found.st_mode & 0o022:
            return
        environment[_FOLDER] = str(folder)
        environment.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")
        environment.setdefault("JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES", "-1")


def _processor() -> int:
    """A number for this kind of processor: homes are shared by machines that do not run each other's code."""
    kind = platform.machine()
    with contextlib.suppress(OSError):
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
        kind += next((line for line in lines if line.startswith(("flags", "Features"))), "")
    return zlib.crc32(kind.encode())
