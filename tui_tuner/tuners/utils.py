"""KerasTuner's helper functions, for libraries that call them."""

from __future__ import annotations

import importlib
import json
import shutil
import sys
from pathlib import Path
from typing import Any

from tui_tuner.oracles.json_files import read_json, write_json

_KERNEL = "ZMQInteractiveShell"
"""The shell of IPython that notebooks have; the one in a terminal is another."""


def _in_notebook() -> bool:
    shell = sys.modules.get("IPython")
    # By a base class: Colab, for one, has a shell of its own.
    return shell is not None and any(base.__name__ == _KERNEL for base in type(shell.get_ipython()).__mro__)


IS_NOTEBOOK = _in_notebook()
"""Whether this process belongs to a notebook."""


def try_clear() -> None:
    """Clear the output of a notebook's cell; a terminal keeps what was printed."""
    if IS_NOTEBOOK:
        importlib.import_module("IPython.display").clear_output()


def create_directory(path: str, remove_existing: bool = False) -> None:
    """Make a folder, and its parents; with `remove_existing`, an empty one in place of what is there."""
    if remove_existing and Path(path).is_dir():
        shutil.rmtree(path)
    Path(path).mkdir(parents=True, exist_ok=True)


def to_list(values: Any) -> list[Any]:
    """A list as it is, a tuple as a list, and anything else in a list of its own."""
    if isinstance(values, list):
        return values
    return list(values) if isinstance(values, tuple) else [values]


def save_json(path: str, obj: Any) -> str:
    """Write an object to a file as JSON, and return the text."""
    write_json(path, obj)
    return json.dumps(obj)


def load_json(path: str) -> dict[str, Any]:
    """The JSON object that a file holds."""
    return read_json(path)


def serialize_keras_object(obj: Any) -> Any:
    """Keras' description of one of its objects."""
    import keras

    return keras.saving.serialize_keras_object(obj)


def deserialize_keras_object(config: Any, module_objects: Any = None, custom_objects: Any = None) -> Any:
    """The object that Keras described.

    Args:
        module_objects: Classes by name, for descriptions that name no module.
        custom_objects: The same.
    """
    import keras

    known = {**(module_objects or {}), **(custom_objects or {})}
    return keras.saving.deserialize_keras_object(config, custom_objects=known)
