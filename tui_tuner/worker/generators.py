"""The random numbers of the process, which training draws from beside those of its model."""

from __future__ import annotations

import random
import sys
from collections.abc import Mapping
from typing import Any

import numpy as np


def save_generators() -> dict[str, Any]:
    """Where the random numbers of Python, NumPy and PyTorch stand, as plain values (`plain_state`).

    PyTorch, where it is loaded, has those of its process for dropout and for the order of rows, also of a `DataLoader`
    with another backend.
    """
    version, numbers, gauss = random.getstate()
    generators = {"python": [version, np.array(numbers, np.uint64), gauss], "numpy": np.random.get_state(legacy=False)}
    torch = sys.modules.get("torch")
    if torch is not None:
        generators["torch"] = torch.get_rng_state().numpy()
        if torch.cuda.is_initialized():
            generators["cuda"] = [state.numpy() for state in torch.cuda.get_rng_state_all()]
    return generators


def restore_generators(generators: Mapping[str, Any]) -> None:
    """Set the random numbers to where they stood; those of GPUs only where there are as many."""
    version, numbers, gauss = generators["python"]
    random.setstate((version, tuple(numbers.tolist()), gauss))
    np.random.set_state(generators["numpy"])
    torch = sys.modules.get("torch")
    if torch is None or "torch" not in generators:
        return
    torch.set_rng_state(torch.tensor(generators["torch"]))
    states = generators.get("cuda", [])
    if states and len(states) == torch.cuda.device_count():
        torch.cuda.set_rng_state_all([torch.tensor(state) for state in states])
