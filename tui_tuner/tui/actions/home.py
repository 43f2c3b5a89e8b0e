"""The list of searches."""

from __future__ import annotations

from tui_tuner.tui.actions.action import Action

GROUP = "Searches"

ACTIONS: tuple[Action, ...] = ()
