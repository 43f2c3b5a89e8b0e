"""Steering a search: what is asked of its engine."""

from __future__ import annotations

from tui_tuner.engine.view import SearchState
from tui_tuner.tui.actions.action import Action, Availability, Situation
from tui_tuner.tui.control import RESUMABLE

GROUP = "The search"

_GOING_ON = (SearchState.STARTING, SearchState.RUNNING, SearchState.BLOCKED)


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


def _resume(now: Situation) -> Availability:
    return not now.read_only and not now.driving and now.state in RESUMABLE


FIRST = (
    Action(
        "pause", "space", "Pause", "Start no new trial, and hold the running ones after their epoch.", GROUP, _pause
    ),
    Action("go_on", "space", "Continue", "Go on after a pause.", GROUP, _go_on),
    Action("stop", "s", "Stop", "Start no new trial, and stop when the running ones have finished.", GROUP, _stop),
    Action("take_back", "s,space", "Don't stop", "Take back a stop that has not happened yet.", GROUP, _take_back),
    Action(
        "stop_now",
        "S",
        "Stop now",
        "Cut off the running trials; they go on when the search is resumed.",
        GROUP,
        _steerable,
    ),
    Action("skip", "x", "Skip", "End the selected running trial and keep what it has.", GROUP, _skip),
    Action("resume", "r", "Resume", "Go on with a stopped search from where it was.", GROUP, _resume),
    Action("enqueue", "e", "Enqueue", "Run a configuration next, made from the selected trial's.", GROUP, _enqueue),
)
"""What is asked for most."""

MORE = (
    Action("rerun", "R", "Re-run", "Run the selected trial, or the best ones, again with other seeds.", GROUP, _rerun),
    Action("limit", "n", "Narrow", "Propose only a part of the selected hyperparameter's values.", GROUP, _enqueue),
    Action("budget", "b", "Budget", "Change the number of trials and the time budget.", GROUP, _steerable),
    Action("more_workers", "plus", "Workers", "Run one more trial at once.", GROUP, _steerable, key_display="+"),
    Action(
        "fewer_workers",
        "minus",
        "Fewer workers",
        "Run one trial less at once.",
        GROUP,
        _steerable,
        footer=False,
        key_display="-",
    ),
    Action(
        "hard_pause",
        "P",
        "Free devices",
        "Pause, save where the trials are and end the workers, so that their memory is free.",
        GROUP,
        _hard_pause,
        footer=False,
    ),
)
