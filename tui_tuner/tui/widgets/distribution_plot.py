"""The distribution of the scores, as a histogram."""

from __future__ import annotations

from bisect import bisect_right

from textual.content import Content

from tui_tuner.analysis.distribution import Distribution, distribution
from tui_tuner.analysis.formatting import format_count, format_metric
from tui_tuner.analysis.text import clean
from tui_tuner.analysis.ticks import linear_scale
from tui_tuner.tui.look import style
from tui_tuner.tui.widgets.analysis_plot import AnalysisPlot, Material, counted, too_few
from tui_tuner.tui.widgets.canvas import Canvas
from tui_tuner.tui.widgets.painted import Painted

_BLOCKS = " ▁▂▃▄▅▆▇█"
_BINS = 60
_LEFT = 6


class DistributionPlot(AnalysisPlot):
    """Columns from bad to good colours, with the best score and the median below."""

    label = "Distribution"

    def __init__(self) -> None:
        self._painted = Painted("painted")
        super().__init__("distribution", self._painted)

    def draw(self, material: Material) -> str:
        trials = material.scored
        found = distribution(trials.scores, _BINS)
        if found is None or trials.best is None:
            return too_few(material)
        best = trials.scores[trials.best]
        outliers = found.below + found.above
        first, middle, last = found.quartiles
        self.caption(
            (clean(material.view.objective.name), style("dim")),
            counted(material),
            Content.assemble(("◆ ", style("best")), ("best ", style("dim")), (format_metric(best), style("best"))),
            Content.assemble(("△ median ", style("dim")), format_metric(middle)),
            Content.assemble(("middle half ", style("dim")), f"{format_metric(first)} … {format_metric(last)}"),
            (f"{format_count(outliers, 'outlier')} not drawn", style("warning")) if outliers else "",
        )
        self._painted.set_paint(lambda canvas: _paint(canvas, found, best, material))
        return ""


def _paint(canvas: Canvas, found: Distribution, best: float, material: Material) -> None:
    rows = canvas.height - 3
    bins = len(found.counts)
    wide = max(1, (canvas.width - _LEFT) // bins)
    if rows < 1 or canvas.width < _LEFT + bins:
        return
    largest = max(found.counts) or 1
    scores = material.scored
    better_up = material.view.objective.direction == "max"
    for row in range(rows):
        canvas.fill(_LEFT - 1, row, "│", "status-dim")
    for share in (0.0, 0.5, 1.0):
        if largest * share == int(largest * share):
            canvas.right(_LEFT - 1, round((1 - share) * (rows - 1)), format_count(int(largest * share)), "status-dim")
    ordered = sorted(scores.scores)
    for index, count in enumerate(found.counts):
        middle = found.low + (index + 0.5) / bins * (found.high - found.low)
        rank = bisect_right(ordered, middle) / len(ordered)
        colour = material.shade(rank if better_up else 1.0 - rank)
        eighths = max(1, round(count / largest * rows * 8)) if count else 0
        x = _LEFT + index * wide
        for row in range(rows):
            here = max(0, min(8, eighths - 8 * (rows - 1 - row)))
            if here:
                canvas.fill(x, row, _BLOCKS[here], colour, count=max(1, wide - (wide > 2)))
    _axis(canvas, found, rows, _LEFT + bins * wide)
    width = bins * wide
    for value, symbol, colour in ((found.quartiles[1], "△", "status-dim"), (best, "◆", "status-best")):
        share = (value - found.low) / (found.high - found.low)
        if 0 <= share <= 1:
            canvas.text(_LEFT + min(width - 1, int(share * width)), rows + 2, symbol, colour)


def _axis(canvas: Canvas, found: Distribution, row: int, right: int) -> None:
    """Ticks below the columns."""
    width = right - _LEFT
    canvas.fill(_LEFT - 1, row, "└", "status-dim")
    canvas.fill(_LEFT, row, "─", "status-dim", count=width)
    scale = linear_scale(found.low, found.high, max(2, width // 12))
    for tick, label in zip(scale.ticks, scale.labels, strict=True):
        x = _LEFT + round((tick - found.low) / (found.high - found.low) * (width - 1))
        canvas.fill(x, row, "┬", "status-dim")
        canvas.text(max(0, min(canvas.width - len(label), x - len(label) // 2)), row + 1, label, "status-dim")
