"""The log of the shown trial."""

from __future__ import annotations

from tui_tuner.tui.actions.action import Action

GROUP = "The log of the shown trial"

ACTIONS: tuple[Action, ...] = ()
