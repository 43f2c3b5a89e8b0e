"""The best model."""

from __future__ import annotations

from tui_tuner.tui.actions.action import Action

GROUP = "The best model"

ACTIONS: tuple[Action, ...] = ()
