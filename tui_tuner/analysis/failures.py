"""The failures of a search, grouped by cause."""

from __future__ import annotations

from tui_tuner.engine.causes import Cause, group
from tui_tuner.engine.view import SearchView, TrialState


def failures(view: SearchView, after: int = 0) -> list[Cause]:
    """Why trials have failed, the most frequent cause first.

    Args:
        after: Only failures after the event with this sequence number.
    """
    failed = [trial for trial in view.trials.values() if trial.status is TrialState.FAILED and trial.seq > after]
    return group((trial.trial_id, trial.message) for trial in sorted(failed, key=lambda trial: trial.seq))
