"""A Python script that trains the final model again and needs nothing but Keras. Importing this imports Keras."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np

from tui_tuner.configs.dataset import Arrays, Dataset, is_array_like, leaves
from tui_tuner.configs.model_reference import ModelBuilder
from tui_tuner.worker.atomic import replacing
from tui_tuner.worker.final_jobs import DATA, SCRIPT

_LARGEST_BYTES = 2**30
"""Data that takes more is not copied beside the script."""

_TEMPLATE = '''"""Trains the model that tui-tuner found, on the data beside this file. Needs Keras and numpy only.

Usage: python train.py [DATA.npz]
"""

import json
import os
import sys
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", {backend!r})

import keras
import numpy as np

HERE = Path(__file__).parent
SEED = {seed!r}
FIT = {fit!r}

# Architecture, optimizer, loss and metrics, as Keras serializes them.
MODEL = json.loads(
    r"""
{model}
"""
)


def load(path):
    """Arrays by name; several inputs or outputs are `x_train.NAME` or `x_train.0`."""
    with np.load(path) as archive:
        arrays = {{name: archive[name] for name in archive.files}}

    def part(name):
        if name in arrays:
            return arrays[name]
        parts = {{key.split(".", 1)[1]: value for key, value in arrays.items() if key.startswith(name + ".")}}
        if not parts:
            return None
        return tuple(parts[str(i)] for i in range(len(parts))) if "0" in parts else parts

    return {{name: part(name) for name in ("x_train", "y_train", "x_test", "y_test")}}


def main():
    keras.utils.set_random_seed(SEED)
    data = load(sys.argv[1] if len(sys.argv) > 1 else HERE / {data!r})
    model = keras.saving.deserialize_keras_object(MODEL)
    model.fit(data["x_train"], data["y_train"], **FIT)
    if data["x_test"] is not None:
        for name, value in model.evaluate(data["x_test"], data["y_test"], verbose=0, return_dict=True).items():
            print(f"test {{name}}: {{value:.4g}}")
    model.save(HERE / "trained.keras")


if __name__ == "__main__":
    main()
'''


def why_no_script(model: Any, builder: ModelBuilder, dataset: Dataset) -> str:
    """Why no script can be written that needs nothing but Keras; empty if one can."""
    if builder.fit is not None:
        return "the hypermodel trains by a `fit` of its own"
    if dataset.y_train is None or not is_array_like(dataset):
        return "the data is not made of arrays"
    parts = (dataset.x_train, dataset.y_train, dataset.x_test, dataset.y_test)
    if sum(leaf.nbytes for part in parts if part is not None for leaf in leaves(part)) > _LARGEST_BYTES:
        return "the data is larger than 1 GiB"
    try:
        own = sorted(set(_own_classes(keras.saving.serialize_keras_object(model))))
    except Exception as error:  # whatever a user's `get_config` raises
        return f"the model cannot be serialized ({type(error).__name__})"
    return f"the model needs code of its own: {', '.join(own)}" if own else ""


def _own_classes(node: Any) -> Iterator[str]:
    """The names of what is not Keras' own in a serialized model."""
    if isinstance(node, Mapping):
        is_kerass = str(node.get("module") or "keras").startswith("keras") and ">" not in str(
            node.get("registered_name")
        )
        if "class_name" in node and "config" in node and not is_kerass:
            yield str(node["config"] if node["class_name"] == "function" else node["class_name"])
        for value in node.values():
            yield from _own_classes(value)
    elif isinstance(node, list | tuple):
        for value in node:
            yield from _own_classes(value)


def write_script(model: Any, dataset: Dataset, folder: Path, fit: Mapping[str, Any], seed: int) -> None:
    """Write `train.py` and `data.npz`.

    Args:
        model: A built and compiled model.
        dataset: Made of arrays; training and test part are written.
        fit: Keyword arguments of `fit` without data.
    """
    text = json.dumps(keras.saving.serialize_keras_object(model), indent=1, ensure_ascii=True)
    with replacing(folder / SCRIPT) as path:
        path.write_text(
            _TEMPLATE.format(
                backend=keras.backend.backend(),
                seed=seed,
                fit=dict(fit),
                model=text,
                data=DATA,
            ),
            encoding="utf-8",
        )
    arrays: dict[str, Any] = {}
    for name in ("x_train", "y_train", "x_test", "y_test"):
        _flatten(name, getattr(dataset, name), arrays)
    with replacing(folder / DATA) as path, path.open("wb") as file:
        np.savez_compressed(file, **arrays)


def _flatten(name: str, arrays: Arrays, into: dict[str, Any]) -> None:
    if isinstance(arrays, Mapping):
        for key, part in arrays.items():
            _flatten(f"{name}.{key}", part, into)
    elif isinstance(arrays, tuple):
        for number, part in enumerate(arrays):
            _flatten(f"{name}.{number}", part, into)
    elif arrays is not None:
        into[name] = arrays
