"""The search space."""

from __future__ import annotations

from tui_tuner.tui.actions.action import Action

GROUP = "The search space"

ACTIONS: tuple[Action, ...] = ()
