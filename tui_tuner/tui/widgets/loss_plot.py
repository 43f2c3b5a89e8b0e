"""Draws lines with plotext. The one file that knows the plotting library."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from typing import Literal

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from tui_tuner.analysis.axes import Axis, within_reach
from tui_tuner.analysis.clipping import clipped
from tui_tuner.analysis.curves import within
from tui_tuner.analysis.downsample import Point, downsample
from tui_tuner.analysis.text import truncate
from tui_tuner.analysis.ticks import Scale, axis_scale, linear_scale, log_scale, time_scale, whole_scale
from tui_tuner.tui.widgets.plot_colours import Rgb, faint, rgb, style_of

_AXIS_LINES = 2
_DOTS_PER_ROW = 4
_DOTS_PER_COLUMN = 2
_MOST_INK = 2000
_FEWEST_BUCKETS = 12
_PLACES_UP = 64
"""Rows in which dots are told apart, at least as many as a screen has."""
_SMALLEST_WIDTH, _SMALLEST_HEIGHT = 16, 5


Range = tuple[float, float]


@dataclass(frozen=True)
class Line:
    """One line of a plot.

    Args:
        points: Finite values, positive ones on a log scale, ordered by x.
        colour: Name of a theme variable, or `#rrggbb`.
        faint: Drawn half-way to the background.
        dots: Only the points, not the line through them; then their order does not matter.
        symbol: What stands at each of the points: one character, one cell wide.
    """

    points: tuple[Point, ...]
    colour: str
    faint: bool = False
    dots: bool = False
    symbol: str = "•"


@dataclass(frozen=True)
class Mark:
    """One point that stands out.

    Args:
        symbol: One character, one cell wide.
        colour: Name of a theme variable.
    """

    point: Point
    symbol: str = "◆"
    colour: str = "status-best"


@dataclass(frozen=True)
class Plot:
    """What to draw.

    Args:
        log: Whether the y axis is logarithmic.
        mark: A point to mark, such as the best epoch.
        marks: More of them.
        x: What the x axis is: whole numbers such as epochs, numbers, seconds, or places on a hyperparameter's axis.
        window: The part of the x axis to show; all of it if `None`.
        limits: The part of the y axis to show; what the points in the window need if `None`.
        cursor: Where a vertical line stands.
    """

    lines: tuple[Line, ...] = ()
    log: bool = False
    mark: Point | None = None
    marks: tuple[Mark, ...] = ()
    x: Literal["whole", "number", "seconds"] | Axis = "whole"
    window: Range | None = None
    limits: Range | None = None
    cursor: float | None = None

    @property
    def is_empty(self) -> bool:
        return not any(line.points for line in self.lines)

    @property
    def all_marks(self) -> tuple[Mark, ...]:
        return self.marks if self.mark is None else (*self.marks, Mark(self.mark))


class LossPlot(Widget):
    """A line plot over epochs that fills the widget."""

    ALLOW_SELECT = False

    def __init__(self) -> None:
        super().__init__(id="plot")
        self._plot = Plot()
        self.too_small = "Too small to draw."
        """What stands where there is no room for the plot."""
        self._drawn: tuple[object, ...] = ()
        self._lines: list[Strip] = []

    @property
    def plot(self) -> Plot:
        return self._plot

    def set_plot(self, plot: Plot) -> None:
        """Draw `plot`; nothing happens if it is the one that is drawn."""
        if plot != self._plot:
            self._plot = plot
            self.refresh()

    def x_at(self, column: int) -> float | None:
        """The place on the x axis that a column of the widget shows; `None` left of the axis."""
        if self._plot.is_empty or not self.is_drawable:
            return None
        x_scale, y_scale = _scales(self._plot, *self.size)
        left = max(map(len, y_scale.labels), default=0) + 1
        width = self.size.width - left
        if width < 2 or not 0 <= column - left < width:
            return None
        return x_scale.low + (column - left) / (width - 1) * (x_scale.high - x_scale.low)

    @property
    def is_drawable(self) -> bool:
        """Whether there is room for anything."""
        return self.size.width >= _SMALLEST_WIDTH and self.size.height >= _SMALLEST_HEIGHT

    def render_lines(self, crop: Region) -> list[Strip]:
        key = (self._plot, self.size, self.app.theme, self.rich_style)
        if key != self._drawn:
            self._drawn, self._lines = key, self._draw()
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        return self._lines[y] if y < len(self._lines) else Strip.blank(self.size.width, self.rich_style)

    def _draw(self) -> list[Strip]:
        width, height = self.size
        if self._plot.is_empty:
            return []
        base, variables = self.rich_style, self.app.theme_variables
        if not self.is_drawable:
            dim = base + Style.from_color(Color.parse(variables["status-dim"]).rich_color)
            return [Strip([Segment(truncate(self.too_small, width), dim)]).adjust_cell_length(width, base)]
        names = {line.colour for line in self._plot.lines} | {mark.colour for mark in self._plot.all_marks}
        names |= {"status-dim", "status-track", "background"}
        colours = {name: rgb(variables.get(name, name)) for name in names}
        lines = draw(self._plot, width, height, colours, ansi=self.app.current_theme.ansi)
        return [Strip(Segment.apply_style(line, base)).adjust_cell_length(width, base) for line in lines]


def draw(plot: Plot, width: int, height: int, colours: dict[str, Rgb], *, ansi: bool = False) -> list[list[Segment]]:
    """The lines of the plot: at most `height`, of at most `width` cells.

    Args:
        colours: By theme variable: those of the lines and the marks, `status-dim`, `status-track` and `background`.
        ansi: Whether they are the terminal's own sixteen.
    """
    # Loading it takes 40 ms, which the first paint shall not wait for.
    import plotext

    x_scale, y_scale = _scales(plot, width, height)
    rows = height - _AXIS_LINES
    # The library has one figure for the whole process: it is cleared, filled and built in one go.
    plotext.clear_figure()
    plotext.limit_size(False, False)
    plotext.plot_size(width, height)
    plotext.canvas_color("default")
    plotext.axes_color("default")
    plotext.ticks_color(colours["status-dim"])
    plotext.xaxes(True, False)
    plotext.yaxes(True, False)
    if plot.cursor is not None and x_scale.low <= plot.cursor <= x_scale.high:
        xs, ys = [plot.cursor] * 2, [y_scale.low, y_scale.high]
        plotext.plot(xs, ys, marker="│", color=colours["status-track"])
    for line, parts in zip(plot.lines, _in_sight(plot, x_scale, y_scale, width, rows), strict=True):
        colour = colours[line.colour]
        if line.faint:
            colour = faint(colour, colours["background"], ansi=ansi)
        for part in parts:
            xs, ys = [x for x, _ in part], [y for _, y in part]
            if line.dots or len(line.points) == 1:
                plotext.scatter(xs, ys, marker=line.symbol, color=colour)
            else:
                plotext.plot(xs, ys, marker="braille", color=colour)
    for mark in plot.all_marks:
        x, y = mark.point[0], y_scale.place(within_reach(mark.point[1]))
        if x_scale.low <= x <= x_scale.high and y_scale.low <= y <= y_scale.high:
            plotext.scatter([x], [_on_line(y, y_scale, rows)], marker=mark.symbol, color=colours[mark.colour])
    plotext.xlim(x_scale.low, x_scale.high)
    plotext.ylim(y_scale.low, y_scale.high)
    plotext.xticks(list(x_scale.ticks), list(map(_narrow, x_scale.labels)))
    plotext.yticks(list(y_scale.ticks), list(y_scale.labels))
    return _read(plotext.build().rstrip("\n"), ansi=ansi)


_COLOUR = re.compile(r"\x1b\[([\d;]*)m")


def _read(built: str, *, ansi: bool) -> list[list[Segment]]:
    """What the library has built. It says nothing but foregrounds in RGB and their ends, which Rich's own reader takes
    three times as long to read."""
    lines: list[list[Segment]] = [[]]
    style: Style | None = None
    for place, part in enumerate(_COLOUR.split(built)):
        if place % 2:
            style = style_of(part, ansi=ansi)
            continue
        first, *others = part.split("\n")
        if first:
            lines[-1].append(Segment(first, style))
        lines += [[Segment(other, style)] if other else [] for other in others]
    return lines


Parts = list[list[Point]]


def _in_sight(plot: Plot, x_scale: Scale, y_scale: Scale, width: int, rows: int) -> list[Parts]:
    """What is in sight of each line, in parts.

    The library takes a few microseconds for each dot. So the thinner lines are, the more of them there are and the more
    they go up and down: each column of the plot has its extremes as long as there is ink for it.
    """
    found = [_parts(line, x_scale, y_scale, width) for line in plot.lines]
    strokes = [part for line, parts in zip(plot.lines, found, strict=True) if not line.dots for part in parts]
    ink = _ink(strokes, x_scale, y_scale, width, rows)
    if ink <= _MOST_INK:
        return found
    buckets = max(_FEWEST_BUCKETS, int(width * _MOST_INK / ink))
    return [
        parts if line.dots else _parts(line, x_scale, y_scale, buckets)
        for line, parts in zip(plot.lines, found, strict=True)
    ]


def _parts(line: Line, x_scale: Scale, y_scale: Scale, buckets: int) -> Parts:
    x, y = (x_scale.low, x_scale.high), (y_scale.low, y_scale.high)
    points = line.points if line.dots else downsample(within(line.points, *x), buckets)
    placed = [(at, y_scale.place(within_reach(value))) for at, value in points]
    if not line.dots:
        return clipped(placed, x, y)
    inside = [point for point in placed if x[0] <= point[0] <= x[1] and y[0] <= point[1] <= y[1]]
    # Of the points that fall together in a place one is enough.
    across, upwards = buckets / (x[1] - x[0]), _PLACES_UP / (y[1] - y[0])
    apart = {(int((at - x[0]) * across), int((value - y[0]) * upwards)): (at, value) for at, value in inside}
    return [list(apart.values())] if apart else []


def _ink(strokes: Parts, x_scale: Scale, y_scale: Scale, width: int, rows: int) -> float:
    """About how many dots the lines take."""
    across = _DOTS_PER_COLUMN * width / (x_scale.high - x_scale.low)
    upwards = _DOTS_PER_ROW * rows / (y_scale.high - y_scale.low)
    return sum(
        max((end[0] - start[0]) * across, abs(end[1] - start[1]) * upwards)
        for stroke in strokes
        for start, end in itertools.pairwise(stroke)
    )


def _narrow(label: str) -> str:
    """The library takes every character for one cell wide."""
    return "".join(character if cell_len(character) == 1 else "?" for character in label)


def _on_line(y: float, scale: Scale, rows: int) -> float:
    """Where a whole character must stand to be in the row of a line's dots, which the library rounds otherwise."""
    share = (y - scale.low) / (scale.high - scale.low)
    row = round(share * (_DOTS_PER_ROW * rows - 1)) // _DOTS_PER_ROW
    return scale.low + row / max(1, rows - 1) * (scale.high - scale.low)


