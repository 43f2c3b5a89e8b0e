"""Optuna itself, which is an extra."""

from __future__ import annotations

from types import ModuleType

from tui_tuner.errors import TunerError

CONSTRAINTS = "constraints"
"""A trial's system attribute: by how much it violates each constraint, as a list; later versions have an attribute for
each, `constraints:<name>`. What is 0 or less keeps to it."""


def optuna() -> ModuleType:
    """The package, told to keep its narration to itself.

    Raises:
        TunerError: If the extra is not there.
    """
    try:
        import optuna
    except ImportError as error:
        raise TunerError("Optuna's studies need an extra.", "pip install 'tui-tuner[optuna]'") from error
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    found: ModuleType = optuna
    return found
