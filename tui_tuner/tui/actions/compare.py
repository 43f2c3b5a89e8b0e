"""Trials side by side."""

from __future__ import annotations

from tui_tuner.tui.actions.action import Action, Availability, Situation

GROUP = "Trials side by side"


def _with_curves(now: Situation) -> Availability:
    return now.curves


ACTIONS = (
    Action("differing_only", "u", "Unchanged", "Hide what is the same in all trials, or show it.", GROUP),
    Action("compare_metric", "m", "Metric", "Show the next metric's curves.", GROUP, _with_curves),
    Action(
        "compare_log_scale",
        "l",
        "Log scale",
        "Switch the curves to a log scale and back.",
        GROUP,
        _with_curves,
        footer=False,
    ),
)
