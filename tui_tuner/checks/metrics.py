"""Whether training reports what is asked for, and whether its metrics can be ranked."""

from __future__ import annotations

from collections.abc import Collection

from tui_tuner.oracles.directions import infer_metric_direction
from tui_tuner.worker.jobs import Finding


def unreported_objective(objective: str, reported: Collection[str]) -> Finding | None:
    """An objective that training does not log.

    Args:
        reported: What it logged.
    """
    if objective in reported:
        return None
    text = f"training does not report the objective {objective}; it reports {', '.join(reported) or 'nothing'}"
    plain = objective.removeprefix("val_")
    near = [name for name in reported if name.removeprefix("val_") == plain]
    if near:
        return Finding("objective", text, f"search.objective: {near[0]}, or give the fit validation rows.")
    return Finding("objective", text, f"Add the metric {plain} to model.compile, or choose another search.objective.")


def unknown_directions(reported: Collection[str], objective: str) -> Finding | None:
    """Metrics of which nobody knows whether less or more is better; the objective has said so."""
    unknown = sorted(
        {name.removeprefix("val_") for name in reported if infer_metric_direction(name) is None}
        - {objective.removeprefix("val_")}
    )
    if not unknown:
        return None
    text = f"the name{'' if len(unknown) == 1 else 's'} {', '.join(unknown)} of metrics tell no direction"
    fix = f"They are shown but never ranked by. To search for one: {{name: val_{unknown[0]}, direction: max}}."
    return Finding("metric", text, fix)
