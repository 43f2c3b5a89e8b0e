"""Garbage collection around trainings. Importing this loads no Keras."""

from __future__ import annotations

import gc
import sys


class _Process:
    """Whether this process does nothing but train. Kept here: asking the collector takes as long as collecting."""

    only_trains = False


def dedicate_process() -> None:
    """Declare that what is in memory stays for good: for a process that does nothing but train, once it has imported.

    Collections, Python's own during training as well as those of `forget_models`, then no longer walk over the million
    objects of Keras and its backend.
    """
    gc.collect()
    gc.freeze()
    _Process.only_trains = True


def forget_models() -> None:
    """Let go of the models that were built before, if Keras is loaded.

    Takes a few milliseconds after `dedicate_process`, and over a hundred without. Keras and its backend keep some
    thousand objects of each training; these are set aside too, else each collection would take longer than the last.
    """
    keras = sys.modules.get("keras")
    if keras is not None:
        keras.utils.clear_session(free_memory=False)
    gc.collect()
    if _Process.only_trains:
        gc.freeze()
