"""The analysis: which plot, what of it, and where it goes."""

from __future__ import annotations

from collections.abc import Callable

from tui_tuner.tui.actions.action import Action, Availability, PlotSkill, Situation

GROUP = "The analysis"

PLOTS = (
    "history",
    "importances",
    "slices",
    "contour map",
    "parallel coordinates",
    "matrix",
    "distribution",
    "timeline",
    "failures",
    "Pareto front, if there are several objectives",
)
"""What the digits lead to: 1 to 9, and 0."""


def _can(skill: PlotSkill) -> Callable[[Situation], Availability]:
    return lambda now: skill in now.plot_can


ACTIONS: tuple[Action, ...] = (
    Action("plot_next", "tab", "Next plot", "Show the next plot.", GROUP),
    Action("plot_previous", "shift+tab", "Previous plot", "Show the plot before.", GROUP, footer=False),
    *(
        Action(
            f"plot_{number % 10}",
            str(number % 10),
            f"Plot {number}",
            f"Show the {name}.",
            GROUP,
            footer=False,
            command=f"plot({number})",
        )
        for number, name in enumerate(PLOTS, start=1)
    ),
    Action(
        "plot_left",
        "left",
        "Choose",
        "Go from one thing to the next in the plot.",
        GROUP,
        _can("move"),
        key_display="← → ↑ ↓",
    ),
    Action("plot_right", "right", "Right", "Go to the right.", GROUP, _can("move"), footer=False, key_display="→"),
    Action("plot_up", "up", "Up", "Go up, or zoom in.", GROUP, _can("move"), footer=False, key_display="↑"),
    Action("plot_down", "down", "Down", "Go down, or zoom out.", GROUP, _can("move"), footer=False, key_display="↓"),
    Action("plot_toggle", "space", "Brush", "Take the part of the axis at the cursor in or out.", GROUP, _can("brush")),
    Action("plot_mark", "enter", "Mark", "Mark the chosen trials: their curves are drawn.", GROUP, _can("mark")),
    Action("plot_svg", "w", "SVG", "Write the plot to a file, as SVG.", GROUP),
    Action("plot_png", "W", "PNG", "Write the plot to a file, as PNG.", GROUP),
)
