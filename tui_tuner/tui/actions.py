"""The one list of what a person can do: it feeds the key bindings, the footer, the help and the command palette."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from textual.binding import Binding

from tui_tuner.engine.view import SearchState
from tui_tuner.tui.control import RESUMABLE

PANES = ("leaderboard", "curves", "space", "best", "log")
"""Ids of the panes in the order of their keys, from 1."""

PANE_NAMES = ("the leaderboard", "the curves", "the search space", "the best model", "the log")
PANE_ACTIONS = tuple(f"pane_{number}" for number in range(1, len(PANES) + 1))
"""Ids of the actions that go to the panes."""


@dataclass(frozen=True)
class Situation:
    """What decides which actions are possible.

    Args:
        state: The search's state as it is shown.
        driving: Whether this process runs the search loop.
        trial_running: Whether the shown trial runs and has not been told to end.
        attached: Whether another process runs the search.
        space_known: Whether there is a hyperparameter to set.
        any_completed: Whether a trial has completed.
        away: Whether the panel "while you were away" is shown.
        script: What is shown of a script that makes its own searches: one of its searches, or its output; empty if the
            search is no script's.
    """

    state: SearchState = SearchState.STARTING
    read_only: bool = False
    driving: bool = False
    stopping_now: bool = False
    trial_running: bool = False
    following: bool = True
    attached: bool = False
    space_known: bool = False
    any_completed: bool = False
    away: bool = False
    script: Literal["", "search", "output"] = ""


Availability = bool | None
"""`True`: possible; `None`: greyed, not possible now; `False`: hidden, makes no sense now. Textual's convention."""


@dataclass(frozen=True)
class Action:
    """One thing that a person can do.

    Args:
        id: Name of the action and id of its binding, for rebinding. `action_<id>` on the search screen does it, unless
            `command` names another.
        keys: Textual's key names, separated by commas.
        label: For the footer: a word or two.
        help: One sentence for the help and the palette.
        group: Heading in the help.
        footer: Whether it is shown in the footer.
    """

    id: str
    keys: str
    label: str
    help: str
    group: str
    available: Callable[[Situation], Availability]
    footer: bool = True
    key_display: str | None = None
    command: str = ""

    def binding(self) -> Binding:
        """The key binding of this action."""
        return Binding(
            self.keys,
            self.command or self.id,
            self.label,
            show=self.footer,
            key_display=self.key_display,
            tooltip=self.help,
            id=self.id,
        )

    @property
    def shown_keys(self) -> str:
        """The keys as people read them."""
        names = {"question_mark": "?", "escape": "esc"}
        return self.key_display or ", ".join(names.get(key, key) for key in self.keys.split(","))


_GOING_ON = (SearchState.STARTING, SearchState.RUNNING, SearchState.BLOCKED)


def _always(_: Situation) -> Availability:
    return True


def _steerable(now: Situation) -> bool:
    return not now.read_only and now.state.is_live and not now.stopping_now


def _pause(now: Situation) -> Availability:
    return _steerable(now) and now.state in _GOING_ON


def _hard_pause(now: Situation) -> Availability:
    return _steerable(now) and now.state in (*_GOING_ON, SearchState.PAUSED)


def _go_on(now: Situation) -> Availability:
    return _steerable(now) and now.state is SearchState.PAUSED


def _stop(now: Situation) -> Availability:
    return _steerable(now) and now.state is not SearchState.STOPPING


def _take_back(now: Situation) -> Availability:
    return _steerable(now) and now.state is SearchState.STOPPING


def _skip(now: Situation) -> Availability:
    return (True if now.trial_running else None) if _steerable(now) else False


def _enqueue(now: Situation) -> Availability:
    return (True if now.space_known else None) if _steerable(now) else False


def _rerun(now: Situation) -> Availability:
    return (True if now.any_completed else None) if _steerable(now) else False


def _detach(now: Situation) -> Availability:
    return now.state.is_live and (now.driving or now.attached)


def _away(now: Situation) -> Availability:
    return now.away


def _resume(now: Situation) -> Availability:
    return not now.read_only and not now.driving and now.state in RESUMABLE


