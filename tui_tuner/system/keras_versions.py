"""Which Keras and which backend are installed, told without importing them."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

BACKENDS: Mapping[str, str] = {"tensorflow": "tensorflow", "jax": "jax", "torch": "torch"}
"""By Keras' name of a backend: the package that it needs."""


def backend_name(environment: Mapping[str, str] = os.environ) -> str:
    """The backend that Keras will use: from `KERAS_BACKEND`, else from its `keras.json`, else TensorFlow.

    Args:
        environment: Of the process that will import Keras.
    """
    if name := environment.get("KERAS_BACKEND"):
        return name
    home = environment.get("KERAS_HOME")
    file = (Path(home) if home else Path("~/.keras").expanduser()) / "keras.json"
    try:
        settings = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RuntimeError):
        return "tensorflow"
    name = settings.get("backend") if isinstance(settings, dict) else None
    return name if isinstance(name, str) and name else "tensorflow"


def installed_version(package: str) -> str | None:
    """The version of a package, or `None` if it is not installed."""
    from importlib import metadata  # here: it loads the parser of e-mails

    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def keras_line() -> str:
    """Keras and its backend in a few words, such as `Keras 3.15.1 with tensorflow 2.21.0`."""
    name = backend_name()
    version = installed_version(BACKENDS.get(name, name))
    return f"Keras {installed_version('keras') or '(not installed)'} with {name} {version or '(not installed)'}"
