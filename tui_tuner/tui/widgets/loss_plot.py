"""Draws lines with plotext. The one file that knows the plotting library."""

from __future__ import annotations

from dataclasses import dataclass

from rich.text import Text
from textual.color import Color
from textual.widget import Widget

from tui_tuner.analysis.downsample import Point, downsample
from tui_tuner.analysis.ticks import Scale, linear_scale, log_scale, whole_scale

_LIMIT = 1e150
"""Values are clamped to it, so that differences and ratios inside the library stay finite."""

_AXIS_LINES = 2
_DOTS_PER_ROW = 4
_SMALLEST_WIDTH, _SMALLEST_HEIGHT = 16, 5


@dataclass(frozen=True)
class Line:
    """One line of a plot.

    Args:
        points: Finite values, positive ones on a log scale, ordered by x.
        colour: Name of a theme variable.
        faint: Drawn half-way to the background.
    """

    points: tuple[Point, ...]
    colour: str
    faint: bool = False


@dataclass(frozen=True)
class Plot:
    """What to draw.

    Args:
        mark: A point to mark, such as the best epoch.
    """

    lines: tuple[Line, ...] = ()
    log: bool = False
    mark: Point | None = None

    @property
    def is_empty(self) -> bool:
        return not any(line.points for line in self.lines)


class LossPlot(Widget):
    """A line plot over epochs that fills the widget."""

    def __init__(self) -> None:
        super().__init__(id="plot")
        self._plot = Plot()
        self._drawn: tuple[tuple[object, ...], Text] | None = None

    @property
    def plot(self) -> Plot:
        return self._plot

    def set_plot(self, plot: Plot) -> None:
        """Draw `plot`; nothing happens if it is the one that is drawn."""
        if plot != self._plot:
            self._plot = plot
            self.refresh()

    def render(self) -> Text:
        width, height = self.size
        if self._plot.is_empty or width < _SMALLEST_WIDTH or height < _SMALLEST_HEIGHT:
            return Text()
        variables = self.app.theme_variables
        key = (self._plot, width, height, self.app.theme)
        if self._drawn is None or self._drawn[0] != key:
            colours = {line.colour: _rgb(variables[line.colour]) for line in self._plot.lines}
            colours |= {name: _rgb(variables[name]) for name in ("status-dim", "status-best", "background")}
            self._drawn = (key, draw(self._plot, width, height, colours))
        return self._drawn[1]


Rgb = tuple[int, int, int]


def _rgb(colour: str) -> Rgb:
    parsed = Color.parse(colour)
    return parsed.r, parsed.g, parsed.b


def _blend(colour: Rgb, background: Rgb) -> Rgb:
    return tuple((a + 2 * b) // 3 for a, b in zip(colour, background, strict=True))  # type: ignore[return-value]


def draw(plot: Plot, width: int, height: int, colours: dict[str, Rgb]) -> Text:
    """The plot as text of `width` times `height` cells.

    Args:
        colours: By theme variable: those of the lines, `status-dim`, `status-best` and `background`.
    """
    # Loading it takes 40 ms, which the first paint shall not wait for.
    import plotext

    x_scale, y_scale = _scales(plot, width, height)
    # The library has one figure for the whole process: it is cleared, filled and built in one go.
    plotext.clear_figure()
    plotext.limit_size(False, False)
    plotext.plot_size(width, height)
    plotext.canvas_color("default")
    plotext.axes_color("default")
    plotext.ticks_color(colours["status-dim"])
    plotext.xaxes(True, False)
    plotext.yaxes(True, False)
    for line in plot.lines:
        if line.points:
            colour = _blend(colours[line.colour], colours["background"]) if line.faint else colours[line.colour]
            points = downsample(line.points, 2 * width)
            xs = [x for x, _ in points]
            ys = [y_scale.place(_clamp(y)) for _, y in points]
            if len(points) == 1:
                plotext.scatter(xs, ys, marker="•", color=colour)
            else:
                plotext.plot(xs, ys, marker="braille", color=colour)
    if plot.mark is not None:
        x, y = plot.mark
        y = _on_line(y_scale.place(_clamp(y)), y_scale, height - _AXIS_LINES)
        plotext.scatter([x], [y], marker="◆", color=colours["status-best"])
    plotext.xlim(x_scale.low, x_scale.high)
    plotext.ylim(y_scale.low, y_scale.high)
    plotext.xticks(list(x_scale.ticks), list(x_scale.labels))
    plotext.yticks(list(y_scale.ticks), list(y_scale.labels))
    text = Text.from_ansi(plotext.build().rstrip("\n"), no_wrap=True)
    text.end = ""
    return text


def _on_line(y: float, scale: Scale, rows: int) -> float:
    """Where a whole character must stand to be in the row of a line's dots, which the library rounds otherwise."""
    share = (y - scale.low) / (scale.high - scale.low)
    row = round(share * (_DOTS_PER_ROW * rows - 1)) // _DOTS_PER_ROW
    return scale.low + row / max(1, rows - 1) * (scale.high - scale.low)


def _clamp(value: float) -> float:
    return max(-_LIMIT, min(_LIMIT, value))


def _scales(plot: Plot, width: int, height: int) -> tuple[Scale, Scale]:
    xs = [x for line in plot.lines for x, _ in line.points]
    ys = [_clamp(y) for line in plot.lines for _, y in line.points]
    make = log_scale if plot.log else linear_scale
    return whole_scale(min(xs), max(xs), max(2, width // 10)), make(min(ys), max(ys), max(2, height // 3))
