"""Search directories made by the store alone, for whoever lists or reads searches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tui_tuner.engine import events
from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.engine.store import Store, TrialRow
from tui_tuner.engine.view import SearchState, TrialState


def make_search(
    root: Path,
    scores: Sequence[float | None] = (0.5, 0.7, 0.6),
    *,
    name: str = "",
    state: SearchState = SearchState.COMPLETED,
    objective: str = "val_accuracy",
    values: Mapping[str, Any] | None = None,
    max_trials: int | None = 10,
    violating: frozenset[int] = frozenset(),
) -> Path:
    """A search with one ended trial for each score; a trial with none has failed.

    Args:
        values: The hyperparameters of all trials.
        violating: The numbers of the trials that violate a constraint.
    """
    root.mkdir(parents=True)
    store = Store(SearchDirectory(root).database)
    best: tuple[float, str] | None = None
    with store.transaction():
        for number, score in enumerate(scores):
            status = TrialState.FAILED if score is None else TrialState.COMPLETED
            row = TrialRow(
                trial_id=f"{number:02d}",
                number=number,
                status=status,
                hyperparameters=dict(values or {"units": 8}),
                score=score,
                violation=0.5 if number in violating else None,
            )
            store.event(events.TrialCreated(), row.trial_id)
            store.trial(row)
            store.event(events.TrialEnded(status.value, score), row.trial_id)
            if score is not None and number not in violating and (best is None or score > best[0]):
                best = (score, row.trial_id)
        store.set_meta(
            name=name or root.name,
            state=state.value,
            objective={"name": objective, "direction": "max"},
            tuner="random",
            max_trials=max_trials,
            best_trial_id=None if best is None else best[1],
            active_s=12.0,
        )
    store.close()
    return root
