"""The screen of one trial."""

from __future__ import annotations

from tui_tuner.tui.actions.action import Action

GROUP = "The trial"

ACTIONS: tuple[Action, ...] = ()
