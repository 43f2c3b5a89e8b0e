"""The learning curves: of the shown trial, of the marked ones, and what they are measured by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content

from tui_tuner.analysis.curves import Over, usual_range
from tui_tuner.analysis.downsample import Point
from tui_tuner.analysis.text import clean
from tui_tuner.engine.view import SearchSource
from tui_tuner.tui.actions import Availability, bindings
from tui_tuner.tui.choices import Choices
from tui_tuner.tui.look import pane_title, style
from tui_tuner.tui.stacking import open_over
from tui_tuner.tui.state import ScreenState
from tui_tuner.tui.widgets.curve_drawing import legend
from tui_tuner.tui.widgets.curve_settings import NO_LIMITS, SMOOTHINGS, CurveSettings, following
from tui_tuner.tui.widgets.curve_trials import CurveTrials
from tui_tuner.tui.widgets.curve_words import curves_subtitle, curves_title, why_empty
from tui_tuner.tui.widgets.loss_plot import LossPlot, Plot, Range
from tui_tuner.tui.widgets.plain import Plain
from tui_tuner.tui.widgets.plot_window import PlotWindow

if TYPE_CHECKING:
    from tui_tuner.tui.screens.form import Texts

_SECTION = "curves"
_ZOOM = 2.0
_PAN = 0.25
_TALL = 16
"""From so many lines on, the legend may take two of them."""


class CurvesPane(Vertical, can_focus=True):
    """A legend and a plot. What a person chooses stays the same when another trial is shown, and is kept.

    Args:
        source: Where epochs are read.
        choices: What the person has chosen for the view of this search.
    """

    BINDINGS: ClassVar[list[BindingType]] = bindings("curves")

    def __init__(self, source: SearchSource, choices: Choices | None = None) -> None:
        super().__init__(id="curves")
        self._trials = CurveTrials(source)
        self._choices = choices or Choices()
        self._settings = CurveSettings.from_choices(self._choices.read(_SECTION))
        self._window = PlotWindow()
        self._legend = Plain("legend")
        self._plot = LossPlot()
        self._note = Plain("curves-note")
        self._state: ScreenState | None = None
        self._titled: Content | None = None
        self._subtitled: Content | None = None

    def compose(self) -> ComposeResult:
        yield self._legend
        yield self._note
        yield self._plot

    def on_mount(self) -> None:
        self.border_title = pane_title(2, "Curves")

    def show(self, state: ScreenState) -> None:
        """Draw what is new in `state`."""
        self._state = state
        self._trials.take_in(state, self._settings)
        self._draw()

    def on_resize(self) -> None:
        self._draw()

    # What is shown

    @property
    def metric(self) -> str:
        """The metric shown, without `val_`."""
        names = self._metrics()
        if self._settings.metric in names:
            return self._settings.metric
        return names[0] if names else ""

    @property
    def settings(self) -> CurveSettings:
        return self._settings

    @property
    def is_log(self) -> bool:
        return self._settings.log

    @property
    def cursor(self) -> float | None:
        """Where the cursor is, on the x axis."""
        return self._window.cursor

    @property
    def window(self) -> Range | None:
        """The part of the x axis in sight, if it is not all."""
        return self._window.part

    @property
    def plot(self) -> Plot:
        """What is drawn."""
        return self._plot.plot

    def offer_room(self, key: str) -> None:
        """Where there is no room to draw, say which key makes some."""
        self._plot.too_small = f"Too small to draw: {key} gives it all the place."

    @property
    def text(self) -> str:
        """The legend, or what stands in place of the curves."""
        return self._legend.shown.plain + self._note.shown.plain

    def _metrics(self) -> list[str]:
        return self._trials.metrics(self._state) if self._state is not None else []

    # Drawing

    def _draw(self) -> None:
        state = self._state
        if state is None:
            return
        metric, settings, trials = self.metric, self._trials.applied(state, self._settings), self._trials
        front, guides = trials.front(state, settings, metric), trials.guides(state, settings, metric)
        own = [*trials.others(state, settings, metric), *([front] if front is not None else [])]
        drawn = [*guides, *own]
        longest = max((curve.points for each in drawn for curve in each.found), key=len, default=())
        self._window.set_places([x for x, _ in longest])
        lines = tuple(line for each in drawn for line in each.lines)
        plot = Plot(
            lines,
            settings.log,
            marks=tuple(mark for each in drawn for mark in each.marks),
            x="seconds" if settings.over is Over.TIME else "whole",
            window=self._window.part,
            limits=self._y_range([line.points for line in lines], metric),
            cursor=self._window.cursor,
        )
        is_empty = not any(line.points for each in own for line in each.lines)
        note = why_empty(state, trials.read_of(state.shown), own, is_log=settings.log) if is_empty else ""
        self._put_title(state, settings, metric)
        self._plot.display = not note
        self._legend.display = not note
        self._note.display = bool(note)
        self._note.put(Content.styled(note, style("dim")))
        entries = [entry for each in (*reversed(own), *guides) for entry in each.entries]
        best = front.best if front is not None else None
        lines_of_legend = 2 if self.size.height >= _TALL else 1
        self._legend.put(legend(entries, best, self._window.cursor, settings.over, self.size.width, lines_of_legend))
        self._plot.set_plot(plot)

    def _y_range(self, lines: Sequence[Sequence[Point]], metric: str) -> Range | None:
        """What is in sight of the y axis, if the person has said anything about it."""
        low, high = self._settings.limits.get(metric, NO_LIMITS)
        usual = usual_range(lines) if self._settings.clip else None
        if low is None and high is None:
            return usual
        if low is None or high is None:
            values = usual or [y for points in lines for _, y in points] or [0.0]
            low = min(values) if low is None else low
            high = max(values) if high is None else high
        if self._settings.log and low <= 0:
            low = min((y for points in lines for _, y in points), default=0.0)
        return (low, high) if low < high and (low > 0 or not self._settings.log) else None

    def _put_title(self, state: ScreenState, settings: CurveSettings, metric: str) -> None:
        title = curves_title(state, settings, metric, is_zoomed=self._window.part is not None)
        if self._titled is None or not title.is_same(self._titled):
            self._titled = title
            self.border_title = title
        subtitle = curves_subtitle(state, self._trials.read_of(state.shown), self.size.width - 4)
        if self._subtitled is None or not subtitle.is_same(self._subtitled):
            self._subtitled = subtitle
            self.border_subtitle = subtitle

    # What the person asks for

    def check_action(self, action: str, parameters: tuple[object, ...]) -> Availability:
        return not self._window.is_plain if action == "curve_clear" else True

    def next_metric(self) -> None:
        """Show the curves of the next metric."""
        names = self._metrics()
        if names:
            metric = names[(names.index(self.metric) + 1) % len(names)] if self.metric in names else names[0]
            self._choose(replace(self._settings, metric=metric))

    def toggle_log(self) -> None:
        """Switch between a linear and a logarithmic scale."""
        self._choose(replace(self._settings, log=not self._settings.log))

    def action_curve_smooth(self) -> None:
        place = SMOOTHINGS.index(self._settings.smoothing)
        self._choose(replace(self._settings, smoothing=SMOOTHINGS[(place + 1) % len(SMOOTHINGS)]))

    def action_curve_over(self) -> None:
        if self._state is None:
            return
        self._window.reset()
        before = self._trials.applied(self._state, self._settings).over
        chosen = following(self._settings.over)
        self._choose(replace(self._settings, over=chosen))
        if self._trials.applied(self._state, self._settings).over is before:  # its steps are not known
            self._choose(replace(self._settings, over=following(chosen)))

    def action_curve_kinds(self) -> None:
        self._choose(replace(self._settings, kinds=following(self._settings.kinds)))

    def action_curve_clip(self) -> None:
        self._choose(replace(self._settings, clip=not self._settings.clip))

    def action_curve_guides(self) -> None:
        self._choose(replace(self._settings, guides=not self._settings.guides))

    def action_curve_svg(self) -> None:
        self._save(svg=True)

    def action_curve_png(self) -> None:
        self._save(svg=False)

    def _save(self, *, svg: bool) -> None:
        state = self._state
        if state is None:
            return
        from tui_tuner.tui.files import save_picture  # only those wait for it who want a picture

        title = f"{clean(state.view.name)}: {clean(self.metric)}"
        widgets = (self._legend, self._note, self._plot)
        shown = [state.shown.trial_id] if state.shown is not None else []
        trials = dict.fromkeys([*state.marked, *shown])
        save_picture(self.app, ("curves", *trials, self.metric), widgets, title, state.view.root, svg=svg)

    def action_curve_limits(self) -> None:
        metric = self.metric
        if metric:
            from tui_tuner.tui.screens.limits import limits_form  # the first frame does not wait for forms

            form = limits_form(metric, self._settings.limits.get(metric, NO_LIMITS))
            open_over(self.app, form, lambda texts: self._set_limits(metric, texts))

    def _set_limits(self, metric: str, texts: Texts | None) -> None:
        if texts is not None:
            from tui_tuner.tui.screens.limits import limits_of

            self._choose(self._settings.with_limits(metric, limits_of(texts)))

    def _choose(self, settings: CurveSettings) -> None:
        self._settings = settings
        self._choices.keep(_SECTION, settings.to_choices())
        if self._state is not None:
            self.show(self._state)

    def action_curve_left(self) -> None:
        self._move(-1)

    def action_curve_right(self) -> None:
        self._move(1)

    def _move(self, steps: int) -> None:
        self._window.move_cursor(steps, self._plot.size.width)
        self._draw()

    def action_curve_first(self) -> None:
        self._window.to_end(last=False)
        self._draw()

    def action_curve_last(self) -> None:
        self._window.to_end(last=True)
        self._draw()

    def action_curve_zoom_in(self) -> None:
        self._zoom(1 / _ZOOM)

    def action_curve_zoom_out(self) -> None:
        self._zoom(_ZOOM)

    def _zoom(self, factor: float) -> None:
        self._window.zoom(factor)
        self._draw()

    def action_curve_pan_left(self) -> None:
        self._pan(-_PAN)

    def action_curve_pan_right(self) -> None:
        self._pan(_PAN)

    def _pan(self, share: float) -> None:
        self._window.pan(share)
        self._draw()

    def action_curve_clear(self) -> None:
        self._window.clear()
        self._draw()

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self._plot)
        x = self._plot.x_at(offset.x) if offset is not None else None
        if x is not None:
            self._window.put_cursor(x)
            self._draw()
