"""The analysis screen."""

from __future__ import annotations

from tui_tuner.tui.actions.action import Action

GROUP = "The analysis"

ACTIONS: tuple[Action, ...] = ()
