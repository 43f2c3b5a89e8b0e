"""The leaderboard: order, columns, filter, marks."""

from __future__ import annotations

from tui_tuner.tui.actions.action import Action, Availability, Situation

GROUP = "The leaderboard"


def _writable(now: Situation) -> Availability:
    return not now.read_only


ACTIONS = (
    Action("open_trial", "enter", "Open", "Show everything about the trial.", GROUP),
    Action("mark", "t", "Mark", "Mark the trial, or take its mark away; marked trials have a colour.", GROUP),
    Action("compare", "C", "Compare", "Show marked trials side by side; one alone beside the best.", GROUP),
    Action("copy", "y", "Copy", "Copy the trial as Python, as JSON or as a config that runs.", GROUP),
    Action("unmark", "0", "Unmark", "Take all marks away.", GROUP, footer=False),
    Action("pin", "p", "Pin", "Keep the trial on top, or let it go.", GROUP),
    Action("filter", "F", "Filter", "Show only the trials for which an expression is true.", GROUP),
    Action("find", "slash", "Find", "Go to the trials in which a text is found.", GROUP, key_display="/"),
    Action("sort_next", "k", "Sort", "Sort by the next column.", GROUP, command="sort(1)"),
    Action("sort_previous", "K", "Sort back", "Sort by the column before.", GROUP, command="sort(-1)", footer=False),
    Action("turn", "v", "Turn", "Turn the order round; failed, NaN and stopped trials stay last.", GROUP),
    Action("columns", "c", "Columns", "Choose the columns.", GROUP),
    Action("changed_only", "u", "Unchanged", "Hide hyperparameters with one value in all rows, or show them.", GROUP),
    Action("note", "N", "Note", "Write a note on the trial, for everybody who looks at the search.", GROUP, _writable),
)