def _scales(plot: Plot, width: int, height: int) -> tuple[Scale, Scale]:
    x_scale = _x_scale(plot, width)
    low, high = plot.limits or _extent(plot, x_scale.low, x_scale.high)
    make = log_scale if plot.log else linear_scale
    return x_scale, make(within_reach(low), within_reach(high), max(2, height // 3))


def _extent(plot: Plot, first: float, last: float) -> Range:
    """The lowest and the highest value in sight; of all values where none is in sight."""
    ends: list[float] = []
    for line in plot.lines:
        points = line.points if line.dots else within(line.points, first, last)
        values = [y for x, y in points if first <= x <= last]
        ends += [min(values), max(values)] if values else []
    ends = ends or [y for line in plot.lines for _, y in line.points]
    return min(ends), max(ends)


def _x_scale(plot: Plot, width: int) -> Scale:
    count = max(2, width // 10)
    if isinstance(plot.x, Axis):
        return axis_scale(plot.x, count)
    if plot.window is not None:
        low, high = plot.window
    else:
        xs = [line.points[index][0] for line in plot.lines if line.points for index in (0, -1) if not line.dots]
        xs += [x for line in plot.lines if line.dots for x, _ in line.points]
        low, high = min(xs), max(xs)
    return {"whole": whole_scale, "number": linear_scale, "seconds": time_scale}[plot.x](low, high, count)
