"""Parallel coordinates: a line for each trial through all its values, and a brush to choose among them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

from rich.cells import cell_len
from textual.content import Content

from tui_tuner.analysis.axes import Axis
from tui_tuner.analysis.brush import Brush, bins_of
from tui_tuner.analysis.formatting import format_count, format_number, format_value
from tui_tuner.analysis.scored import Dimension, ScoredTrials
from tui_tuner.analysis.text import clean, truncate
from tui_tuner.tui.look import style
from tui_tuner.tui.widgets.analysis_plot import AnalysisPlot, Material, ramp, too_few
from tui_tuner.tui.widgets.canvas import DOTS_ACROSS, DOTS_DOWN, Canvas
from tui_tuner.tui.widgets.painted import Painted

_MOST_LINES = 150
_NARROWEST = 14
"""Cells from one axis to the next."""

_LABEL_WIDTH = 12


class ParallelPlot(AnalysisPlot):
    """Left and right go from axis to axis, up and down along it, and space takes the part of it there in or out.

    The score is the last axis. Where not all axes fit, those next to it are in sight, the most important ones, and the
    arrows lead to the others. While anything is brushed, only the trials in it are drawn in the colours of their ranks;
    the others stay in the background.
    """

    label = "Parallel"
    arrows = "axis, part of it"
    can = frozenset({"brush", "mark"})

    def __init__(self) -> None:
        self._painted = Painted("painted")
        super().__init__("parallel", self._painted)
        self._brush = Brush()
        self._axis = -1
        self._part = -1

    @property
    def brush(self) -> Brush:
        return self._brush

    def draw(self, material: Material) -> str:
        trials = material.scored
        if not trials.hyperparameters or trials.best is None:
            return too_few(material) or "There is no hyperparameter with more than one value."
        axes = _axes(trials)
        chosen = self._chosen(trials)
        self._painted.set_paint(lambda canvas: self._paint(canvas, axes, material, chosen))
        drawn = min(len(chosen), _MOST_LINES)
        hidden = len(axes) - len(self._in_sight(len(axes), self._painted.size.width))
        self.caption(
            Content.assemble(
                (format_count(len(chosen)), "bold"), f" of {format_count(len(trials.trials), 'trial')} in the brush"
            )
            if self._brush.chosen
            else Content(format_count(len(trials.trials), "completed trial")),
            (f"+{hidden} hidden", style("warning")) if hidden else "",
            (f"{drawn} lines drawn, from the best down", style("dim")) if drawn < len(chosen) else "",
            ramp(material, "━"),
        )
        return ""

    def _chosen(self, trials: ScoredTrials) -> list[int]:
        """The trials in the brush, the worst first."""
        inside = set(self._brush.select(_by_name(trials), len(trials.trials)))
        return [index for index in trials.worst_first if index in inside]

    @property
    def selected(self) -> tuple[str, ...]:
        if self.material is None or not self._brush.chosen:
            return ()
        trials = self.material.scored
        return tuple(trials.trials[index].trial_id for index in reversed(self._chosen(trials)))

    def move(self, across: int, upwards: int) -> None:
        if self.material is None or not self.material.scored.hyperparameters:
            return
        axes = _axes(self.material.scored)
        if self._axis < 0:
            self._axis, self._part = len(axes) - 1, bins_of(axes[-1].axis) - 1
        elif across:
            self._axis = (self._axis + across) % len(axes)
            self._part = bins_of(axes[self._axis].axis) // 2
        else:
            self._part = max(0, min(bins_of(axes[self._axis].axis) - 1, self._part + upwards))
        self.redraw()

    def toggle(self) -> None:
        if self.material is None or self._axis < 0:
            return
        axes = _axes(self.material.scored)
        self._brush = self._brush.toggled(axes[self._axis].name, self._part)
        self.redraw()

    def clear(self) -> bool:
        if not self._brush.chosen and self._axis < 0:
            return False
        if self._brush.chosen:
            self._brush = Brush()
        else:
            self._axis = self._part = -1
        self.redraw()
        return True

    def _paint(self, canvas: Canvas, axes: Sequence[Dimension], material: Material, chosen: Sequence[int]) -> None:
        rows = canvas.height - 2
        shown = self._in_sight(len(axes), canvas.width)
        if rows < 4 or canvas.width < _NARROWEST * 2:
            return
        gap = (canvas.width - _LABEL_WIDTH - 1) / (len(shown) - 1)
        columns = [int(index * gap) for index in range(len(shown))]
        seen = [axes[place] for place in shown]
        inside = set(chosen)
        others = [index for index in material.scored.worst_first if index not in inside]
        if material.has_colour:  # else nothing would tell them from the chosen ones
            _lines(canvas, seen, columns, rows, others, lambda _: "status-track")
        goodness = material.scored.goodness
        _lines(canvas, seen, columns, rows, chosen, lambda index: material.shade(goodness[index]))
        for place, column in zip(shown, columns, strict=True):
            self._paint_axis(canvas, axes[place], column, rows, is_chosen=place == self._axis)

    def _in_sight(self, count: int, width: int) -> Sequence[int]:
        """Which axes have room: the score always, and of the others those next to it, or from the cursor on."""
        fitting = max(2, min(count, (width - _LABEL_WIDTH) // _NARROWEST + 1))
        last = count - fitting
        first = min(last, self._axis) if self._axis >= 0 else last
        return [*range(first, first + fitting - 1), count - 1]

    def on_resize(self) -> None:
        self.redraw()

    def _paint_axis(self, canvas: Canvas, dimension: Dimension, column: int, rows: int, *, is_chosen: bool) -> None:
        bins = bins_of(dimension.axis)
        brushed = self._brush.chosen.get(dimension.name, frozenset())
        canvas.text(column, 0, truncate(clean(dimension.name), _LABEL_WIDTH), "status-best" if is_chosen else "")
        for row in range(rows):
            part = min(bins - 1, int((1 - (row + 0.5) / rows) * bins))
            is_cursor = is_chosen and part == self._part
            colour = "status-best" if part in brushed else "foreground" if is_cursor else "status-dim"
            canvas.fill(column, row + 1, "█" if part in brushed else "┃" if is_cursor else "│", colour)
        for place, label in _labels(dimension.axis, rows):
            canvas.text(column + 1, 1 + min(rows - 1, int((1 - place) * rows)), label, "status-dim")
        if is_chosen:
            low, high = self._part / bins, (self._part + 1) / bins
            words = _part_words(dimension.axis, low, high)
            canvas.text(max(0, min(column, canvas.width - cell_len(words))), rows + 1, words, "status-best")


def _axes(trials: ScoredTrials) -> list[Dimension]:
    """The hyperparameters, the least important first, so that the score stands beside the most important."""
    return [*reversed(trials.hyperparameters), trials.score]


def _by_name(trials: ScoredTrials) -> Mapping[str, Dimension]:
    return {dimension.name: dimension for dimension in _axes(trials)}


def _lines(
    canvas: Canvas,
    axes: Sequence[Dimension],
    columns: Sequence[int],
    rows: int,
    trials: Sequence[int],
    colour_of: Callable[[int], str],
) -> None:
    """The lines of some trials, the last ones on top. A trial without a value has no line to that axis."""
    height = rows * DOTS_DOWN - 1
    for trial in trials[-_MOST_LINES:]:
        colour = colour_of(trial)
        points = []
        for dimension, column in zip(axes, columns, strict=True):
            place = dimension.places[trial]
            y = None if place is None else DOTS_DOWN + round((1 - place) * height)
            points.append((column * DOTS_ACROSS + 1, y))
        for (x, y), (to_x, to_y) in pairwise(points):
            if y is not None and to_y is not None:
                canvas.line(x, y, to_x, to_y, colour)


def _labels(axis: Axis, rows: int) -> list[tuple[float, str]]:
    """Categories by name, as far as there is room; the ends of a range."""
    if not axis.is_category:
        return [(1.0, format_number(axis.high)), (0.0, format_number(axis.low))]
    count = len(axis.values)
    every = -(-count // max(1, rows))
    return [
        ((index + 0.5) / count, format_value(value, _LABEL_WIDTH - 1))
        for index, value in enumerate(axis.values)
        if index % every == 0
    ]


def _part_words(axis: Axis, low: float, high: float) -> str:
    """The part of the axis under the cursor, in words."""
    if axis.is_category:
        return format_value(axis.value_at((low + high) / 2), 24)
    return f"{format_value(axis.value_at(low))} … {format_value(axis.value_at(high))}"
