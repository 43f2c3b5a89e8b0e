"""The earlier searches that a config begins with: ours, KerasTuner's, Optuna's."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tui_tuner.engine.earlier_trials import read_earlier
from tui_tuner.engine.view import Objective
from tui_tuner.errors import TunerError

if TYPE_CHECKING:
    from tui_tuner.oracles.earlier import EarlierTrial


def earlier_trials(roots: Sequence[Path], objective: Objective) -> tuple[EarlierTrial, ...]:
    """Their trials that trained all epochs, in the order of the searches and of their creation.

    Args:
        roots: Search directories, directories that KerasTuner wrote, or files of Optuna's with one study.

    Raises:
        TunerError: If there is no search, or one for another objective.
    """
    if not roots:
        return ()
    from tui_tuner.interop.keras_tuner_import import search_in

    found: list[EarlierTrial] = []
    for root in roots:
        try:
            with search_in(root, objective) as search:
                found += read_earlier(root, objective, search.database)
        except TunerError as error:
            raise TunerError(f"search.warm_start: {error.message}", error.hint) from error
    return tuple(found)
