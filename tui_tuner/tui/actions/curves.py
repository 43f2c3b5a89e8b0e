"""The curves: cursor, window, axes, smoothing, what is drawn beside the trial."""

from __future__ import annotations

from tui_tuner.tui.actions.action import Action

GROUP = "The curves"

ACTIONS: tuple[Action, ...] = (
    Action("curve_left", "left", "Cursor", "Read the values one place to the left.", GROUP, key_display="←"),
    Action(
        "curve_right",
        "right",
        "Cursor",
        "Read the values one place further.",
        GROUP,
        footer=False,
        key_display="→",
    ),
    Action("curve_first", "home", "First", "Read the values at the first place in sight.", GROUP, footer=False),
    Action("curve_last", "end", "Last", "Read the values at the last place in sight.", GROUP, footer=False),
    Action("curve_zoom_in", "up", "Zoom in", "Zoom in, around the cursor if there is one.", GROUP, key_display="↑"),
    Action("curve_zoom_out", "down", "Zoom out", "Zoom out.", GROUP, footer=False, key_display="↓"),
    Action(
        "curve_pan_left",
        "shift+left",
        "Pan",
        "Move the window back.",
        GROUP,
        footer=False,
        key_display="shift+←",
    ),
    Action(
        "curve_pan_right",
        "shift+right",
        "Pan right",
        "Move the window on.",
        GROUP,
        footer=False,
        key_display="shift+→",
    ),
    Action("curve_clear", "escape", "Whole", "Take the cursor away, then show the whole curves again.", GROUP),
    Action("curve_smooth", "u", "Smooth", "Smooth the curves: not, a little, more, much.", GROUP),
    Action("curve_over", "t", "Over steps", "Draw over epochs, steps or the time of training.", GROUP),
    Action("curve_kinds", "v", "Validation", "Draw training and validation, or one of them.", GROUP),
    Action("curve_clip", "c", "Clip", "Leave outliers out of sight, or show all.", GROUP),
    Action("curve_guides", "g", "Guides", "Draw the best trial and the pruner's line, or leave them out.", GROUP),
    Action("curve_svg", "w", "SVG", "Write the curves to a file, as SVG.", GROUP, footer=False),
    Action("curve_png", "W", "PNG", "Write the curves to a file, as PNG.", GROUP, footer=False),
    Action("curve_limits", "y", "Limits", "Set the ends of the y axis.", GROUP),
)
