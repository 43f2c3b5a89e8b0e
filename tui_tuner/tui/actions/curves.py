"""The curves: smoothing, axes, cursor."""

from __future__ import annotations

from tui_tuner.tui.actions.action import Action

GROUP = "The curves"

ACTIONS: tuple[Action, ...] = ()
