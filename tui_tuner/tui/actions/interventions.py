"""The log of what people have asked of a search."""

from __future__ import annotations

from tui_tuner.tui.actions.action import Action, always

GROUP = "The interventions"

ACTIONS: tuple[Action, ...] = (
    Action("interventions_back", "i", "Back", "Go back to the search.", GROUP, always, footer=False, command="close"),
)
