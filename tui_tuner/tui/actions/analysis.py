"""The analysis: which plot, what of it, and where it goes."""

from __future__ import annotations

from tui_tuner.tui.actions.action import Action

GROUP = "The analysis"

PLOTS = 10
"""How many plots have a key of their own: 1 to 9, and 0."""

ACTIONS: tuple[Action, ...] = (
    Action("plot_next", "tab", "Next plot", "Show the next plot.", GROUP),
    Action("plot_previous", "shift+tab", "Previous plot", "Show the plot before.", GROUP, footer=False),
    *(
        Action(
            f"plot_{number % PLOTS}",
            str(number % PLOTS),
            f"Plot {number}",
            f"Show plot {number}.",
            GROUP,
            footer=False,
            command=f"plot({number})",
        )
        for number in range(1, PLOTS + 1)
    ),
    Action(
        "plot_left",
        "left",
        "Choose",
        "Go from one thing to the next in the plot.",
        GROUP,
        key_display="← → ↑ ↓",
    ),
    Action("plot_right", "right", "Right", "Go to the right.", GROUP, footer=False, key_display="→"),
    Action("plot_up", "up", "Up", "Go up, or zoom in.", GROUP, footer=False, key_display="↑"),
    Action("plot_down", "down", "Down", "Go down, or zoom out.", GROUP, footer=False, key_display="↓"),
    Action("plot_toggle", "space", "Brush", "Take the part of the axis at the cursor in or out.", GROUP),
    Action("plot_mark", "enter", "Mark", "Mark the chosen trials: their curves are drawn.", GROUP),
    Action("plot_svg", "w", "SVG", "Write the plot to a file, as SVG.", GROUP),
    Action("plot_png", "W", "PNG", "Write the plot to a file, as PNG.", GROUP),
)
