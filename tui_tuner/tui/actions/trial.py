"""The screen of one trial."""

from __future__ import annotations

from tui_tuner.tui.actions import search
from tui_tuner.tui.actions.action import Action, Availability, Situation

GROUP = "One trial"

TRIAL_PANES = ("facts", "curves", "epochs", "message", "log")
"""Ids of the panes in the order of their keys, from 1."""


def _over(now: Situation) -> Availability:
    return not now.read_only and not now.state.is_live


def _writable(now: Situation) -> Availability:
    return not now.read_only


_LIKE = {action.id: action for action in (*search.FIRST, *search.MORE)}

ACTIONS = (
    Action("trial_next", "J,right_square_bracket", "Next", "Go to the trial below it in the leaderboard.", GROUP),
    Action("trial_previous", "K,left_square_bracket", "Previous", "Go to the trial above it.", GROUP),
    Action("trial_copy", "y", "Copy", "Copy the trial as Python, as JSON or as a config that runs.", GROUP),
    Action("trial_enqueue", "e", "Edit and run", "Run its configuration, changed.", GROUP, _LIKE["enqueue"].available),
    Action("trial_rerun", "R", "Re-run", "Run it again with other seeds.", GROUP, _LIKE["rerun"].available),
    Action("trial_skip", "x", "Skip", "End it and keep what it has.", GROUP, _LIKE["skip"].available),
    Action(
        "trial_retrain",
        "w",
        "Retrain",
        "Train its configuration on training and validation rows together, once the search is over.",
        GROUP,
        _over,
    ),
    Action("trial_note", "N", "Note", "Write a note on the trial.", GROUP, _writable),
    Action("trial_mark", "t", "Mark", "Mark the trial, or take its mark away.", GROUP),
    Action("trial_pager", "L", "Pager", "Open the whole log in $PAGER.", GROUP),
    Action("trial_metric", "m", "Metric", "Show the next metric's curves.", GROUP, footer=False),
    Action(
        "trial_log_scale", "l", "Log scale", "Switch the curves to a logarithmic scale and back.", GROUP, footer=False
    ),
    Action("trial_next_pane", "tab", "Next pane", "Go to the next pane.", GROUP, command="step_pane(1)", footer=False),
    Action(
        "trial_previous_pane",
        "shift+tab",
        "Previous pane",
        "Go to the pane before.",
        GROUP,
        command="step_pane(-1)",
        footer=False,
    ),
    *(
        Action(
            f"trial_pane_{number}",
            str(number),
            name,
            f"Go to {name}.",
            GROUP,
            command=f"pane('{pane}')",
            footer=False,
        )
        for number, (pane, name) in enumerate(
            zip(TRIAL_PANES, ("the facts", "the curves", "the epochs", "the message", "the log"), strict=True), start=1
        )
    ),
)
