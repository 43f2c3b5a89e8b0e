"""The app itself: leaving, help."""

from __future__ import annotations

from tui_tuner.tui.actions.action import Action, Availability, Situation, always

GROUP = "The app"


def _detach(now: Situation) -> Availability:
    return now.state.is_live and (now.driving or now.attached)


ACTIONS = (
    Action("detach", "d", "Detach", "Give the prompt back and leave the search running.", GROUP, _detach),
    Action("leave", "q", "Quit", "Leave; a running search can be stopped or left running.", GROUP, always, stays=True),
    Action("help", "question_mark", "Help", "Show all keys.", GROUP, always, key_display="?", stays=True),
)
