"""The leaderboard: order, columns, filter, marks."""

from __future__ import annotations

from tui_tuner.tui.actions.action import Action

GROUP = "The leaderboard"

ACTIONS: tuple[Action, ...] = ()
