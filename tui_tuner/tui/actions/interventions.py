"""The log of what persons asked for."""

from __future__ import annotations

from tui_tuner.tui.actions.action import Action

GROUP = "Interventions"

ACTIONS: tuple[Action, ...] = ()
