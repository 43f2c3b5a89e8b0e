"""What a search is, apart from how it proposes and where it runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.engine.view import Objective


@dataclass(frozen=True)
class SearchSpec:
    """One search.

    Args:
        name: What people call it.
        tuner: Name of the search algorithm, for people.
        max_trials: `None` for as many as the oracle proposes.
        executions_per_trial: How often a trial is built and trained, over all folds.
        refits_best: Whether the best configuration is trained once more, on all training rows, at the end.
        epochs: Epochs that one execution trains, where it is known beforehand.
        config: The config file as JSON values, from which `resume` starts the search again; `None` for a search that
            a script started, which only that script can resume.
    """

    directory: SearchDirectory
    name: str
    tuner: str
    objective: Objective
    max_trials: int | None
    executions_per_trial: int = 1
    refits_best: bool = False
    epochs: int | None = None
    config: Mapping[str, Any] | None = None
