"""What each worker did when."""

from __future__ import annotations

from collections.abc import Callable

from rich.cells import cell_len
from textual.content import Content

from tui_tuner.analysis.formatting import format_duration, format_metric, format_share, format_status
from tui_tuner.analysis.text import clean, truncate
from tui_tuner.analysis.ticks import time_scale
from tui_tuner.analysis.timeline import Lane, Span, Timeline, timeline
from tui_tuner.engine.view import TrialState
from tui_tuner.tui.look import TRIAL_LOOKS, style
from tui_tuner.tui.widgets.analysis_plot import Material
from tui_tuner.tui.widgets.canvas import Canvas
from tui_tuner.tui.widgets.painted import Painted
from tui_tuner.tui.widgets.plot_window import Range
from tui_tuner.tui.widgets.windowed_plot import WindowedPlot

_NAME_WIDTH = 20
_BUSY_WIDTH = 6
_FILL, _CHOSEN = "█", "▒"
_FILLS = {TrialState.RUNNING: "━", TrialState.STOPPED: "▒", TrialState.FAILED: "░", TrialState.INTERRUPTED: "▄"}
"""Where there are no colours; completed trials are filled."""

_CHOSEN_UNCOLOURED = "●"

FillOf = Callable[[Span], str]
"""The character that a trial is drawn with."""


class TimelinePlot(WindowedPlot):
    """A line for each worker. The arrows go from trial to trial, and zoom."""

    label = "Timeline"
    follows_time = True

    def __init__(self) -> None:
        self._painted = Painted("painted")
        super().__init__("timeline", self._painted)
        self._found: Timeline | None = None

    def draw(self, material: Material) -> str:
        found = self._found = timeline(material.view, material.now)
        if found is None:
            return "No trial has begun yet."
        starts = {span.start_s for lane in found.lanes for span in lane.spans}
        self.window.set_places(sorted({*starts, found.length_s}))
        window = self.window.part or (0.0, found.length_s or 1.0)
        cursor = self.window.cursor
        present = dict.fromkeys(span.status for lane in found.lanes for span in lane.spans)
        legend = [
            Content.assemble(
                (f"{_fill(status, material)} ", style(TRIAL_LOOKS[status].colour)),
                (format_status(status), style("dim")),
            )
            for status in TRIAL_LOOKS
            if status in present
        ]
        self.caption(*self._at_cursor(material), *legend, Content.assemble(("busy ", style("dim")), _busy(found)))
        selected = set(self.selected)
        chosen = _CHOSEN if material.has_colour else _CHOSEN_UNCOLOURED

        def fill_of(span: Span) -> str:
            return chosen if span.trial_id in selected else _fill(span.status, material)

        self._painted.set_paint(lambda canvas: _paint(canvas, found, window, cursor, fill_of))
        return ""

    def _at_cursor(self, material: Material) -> list[Content]:
        cursor = self.window.cursor
        if cursor is None:
            return []
        parts = [Content.styled(f"after {format_duration(cursor, fine=True)}", "bold")]
        for trial_id in self.selected:
            trial = material.view.trials[trial_id]
            took = "" if trial.duration_s is None else f", {format_duration(trial.duration_s, fine=True)}"
            parts.append(Content(f"trial {clean(trial_id)} {format_metric(trial.shown_score)}{took}"))
        return parts

    @property
    def selected(self) -> tuple[str, ...]:
        """The trials that begin at the cursor."""
        cursor = self.window.cursor
        if cursor is None or self._found is None:
            return ()
        return tuple(span.trial_id for lane in self._found.lanes for span in lane.spans if span.start_s == cursor)


def _fill(status: TrialState, material: Material) -> str:
    return _FILL if material.has_colour else _FILLS.get(status, _FILL)


def _busy(found: Timeline) -> str:
    return format_share(sum(lane.busy for lane in found.lanes) / len(found.lanes))


def _paint(canvas: Canvas, found: Timeline, window: Range, cursor: float | None, fill_of: FillOf) -> None:
    names = [truncate(clean(lane.worker) or "no worker", min(_NAME_WIDTH, canvas.width // 4)) for lane in found.lanes]
    left = max(map(cell_len, names)) + 2
    width = canvas.width - left - _BUSY_WIDTH
    rows = canvas.height - 2
    if width < 8 or rows < 1:
        return
    step = 2 if 2 * len(found.lanes) <= rows else 1
    low, high = window
    per_cell = (high - low) / width
    shown = found.lanes[: rows // step]
    for index, (lane, name) in enumerate(zip(shown, names, strict=False)):
        y = index * step
        canvas.text(0, y, name)
        canvas.right(canvas.width, y, format_share(lane.busy), "status-dim")
        canvas.fill(left, y, "─", "status-track", count=width)
        _lane(canvas, lane, y, left, width, low, per_cell, fill_of)
    bottom = len(shown) * step
    if len(shown) < len(found.lanes):
        canvas.right(canvas.width, bottom, f"{len(found.lanes) - len(shown)} more workers", "status-warning")
    scale = time_scale(low, high, max(2, width // 12))
    canvas.fill(left, bottom, "─", "status-dim", count=width)
    for tick, label in zip(scale.ticks, scale.labels, strict=True):
        x = left + round((tick - low) / (high - low) * (width - 1))
        if left <= x < left + width:
            canvas.fill(x, bottom, "┬", "status-dim")
            canvas.text(max(0, min(canvas.width - len(label), x - len(label) // 2)), bottom + 1, label, "status-dim")
    if cursor is not None and low <= cursor <= high:
        canvas.fill(left + min(width - 1, int((cursor - low) / per_cell)), bottom, "▲", "status-best")


def _lane(
    canvas: Canvas, lane: Lane, y: int, left: int, width: int, low: float, per_cell: float, fill_of: FillOf
) -> None:
    """The trials of a worker; each leaves its last cell free where it has more than two, so that two are told apart."""
    for span in lane.spans:
        start = max(0, round((span.start_s - low) / per_cell))
        end = min(width, max(start + 1, round((span.end_s - low) / per_cell)))
        if end <= 0 or start >= width or end <= start:
            continue
        colour = f"status-{TRIAL_LOOKS[span.status].colour}"
        length = end - start - (end - start > 2 and span.status is not TrialState.RUNNING)
        canvas.fill(left + start, y, fill_of(span), colour, count=length)
        name = clean(span.trial_id)
        if cell_len(name) + 2 <= length:
            canvas.text(left + start + 1, y, name, "background", colour)
