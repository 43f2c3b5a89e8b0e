"""Trials side by side."""

from __future__ import annotations

from tui_tuner.tui.actions.action import Action

GROUP = "Trials side by side"

ACTIONS = (
    Action("differing_only", "u", "Unchanged", "Hide what is the same in all trials, or show it.", GROUP),
    Action("compare_metric", "m", "Metric", "Show the next metric's curves.", GROUP),
    Action("compare_log_scale", "l", "Log scale", "Switch the curves to a log scale and back.", GROUP, footer=False),
)
