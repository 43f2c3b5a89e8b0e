"""What a search for a text looks through."""

from __future__ import annotations

from tui_tuner.analysis.formatting import format_status, format_value
from tui_tuner.engine.view import TrialView


def search_text(trial: TrialView, note: str = "") -> str:
    """All that the leaderboard says of a trial in words, folded in case: `0003 completed units=64 lr=1e-3 …`."""
    values = (f"{name}={format_value(value)}" for name, value in trial.hyperparameters.items())
    return " ".join(
        (trial.trial_id, format_status(trial.status), *values, trial.origin, note, trial.message)
    ).casefold()