def _follow(now: Situation) -> Availability:
    return not now.following


def _output(now: Situation) -> Availability:
    return now.script == "search"


def _back_to_search(now: Situation) -> Availability:
    return now.script == "output"


_SEARCH, _VIEW, _APP = "The search", "The view", "The app"

ACTIONS: tuple[Action, ...] = (
    Action(
        "pause", "space", "Pause", "Start no new trial, and hold the running ones after their epoch.", _SEARCH, _pause
    ),
    Action("go_on", "space", "Continue", "Go on after a pause.", _SEARCH, _go_on),
    Action("stop", "s", "Stop", "Start no new trial, and stop when the running ones have finished.", _SEARCH, _stop),
    Action("take_back", "s,space", "Don't stop", "Take back a stop that has not happened yet.", _SEARCH, _take_back),
    Action(
        "stop_now",
        "S",
        "Stop now",
        "Cut off the running trials; they go on when the search is resumed.",
        _SEARCH,
        _steerable,
    ),
    Action("skip", "x", "Skip", "End the selected running trial and keep what it has.", _SEARCH, _skip),
    Action("resume", "r", "Resume", "Go on with a stopped search from where it was.", _SEARCH, _resume),
    Action("enqueue", "e", "Enqueue", "Run a configuration next, made from the selected trial's.", _SEARCH, _enqueue),
    Action("detach", "d", "Detach", "Give the prompt back and leave the search running.", _APP, _detach),
    Action("leave", "q", "Quit", "Leave; a running search can be stopped or left running.", _APP, _always),
    Action("help", "question_mark", "Help", "Show all keys.", _APP, _always, key_display="?"),
    Action(
        "close_away",
        "escape",
        "Close",
        "Close the panel of what happened while you were away.",
        _VIEW,
        _away,
        footer=False,
    ),
    Action("output", "o", "Output", "Show what the script prints.", _VIEW, _output),
    Action("back", "o", "Search", "Go back to the script's search.", _VIEW, _back_to_search),
    Action("metric", "m", "Metric", "Show the next metric's curves.", _VIEW, _always),
    Action("log_scale", "l", "Log scale", "Switch the curves to a logarithmic scale and back.", _VIEW, _always),
    Action("follow", "f", "Follow", "Show the running trial again.", _VIEW, _follow),
    Action(
        "rerun", "R", "Re-run", "Run the selected trial, or the best ones, again with other seeds.", _SEARCH, _rerun
    ),
    Action("limit", "n", "Narrow", "Propose only a part of the selected hyperparameter's values.", _SEARCH, _enqueue),
    Action("budget", "b", "Budget", "Change the number of trials and the time budget.", _SEARCH, _steerable),
    Action("more_workers", "plus", "Workers", "Run one more trial at once.", _SEARCH, _steerable, key_display="+"),
    Action(
        "fewer_workers",
        "minus",
        "Fewer workers",
        "Run one trial less at once.",
        _SEARCH,
        _steerable,
        footer=False,
        key_display="-",
    ),
    Action(
        "hard_pause",
        "P",
        "Free devices",
        "Pause, save where the trials are and end the workers, so that their memory is free.",
        _SEARCH,
        _hard_pause,
        footer=False,
    ),
    Action("next_pane", "tab", "Next pane", "Go to the next pane.", _VIEW, _always, footer=False),
    Action("previous_pane", "shift+tab", "Previous pane", "Go to the pane before.", _VIEW, _always, footer=False),
    *(
        Action(
            pane_action,
            str(number),
            name,
            f"Go to {name}.",
            _VIEW,
            _always,
            footer=False,
            command=f"pane({number})",
        )
        for number, (pane_action, name) in enumerate(zip(PANE_ACTIONS, PANE_NAMES, strict=True), start=1)
    ),
)

BY_ID = {action.id: action for action in ACTIONS}


def availability(action_name: str, now: Situation) -> Availability:
    """Whether an action is possible; actions that are not in the list (Textual's own) always are."""
    action = BY_ID.get(action_name)
    return True if action is None else action.available(now)
