"""How a fresh Python process finds this package."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import tui_tuner


def import_path() -> Mapping[str, str]:
    """`PYTHONPATH` with the folder that this package was imported from; empty if Python looks there anyway."""
    root = Path(tui_tuner.__file__).resolve().parents[1]
    if root.name in ("site-packages", "dist-packages"):
        return {}
    paths = [str(root), *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    return {"PYTHONPATH": os.pathsep.join(dict.fromkeys(paths))}
