"""The analysis of a search: one plot at a time, over the whole screen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import ClassVar

from textual.binding import BindingType
from textual.containers import Container
from textual.widget import Widget

from tui_tuner.analysis.formatting import format_count
from tui_tuner.analysis.text import clean
from tui_tuner.engine.view import TrialState, TrialView
from tui_tuner.tui.actions import Situation, bindings
from tui_tuner.tui.actions.action import PlotSkill
from tui_tuner.tui.files import save_picture
from tui_tuner.tui.screens.over_search import OverSearch
from tui_tuner.tui.state import ScreenState
from tui_tuner.tui.trial_colours import COLOURS
from tui_tuner.tui.widgets.analysis_plot import AnalysisPlot, Material
from tui_tuner.tui.widgets.contour_plot import ContourPlot
from tui_tuner.tui.widgets.distribution_plot import DistributionPlot
from tui_tuner.tui.widgets.failures_plot import FailuresPlot
from tui_tuner.tui.widgets.history_plot import HistoryPlot
from tui_tuner.tui.widgets.importance_plot import ImportancePlot
from tui_tuner.tui.widgets.matrix_plot import MatrixPlot
from tui_tuner.tui.widgets.parallel_plot import ParallelPlot
from tui_tuner.tui.widgets.pareto_plot import ParetoPlot
from tui_tuner.tui.widgets.plot_tabs import PlotTabs
from tui_tuner.tui.widgets.slice_plot import SlicePlot
from tui_tuner.tui.widgets.timeline_plot import TimelinePlot

_SECTION = "analysis"
_TICK_S = 2.0
"""How often a plot over time is drawn while nothing else is new."""


class AnalysisScreen(OverSearch):
    """Only the plot in sight is drawn, and again only when a trial has ended: most plots take no part in epochs."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("analysis")
    scope = "analysis"

    def __init__(self) -> None:
        super().__init__()
        self._plots: tuple[AnalysisPlot, ...] = (
            HistoryPlot(),
            ImportancePlot(),
            SlicePlot(),
            ContourPlot(),
            ParallelPlot(),
            MatrixPlot(),
            DistributionPlot(),
            TimelinePlot(),
            FailuresPlot(),
            ParetoPlot(),
        )
        self._tabs = PlotTabs()
        self._place = 0
        self._state: ScreenState | None = None
        self._material: Material | None = None
        self._drawn = False
        self._ended: tuple[TrialView, ...] = ()
        self._ticked = 0.0

    def body(self) -> Iterable[Widget]:
        yield self._tabs
        yield Container(*self._plots, id="plots")

    def on_mount(self) -> None:
        kept = self.search.choices.read(_SECTION).get("plot")
        self._place = next((place for place, plot in enumerate(self._offered) if plot.id == kept), 0)
        self._put_in_sight()

    @property
    def _offered(self) -> tuple[AnalysisPlot, ...]:
        """A search for one objective has no front."""
        state = self.search.state
        return self._plots if state is not None and state.view.other_objectives else self._plots[:-1]

    @property
    def plot(self) -> AnalysisPlot:
        """The plot in sight."""
        return self._plots[self._place]

    @property
    def situation(self) -> Situation:
        moves: frozenset[PlotSkill] = frozenset({"move"} if self.plot.arrows else ())
        return replace(super().situation, plot_can=self.plot.can | moves)

    def show(self, state: ScreenState) -> None:
        self._state = state
        ended = tuple(trial for trial in state.view.trials.values() if trial.status is not TrialState.RUNNING)
        before = self._material
        if before is None or not _same(ended, self._ended) or before.marked != state.marked:
            self._ended = ended
            self._material = self._new_material(state)
            self._drawn = False
        if not self._drawn or self.plot.follows_time:
            self._draw()

    def tick(self, now: float) -> None:
        super().tick(now)
        is_live = self._state is not None and self._state.view.state.is_live
        if is_live and self.plot.follows_time and now - self._ticked >= _TICK_S:
            self._ticked = now
            self._draw()

    def _new_material(self, state: ScreenState) -> Material:
        theme, has_colour = self.app.current_theme, not self.app.no_color
        return Material(state.view, self.search.now(), state.marked, theme.dark, theme.ansi, has_colour)

    def _draw(self) -> None:
        state, material = self._state, self._material
        if state is None or material is None:
            return
        if self.plot.follows_time:
            material = self._new_material(state)
        self._drawn = True
        self.plot.show(material)

    def _put_in_sight(self) -> None:
        for plot in self._plots:
            plot.display = plot is self.plot
        self._keys.show(self.situation)
        hint = f"← → ↑ ↓ {self.plot.arrows}" if self.plot.arrows else ""
        self._tabs.show([plot.label for plot in self._offered], self._place, hint)
        self._draw()

    # What the person asks for

    def action_plot(self, number: int) -> None:
        if number <= len(self._offered):
            self._place = number - 1
            self.search.choices.keep(_SECTION, {"plot": self.plot.id})
            self._put_in_sight()

    def action_plot_next(self) -> None:
        self.action_plot((self._place + 1) % len(self._offered) + 1)

    def action_plot_previous(self) -> None:
        self.action_plot((self._place - 1) % len(self._offered) + 1)

    def on_plot_tabs_picked(self, message: PlotTabs.Picked) -> None:
        self.action_plot(message.place + 1)

    def action_plot_left(self) -> None:
        self.plot.move(-1, 0)

    def action_plot_right(self) -> None:
        self.plot.move(1, 0)

    def action_plot_up(self) -> None:
        self.plot.move(0, 1)

    def action_plot_down(self) -> None:
        self.plot.move(0, -1)

    def action_plot_toggle(self) -> None:
        self.plot.toggle()

    def action_close(self) -> None:
        if not self.plot.clear():
            super().action_close()

    def action_plot_mark(self) -> None:
        chosen = self.plot.selected[: len(COLOURS)]
        if chosen:
            self.search.mark(chosen)
            self.notify(f"{format_count(len(chosen), 'trial')} marked: their curves are drawn together.", markup=False)
        else:
            self.notify("Nothing is chosen in this plot.", severity="warning", markup=False)

    def action_plot_svg(self) -> None:
        self._save(svg=True)

    def action_plot_png(self) -> None:
        self._save(svg=False)

    def _save(self, *, svg: bool) -> None:
        if self._state is not None:
            view = self._state.view
            title = f"{clean(view.name)}: {self.plot.label.lower()}"
            save_picture(self.app, (self.plot.id or "",), self.plot.parts, title, view.root, svg=svg)


def _same(one: tuple[TrialView, ...], other: tuple[TrialView, ...]) -> bool:
    """Whether these are the very same objects: a trial that has changed is another one."""
    return len(one) == len(other) and all(a is b for a, b in zip(one, other, strict=True))
