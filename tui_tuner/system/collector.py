"""Keeps Python's garbage collector out of the way while a program starts.

A start makes hundreds of thousands of objects that are there to stay: modules, functions, classes, style sheets. The
collector would walk over them again and again, which takes a tenth of the time to the first paint; and later each
full collection would walk over them once more, while a person waits for a key to show.
"""

from __future__ import annotations

import gc
import time
from typing import Any


def hold_collector() -> None:
    """Collect nothing until `release_collector`."""
    gc.disable()


def release_collector() -> None:
    """Collect again, but never look at what there is now. Does nothing if the collector was not held."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()
        gc.callbacks.append(Freezing())


class Freezing:
    """Leaves alone what is loaded later, too: the search algorithms, the plots. Put it among `gc.callbacks`.

    What a full collection finds alive is looked at no more if that took long.

    Args:
        most: How often. What is frozen and becomes garbage in a cycle later is never freed.
        long_s: How long a collection may take, in seconds.
    """

    def __init__(self, most: int = 4, long_s: float = 0.005) -> None:
        self._left = most
        self._long_s = long_s
        self._began = 0.0

    def __call__(self, phase: str, info: dict[str, Any]) -> None:
        if info["generation"] < 2:
            return
        if phase == "start":
            self._began = time.perf_counter()
        elif time.perf_counter() - self._began > self._long_s and self._left:
            self._left -= 1
            gc.freeze()
