"""What is shown of a search: panes, metric, scale."""

from __future__ import annotations

from tui_tuner.tui.actions.action import Action, Availability, Situation, always

GROUP = "The view"

PANES = ("leaderboard", "curves", "space", "best", "log")
"""Ids of the panes in the order of their keys, from 1."""

PANE_NAMES = ("the leaderboard", "the curves", "the search space", "the best model", "the log")
PANE_ACTIONS = tuple(f"pane_{number}" for number in range(1, len(PANES) + 1))
"""Ids of the actions that go to the panes."""


def _away(now: Situation) -> Availability:
    return now.away


def _follow(now: Situation) -> Availability:
    return not now.following


def _output(now: Situation) -> Availability:
    return now.script == "search"


def _back_to_search(now: Situation) -> Availability:
    return now.script == "output"


ACTIONS = (
    Action(
        "close_away",
        "escape",
        "Close",
        "Close the panel of what happened while you were away.",
        GROUP,
        _away,
        footer=False,
    ),
    Action("output", "o", "Output", "Show what the script prints.", GROUP, _output),
    Action("back", "o", "Search", "Go back to the script's search.", GROUP, _back_to_search),
    Action(
        "interventions",
        "i",
        "Interventions",
        "Show what people have asked of the search, and what became of it.",
        GROUP,
        always,
        footer=False,
    ),
    Action("metric", "m", "Metric", "Show the next metric's curves.", GROUP, always),
    Action("log_scale", "l", "Log scale", "Switch the curves to a logarithmic scale and back.", GROUP, always),
    Action("follow", "f", "Follow", "Show the running trial again.", GROUP, _follow),
    Action("analysis", "a", "Analysis", "Plots of the whole search: history, importances, slices and more.", GROUP),
)

AROUND = (
    Action("maximise", "z", "Zoom", "Give the focused pane all the place, and bring the others back.", GROUP, always),
    Action("hide_pane", "Z", "Hide pane", "Hide the focused pane; its number shows it again.", GROUP, footer=False),
    Action(
        "wider",
        "greater_than_sign",
        "Wider",
        "Make the focused pane wider.",
        GROUP,
        footer=False,
        key_display=">",
        command="widen(1)",
    ),
    Action(
        "narrower",
        "less_than_sign",
        "Narrower",
        "Make the focused pane narrower.",
        GROUP,
        footer=False,
        key_display="<",
        command="widen(-1)",
    ),
    Action(
        "higher",
        "right_curly_bracket",
        "Higher",
        "Make the focused pane higher.",
        GROUP,
        footer=False,
        key_display="}",
        command="heighten(1)",
    ),
    Action(
        "lower",
        "left_curly_bracket",
        "Lower",
        "Make the focused pane lower.",
        GROUP,
        footer=False,
        key_display="{",
        command="heighten(-1)",
    ),
    Action(
        "reset_layout",
        "equals_sign",
        "All panes",
        "Show all panes in their places again.",
        GROUP,
        footer=False,
        key_display="=",
    ),
    Action("hardware", "H", "Hardware", "Show the devices of this machine, or hide them.", GROUP, footer=False),
    Action(
        "theme",
        "T",
        "Colours",
        "Choose other colours; they are kept for every search.",
        GROUP,
        footer=False,
        command="app.change_theme",
    ),
    Action("jump", "j", "Jump", "Go to a pane or a row by a letter.", GROUP, always, footer=False),
    Action("next_pane", "tab", "Next pane", "Go to the next pane.", GROUP, always, footer=False),
    Action("previous_pane", "shift+tab", "Previous pane", "Go to the pane before.", GROUP, always, footer=False),
    *(
        Action(
            pane_action,
            str(number),
            name,
            f"Go to {name}.",
            GROUP,
            always,
            footer=False,
            command=f"pane({number})",
        )
        for number, (pane_action, name) in enumerate(zip(PANE_ACTIONS, PANE_NAMES, strict=True), start=1)
    ),
)
"""Going from pane to pane."""
