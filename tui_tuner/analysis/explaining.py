"""Why a trial was proposed, in words."""

from __future__ import annotations

from tui_tuner.analysis.formatting import format_metric
from tui_tuner.analysis.text import clean
from tui_tuner.engine.view import TrialView


def explained(trial: TrialView) -> str:
    """`explore, predicted 0.3124 ± 0.05`; empty if nothing is known."""
    if not trial.reason:
        return ""
    if trial.predicted_mean is None:
        return clean(trial.reason)
    spread = "" if trial.predicted_deviation is None else f" ± {format_metric(trial.predicted_deviation)}"
    return f"{clean(trial.reason)}, predicted {format_metric(trial.predicted_mean)}{spread}"
