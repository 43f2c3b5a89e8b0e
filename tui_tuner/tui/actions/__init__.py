"""The one list of what a person can do: it feeds the key bindings, the footer, the help and the command palette.

Each action belongs to a scope: the search's screen, one of its panes, or another screen. It is bound there, so that a
pane's keys count while the pane has the focus.
"""

from __future__ import annotations

from textual.binding import BindingType

from tui_tuner.tui.actions import (
    analysis,
    app,
    best,
    compare,
    curves,
    home,
    interventions,
    leaderboard,
    log,
    over,
    replay,
    space,
    trial,
    view,
)
from tui_tuner.tui.actions import search as steering
from tui_tuner.tui.actions.action import Action, Availability, Situation
from tui_tuner.tui.actions.view import PANE_ACTIONS, PANE_NAMES, PANES

__all__ = [
    "ACTIONS",
    "BY_ID",
    "CONSEQUENTIAL",
    "PANES",
    "PANE_ACTIONS",
    "PANE_NAMES",
    "SCOPES",
    "Action",
    "Availability",
    "Situation",
    "availability",
    "bindings",
]

ACTIONS: tuple[Action, ...] = (*steering.FIRST, *app.ACTIONS, *view.ACTIONS, *steering.MORE, *view.AROUND)
"""Those of the search's screen, in the order of the key bar."""

SCOPES: dict[str, tuple[Action, ...]] = {
    "search": ACTIONS,
    "leaderboard": leaderboard.ACTIONS,
    "curves": curves.ACTIONS,
    "space": space.ACTIONS,
    "best": best.ACTIONS,
    "log": log.ACTIONS,
    "over": over.ACTIONS,
    "trial": trial.ACTIONS,
    "compare": compare.ACTIONS,
    "analysis": analysis.ACTIONS,
    "interventions": interventions.ACTIONS,
    "replay": replay.ACTIONS,
    "home": home.ACTIONS,
}
"""By scope: the search's screen, its panes by their ids, and the other screens."""

BY_ID = {action.id: action for actions in SCOPES.values() for action in actions}

CONSEQUENTIAL = frozenset(action.id for action in (*steering.FIRST, *steering.MORE)) | {
    *("detach", "leave", "leave_home", "start_search", "resume_search", "delete_search"),
    *("trial_enqueue", "trial_rerun", "trial_skip", "trial_retrain", "trial_note", "note"),
    *("curve_svg", "curve_png", "plot_svg", "plot_png", "log_pager", "trial_pager"),
}
"""Ids of the actions that change a search or write a file, start a program or leave, at once or after a question. They
are done only for a key that was pressed when what it acts on was in sight."""


def bindings(scope: str) -> list[BindingType]:
    """The key bindings of a scope, for the screen or the pane that it is."""
    return [action.binding() for action in SCOPES[scope]]


def availability(action_name: str, now: Situation) -> Availability:
    """Whether an action is possible; actions that are not in the list (Textual's own) always are."""
    action = BY_ID.get(action_name)
    return True if action is None else action.available(now)
