"""Going through a search's own time."""

from __future__ import annotations

from tui_tuner.tui.actions.action import Action

GROUP = "The replay"

ACTIONS: tuple[Action, ...] = ()
