"""Going through a search's own time. In a replay nothing is steered, so that the keys for that are free."""

from __future__ import annotations

from tui_tuner.tui.actions.action import Action, always

GROUP = "The replay"

ACTIONS: tuple[Action, ...] = (
    Action("play", "space", "Play", "Let the search's time pass, or hold it; at the end begin again.", GROUP, always),
    Action("faster", "plus", "Faster", "Play faster, up to 1000 times.", GROUP, always, key_display="+"),
    Action("slower", "minus", "Slower", "Play slower, down to the search's own pace.", GROUP, always, key_display="-"),
    Action("step_on", "full_stop", "Step", "Go on by one event or epoch.", GROUP, always, key_display="."),
    Action(
        "step_back", "comma", "Back", "Go back by one event or epoch.", GROUP, always, footer=False, key_display=","
    ),
    Action(
        "next_trial",
        "greater_than_sign",
        "Next trial",
        "Go to where the next trial began or ended.",
        GROUP,
        always,
        key_display=">",
    ),
    Action(
        "previous_trial",
        "less_than_sign",
        "Previous trial",
        "Go back to where a trial began or ended.",
        GROUP,
        always,
        footer=False,
        key_display="<",
    ),
    Action(
        "next_mark",
        "right_square_bracket",
        "Next mark",
        "Go to the next mark: a new best trial, a failed one, a person's request.",
        GROUP,
        always,
        key_display="]",
    ),
    Action(
        "previous_mark",
        "left_square_bracket",
        "Previous mark",
        "Go back to the mark before.",
        GROUP,
        always,
        footer=False,
        key_display="[",
    ),
    Action("to_start", "B", "Beginning", "Go to the beginning.", GROUP, always),
    Action("to_end", "E", "End", "Go to the end.", GROUP, always),
)
