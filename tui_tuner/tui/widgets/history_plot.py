"""The history of the search: scores in the order of the trials, and the best until then."""

from __future__ import annotations

from textual.content import Content

from tui_tuner.analysis.formatting import format_count, format_metric
from tui_tuner.analysis.history import history
from tui_tuner.analysis.text import clean
from tui_tuner.tui.look import TRIAL_LOOKS, style
from tui_tuner.tui.widgets.analysis_plot import Material
from tui_tuner.tui.widgets.loss_plot import Line, LossPlot, Mark, Plot
from tui_tuner.tui.widgets.windowed_plot import WindowedPlot

_STOPPED, _VIOLATING = "■", "○"


class HistoryPlot(WindowedPlot):
    """Points, and a line of steps. The arrows go from trial to trial, and zoom."""

    label = "History"

    def __init__(self) -> None:
        self._plot = LossPlot()
        super().__init__("history", self._plot)

    def draw(self, material: Material) -> str:
        view = material.view
        found = history(view)
        points = sorted((*found.completed, *found.violating, *found.stopped))
        if not points:
            return "No trial has a score yet." if view.trials else "No trial yet."
        self.window.set_places([x for x, _ in points])
        marks = [
            Mark((trial.number + 1.0, trial.score), "●", material.marked[trial.trial_id])
            for trial in material.scored.trials
            if trial.trial_id in material.marked and trial.score is not None
        ]
        self._plot.set_plot(
            Plot(
                (
                    Line(found.violating, "status-dim", dots=True, symbol=_VIOLATING),
                    Line(found.stopped, "status-warning", faint=True, dots=True, symbol=_STOPPED),
                    Line(found.completed, "status-completed", dots=True),
                    Line(found.best, "status-best"),
                ),
                marks=tuple(marks),
                window=self.window.part,
                cursor=self.window.cursor,
            )
        )
        violating, stopped = len(found.violating), len(found.stopped)
        infinite, unscored = len(found.infinite), len(found.unscored)
        self.caption(
            *self._at_cursor(material),
            _counted("• ", "completed", len(found.completed), "completed"),
            _counted(f"{_VIOLATING} ", "dim", violating, "outside the constraints") if violating else "",
            _counted(f"{_STOPPED} ", "warning", stopped, "stopped") if stopped else "",
            Content.assemble(("━ ", style("best")), ("best until then", style("dim"))),
            (f"{format_count(infinite)} with an infinite score not drawn", style("warning")) if infinite else "",
            (f"{format_count(unscored)} without a score", style("dim")) if unscored else "",
        )
        return ""

    def _at_cursor(self, material: Material) -> list[Content]:
        """The trial that the cursor is on."""
        trials = [material.view.trials[trial_id] for trial_id in self.selected]
        return [
            Content.assemble(
                (f"{TRIAL_LOOKS[trial.status].symbol} ", style(TRIAL_LOOKS[trial.status].colour)),
                f"trial {clean(trial.trial_id)} ",
                (format_metric(trial.score), "bold"),
            )
            for trial in trials
        ]

    @property
    def selected(self) -> tuple[str, ...]:
        cursor = self.window.cursor
        if cursor is None or self.material is None:
            return ()
        trials = self.material.view.trials.values()
        return tuple(trial.trial_id for trial in trials if trial.number + 1 == cursor)


def _counted(symbol: str, colour: str, count: int, what: str) -> Content:
    return Content.assemble((symbol, style(colour)), format_count(count), (f" {what}", style("dim")))
