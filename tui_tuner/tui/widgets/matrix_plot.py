"""The scatter matrix: every two hyperparameters against each other, and each against the score."""

from __future__ import annotations

from tui_tuner.analysis.scored import Dimension, ScoredTrials
from tui_tuner.analysis.text import clean, truncate
from tui_tuner.tui.look import style
from tui_tuner.tui.widgets.analysis_plot import AnalysisPlot, Material, counted, ramp, too_few
from tui_tuner.tui.widgets.canvas import DOTS_ACROSS, DOTS_DOWN, Canvas
from tui_tuner.tui.widgets.painted import Painted

_SMALLEST = 14, 5
"""Cells of a panel, with its frame."""

_LEFT = 14
_MOST_POINTS = 2000


class MatrixPlot(AnalysisPlot):
    """The most important hyperparameters that fit; the arrows go on to others."""

    label = "Matrix"
    arrows = "other hyperparameters"

    def __init__(self) -> None:
        self._painted = Painted("painted")
        super().__init__("matrix", self._painted)
        self._first = 0

    def draw(self, material: Material) -> str:
        trials = material.scored
        if not trials.hyperparameters or trials.best is None:
            return too_few(material) or "There is no hyperparameter with more than one value."
        self._first = max(0, min(self._first, len(trials.hyperparameters) - 1))
        first = self._first
        self._painted.set_paint(lambda canvas: _paint(canvas, material, first))
        points = min(_MOST_POINTS, len(trials.trials))
        self.caption(
            counted(material),
            (f"the best {points:,} drawn", style("dim")) if points < len(trials.trials) else "",
            ramp(material, "•"),
            (f"from hyperparameter {first + 1} on", style("dim")) if first else "",
        )
        return ""

    def move(self, across: int, upwards: int) -> None:
        self._first += across - upwards
        self.redraw()


def _paint(canvas: Canvas, material: Material, first: int) -> None:
    """The panels below the diagonal: each column is a hyperparameter, each row one too, and the last row the score."""
    trials = material.scored
    width, height = canvas.width - _LEFT, canvas.height - 1
    fitting = min(len(trials.hyperparameters) - first, width // _SMALLEST[0], height // _SMALLEST[1])
    if fitting < 1:
        canvas.text(0, 0, "There is no room for it here.", "status-dim")
        return
    across = trials.hyperparameters[first : first + fitting]
    upwards = [*across[1:], trials.score]
    wide, high = width // fitting, height // fitting
    for row, y in enumerate(upwards):
        canvas.right(_LEFT - 1, row * high + high // 2, truncate(clean(y.name), _LEFT - 2))
        for column, x in enumerate(across[: row + 1]):
            _panel(canvas, trials, material, x, y, (_LEFT + column * wide, row * high, wide - 1, high))
    for column, x in enumerate(across):
        canvas.text(_LEFT + column * wide + 1, fitting * high, truncate(clean(x.name), wide - 2))


def _panel(
    canvas: Canvas, trials: ScoredTrials, material: Material, x: Dimension, y: Dimension, at: tuple[int, int, int, int]
) -> None:
    left, top, width, height = at
    right, bottom = left + width - 1, top + height - 1
    canvas.fill(left, top, "┌", "status-track")
    canvas.fill(left + 1, top, "─", "status-track", count=width - 2)
    canvas.fill(right, top, "┐", "status-track")
    canvas.fill(left, bottom, "└", "status-track")
    canvas.fill(left + 1, bottom, "─", "status-track", count=width - 2)
    canvas.fill(right, bottom, "┘", "status-track")
    for row in range(top + 1, bottom):
        canvas.fill(left, row, "│", "status-track")
        canvas.fill(right, row, "│", "status-track")
    dots_x, dots_y = (width - 2) * DOTS_ACROSS - 1, (height - 2) * DOTS_DOWN - 1
    for index in trials.worst_first[-_MOST_POINTS:]:
        at_x, at_y = x.places[index], y.places[index]
        if at_x is not None and at_y is not None:
            colour = material.marked.get(trials.trials[index].trial_id) or material.shade(trials.goodness[index])
            column, row = round(at_x * dots_x), round((1 - at_y) * dots_y)
            canvas.dot((left + 1) * DOTS_ACROSS + column, (top + 1) * DOTS_DOWN + row, colour)
