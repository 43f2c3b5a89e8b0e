"""The random numbers of the process, which training draws from beside those of its model and of its backend."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

import numpy as np


def save_generators() -> dict[str, Any]:
    """Where the random numbers of Python and NumPy stand, as plain values (`plain_state`)."""
    version, numbers, gauss = random.getstate()
    return {"python": [version, np.array(numbers, np.uint64), gauss], "numpy": np.random.get_state(legacy=False)}


def restore_generators(generators: Mapping[str, Any]) -> None:
    """Set the random numbers of Python and NumPy to where they stood."""
    version, numbers, gauss = generators["python"]
    random.setstate((version, tuple(numbers.tolist()), gauss))
    np.random.set_state(generators["numpy"])
