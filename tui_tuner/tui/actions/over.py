"""What all screens over a search have in common."""

from __future__ import annotations

from tui_tuner.tui.actions.action import Action

GROUP = "A screen over the search"

ACTIONS = (
    Action("over_close", "escape,q", "Back", "Go back.", GROUP, command="close", stays=True),
    Action("over_help", "question_mark", "Help", "Show the keys.", GROUP, key_display="?", command="help", stays=True),
    Action("over_jump", "j", "Jump", "Go to a pane or a row by a letter.", GROUP, command="jump", footer=False),
)
