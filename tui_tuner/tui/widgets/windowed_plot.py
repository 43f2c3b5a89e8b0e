"""Plots along an axis with a cursor on it, of which a part may be in sight."""

from __future__ import annotations

from textual.widget import Widget

from tui_tuner.tui.widgets.analysis_plot import AnalysisPlot
from tui_tuner.tui.widgets.plot_window import PlotWindow


class WindowedPlot(AnalysisPlot):
    """A subclass sets the places of `window` when it draws. The arrows move the cursor, and zoom."""

    arrows = "trial, zoom"
    can = frozenset({"mark"})

    def __init__(self, plot_id: str, picture: Widget) -> None:
        super().__init__(plot_id, picture)
        self.window = PlotWindow()

    def move(self, across: int, upwards: int) -> None:
        if across:
            self.window.move_cursor(across, self.picture.size.width)
        if upwards:
            self.up(upwards)
        self.redraw()

    def up(self, steps: int) -> None:
        """The arrow key upwards; downwards where `steps` is below 0."""
        self.window.zoom(2.0**-steps)

    def clear(self) -> bool:
        if self.window.is_plain:
            return False
        self.window.clear()
        self.redraw()
        return True
