"""The log of a trial."""

from __future__ import annotations

from tui_tuner.tui.actions.action import Action

GROUP = "The log"

ACTIONS = (
    Action("log_find", "slash", "Find", "Find a text in the log.", GROUP, key_display="/"),
    Action("log_pager", "L", "Pager", "Open the whole log in $PAGER.", GROUP),
)
