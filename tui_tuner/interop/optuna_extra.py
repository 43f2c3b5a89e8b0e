"""Optuna itself, which is an extra."""

from __future__ import annotations

from types import ModuleType

from tui_tuner.errors import TunerError


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
