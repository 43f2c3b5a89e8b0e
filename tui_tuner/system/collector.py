"""Keeps Python's garbage collector out of the way while a program starts.

A start makes hundreds of thousands of objects that are there to stay: modules, functions, classes, style sheets. The
collector would walk over them again and again, which takes a tenth of the time to the first paint; and later each
full collection would walk over them once more, while a person waits for a key to show.
"""

from __future__ import annotations

import gc


def hold_collector() -> None:
    """Collect nothing until `release_collector`."""
    gc.disable()


def release_collector() -> None:
    """Collect again, but never look at what there is now. Does nothing if the collector was not held."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()
