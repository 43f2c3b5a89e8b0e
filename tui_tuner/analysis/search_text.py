"""What a search for a text looks through."""

from __future__ import annotations

from functools import lru_cache

from tui_tuner.analysis.formatting import format_status, format_value
from tui_tuner.engine.view import Scalar, TrialView


def search_text(trial: TrialView, note: str = "") -> str:
    """All that the leaderboard says of a trial in words, folded in case: `0003 completed units=64 lr=1e-3 …`."""
    values = [_pair(name, value, isinstance(value, bool)) for name, value in trial.hyperparameters.items()]
    return " ".join(
        (trial.trial_id, format_status(trial.status), *values, trial.origin, note, trial.message)
    ).casefold()


def id_rank(trial_id: str, sought: str) -> int:
    """The order of what is found: 0 for the trial of that id, 1 for those whose ids begin so, 2 for the others.

    Args:
        sought: Folded in case.
    """
    folded = trial_id.casefold()
    return 0 if folded == sought else 1 if folded.startswith(sought) else 2


@lru_cache(maxsize=2**16)
def _pair(name: str, value: Scalar, is_bool: bool) -> str:
    """Values recur in a search. `is_bool` tells those apart that are equal: `1` and `True`."""
    return f"{name}={format_value(value)}"
