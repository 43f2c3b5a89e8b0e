"""How good the trials are around the values of two hyperparameters, as a map."""

from __future__ import annotations

from rich.cells import cell_len
from textual.content import Content

from tui_tuner.analysis.contour import Grid, contour
from tui_tuner.analysis.scored import Dimension, ScoredTrials
from tui_tuner.analysis.text import clean, truncate
from tui_tuner.analysis.ticks import axis_scale
from tui_tuner.tui.look import style
from tui_tuner.tui.widgets.analysis_plot import AnalysisPlot, Material, too_few
from tui_tuner.tui.widgets.canvas import Canvas
from tui_tuner.tui.widgets.painted import Painted
from tui_tuner.tui.widgets.slice_plot import neighbour, place_of

_NAME_WIDTH = 28
_LEFT = 13
_RAMP = 12
_MOST_POINTS = 400
_DENSITIES = "░▒▓█"
"""From bad to good, where there are no colours."""


class ContourPlot(AnalysisPlot):
    """Left and right choose what goes across, up and down what goes upwards."""

    label = "Contour"
    arrows = "across, upwards"

    def __init__(self) -> None:
        self._painted = Painted("painted")
        super().__init__("contour", self._painted)
        self._x: str | None = None
        self._y: str | None = None

    def draw(self, material: Material) -> str:
        trials = material.scored
        if trials.best is None:
            return too_few(material)
        if len(trials.hyperparameters) < 2:
            return "A map needs two hyperparameters with more than one value."
        x, y = (trials.hyperparameters[place] for place in self._places(trials))
        grid = contour(x, y, trials.goodness)
        ramp = (
            [("█", material.shade(step / (_RAMP - 1))) for step in range(_RAMP)] if material.has_colour else _DENSITIES
        )
        self.caption(
            Content.assemble(("→ ", style("dim")), (truncate(clean(x.name), _NAME_WIDTH), "bold")),
            Content.assemble(("↑ ", style("dim")), (truncate(clean(y.name), _NAME_WIDTH), "bold")),
            Content.assemble(("worst ", style("dim")), *ramp, (" best", style("dim"))),
            Content.assemble("• ", ("a trial  ", style("dim")), "◆ ", ("the best", style("dim"))),
        )
        self._painted.set_paint(lambda canvas: _paint(canvas, grid, x, y, material))
        return ""

    def _places(self, trials: ScoredTrials) -> tuple[int, int]:
        x, y = place_of(trials, self._x), place_of(trials, self._y, 1)
        return (x, y) if x != y else (x, (y + 1) % len(trials.hyperparameters))

    def move(self, across: int, upwards: int) -> None:
        if self.material is None or len(self.material.scored.hyperparameters) < 2:
            return
        trials = self.material.scored
        self._x, self._y = (trials.hyperparameters[place].name for place in self._places(trials))
        if across:
            self._x = neighbour(trials, self._x, across)
            self._x = neighbour(trials, self._x, across) if self._x == self._y else self._x
        if upwards:
            self._y = neighbour(trials, self._y, upwards)
            self._y = neighbour(trials, self._y, upwards) if self._y == self._x else self._y
        self.redraw()


def _paint(canvas: Canvas, grid: Grid, x: Dimension, y: Dimension, material: Material) -> None:
    """Each cell shows two rows of the map: the upper half in its colour, the lower one in its background's."""
    width, rows = canvas.width - _LEFT, canvas.height - 2
    if width < 8 or rows < 3:
        return
    trials = material.scored
    values = [_line(grid, 1 - (half + 0.5) / (2 * rows), width) for half in range(2 * rows)]
    colours = [["" if value is None else material.shade(value) for value in line] for line in values]
    for row in range(rows):
        for column in range(width):
            upper, lower = colours[2 * row][column], colours[2 * row + 1][column]
            if not material.has_colour:
                value = values[2 * row][column]
                canvas.fill(_LEFT + column, row, " " if value is None else _DENSITIES[min(3, int(4 * value))])
            elif upper:
                canvas.fill(_LEFT + column, row, "▀", upper, lower)
            elif lower:
                canvas.fill(_LEFT + column, row, "▄", lower)
    shown = [index for index in trials.worst_first if x.places[index] is not None and y.places[index] is not None]
    for index in shown[-_MOST_POINTS:]:
        at_x, at_y = x.places[index] or 0.0, y.places[index] or 0.0
        column, row = min(width - 1, int(at_x * width)), min(rows - 1, int((1 - at_y) * rows))
        behind = colours[2 * row][column] or colours[2 * row + 1][column]
        ink = "background" if behind else "foreground"
        mark = material.marked.get(trials.trials[index].trial_id)
        symbol = "◆" if index == trials.best else "●" if mark else "•"
        canvas.fill(_LEFT + column, row, symbol, mark or ink, behind)
    _axes(canvas, x, y, width, rows)


def _line(grid: Grid, height: float, width: int) -> list[float | None]:
    """The map's row at a height from 0 to 1, stretched to so many cells."""
    line = grid[min(len(grid) - 1, int(height * len(grid)))]
    return [line[min(len(line) - 1, int((column + 0.5) / width * len(line)))] for column in range(width)]


def _axes(canvas: Canvas, x: Dimension, y: Dimension, width: int, rows: int) -> None:
    scale = axis_scale(y.axis, max(2, rows // 3))
    for place, label in zip(scale.ticks, scale.labels, strict=True):
        canvas.right(_LEFT - 1, min(rows - 1, int((1 - place) * rows)), label, "status-dim")
    scale = axis_scale(x.axis, max(2, width // 14))
    canvas.fill(_LEFT, rows, "─", "status-dim", count=width)
    for place, label in zip(scale.ticks, scale.labels, strict=True):
        column = _LEFT + min(width - 1, int(place * width))
        canvas.fill(column, rows, "┬", "status-dim")
        start = max(0, min(canvas.width - cell_len(label), column - cell_len(label) // 2))
        canvas.text(start, rows + 1, label, "status-dim")
