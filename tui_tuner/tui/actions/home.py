"""The list of searches."""

from __future__ import annotations

from tui_tuner.tui.actions.action import Action, Availability, Situation, always
from tui_tuner.tui.control import RESUMABLE

GROUP = "Searches"


def _search(now: Situation) -> Availability:
    return now.listed == "search"


def _new(now: Situation) -> Availability:
    return now.listed == "new"


def _resume(now: Situation) -> Availability:
    return (True if now.state in RESUMABLE else None) if now.listed == "search" else False


def _delete(now: Situation) -> Availability:
    return (None if now.state.is_live else True) if now.listed == "search" else False


def _compare(now: Situation) -> Availability:
    return True if now.marked > 1 else None


ACTIONS: tuple[Action, ...] = (
    Action("open_search", "enter", "Open", "Open the search; a running one is watched and steered.", GROUP, _search),
    Action("start_search", "enter", "Start", "Start a search of this config.", GROUP, _new),
    Action("resume_search", "r", "Resume", "Go on with the search from where it was.", GROUP, _resume),
    Action("watch_search", "w", "Watch", "Open the search and offer no key that changes it.", GROUP, _search),
    Action("replay_search", "p", "Replay", "Go through the search's own time.", GROUP, _search),
    Action("mark_search", "space", "Mark", "Mark the search, or take its mark away.", GROUP, _search),
    Action("compare_searches", "c", "Compare", "Compare the marked searches.", GROUP, _compare),
    Action("delete_search", "D", "Delete", "Delete the search, after a question.", GROUP, _delete),
    Action("other_list", "tab", "Other list", "Go to the searches, or to what can be started.", GROUP, always),
    Action("new_search", "n", "New", "Go to what can be started.", GROUP, _search),
    Action("home_help", "question_mark", "Help", "Show all keys.", "The app", always, key_display="?", stays=True),
    Action("leave_home", "q", "Quit", "Leave.", "The app", always, stays=True),
)
