"""The learning curves of the shown trial, training and validation."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content

from tui_tuner.analysis.curves import Curve, base_metrics, best_point, curves
from tui_tuner.analysis.formatting import format_count, format_metric, format_status
from tui_tuner.analysis.text import clean, truncate
from tui_tuner.engine.view import EpochView, Objective, SearchSource, TrialState, TrialView
from tui_tuner.tui.look import pane_title, style
from tui_tuner.tui.state import ScreenState
from tui_tuner.tui.widgets.loss_plot import Line, LossPlot, Plot
from tui_tuner.tui.widgets.plain import Plain

_METRIC_WIDTH = 24


class CurvesPane(Vertical, can_focus=True):
    """A legend and a plot. The metric and the scale stay the same when another trial is shown."""

    def __init__(self, source: SearchSource) -> None:
        super().__init__(id="curves")
        self._source = source
        self._legend = Plain("legend")
        self._plot = LossPlot()
        self._note = Plain("curves-note")
        self._state: ScreenState | None = None
        self._epochs: tuple[EpochView, ...] = ()
        self._read: TrialView | None = None
        self._metric: str | None = None
        self._log = False
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
        trial = state.shown
        if trial is not self._read:
            # Epochs are read again only when the trial itself has changed.
            self._epochs = self._source.epochs(trial.trial_id) if trial is not None else ()
            self._read = trial
        self._draw()

    def on_resize(self) -> None:
        self._draw()

    def next_metric(self) -> None:
        """Show the curves of the next metric."""
        names = self._metrics()
        if names:
            self._metric = names[(names.index(self.metric) + 1) % len(names)] if self.metric in names else names[0]
            self._draw()

    def toggle_log(self) -> None:
        """Switch between a linear and a logarithmic scale."""
        self._log = not self._log
        self._draw()

    @property
    def metric(self) -> str:
        """The metric shown, without `val_`."""
        names = self._metrics()
        if self._metric in names:
            return self._metric
        return names[0] if names else ""

    @property
    def is_log(self) -> bool:
        return self._log

    @property
    def plot(self) -> Plot:
        """What is drawn."""
        return self._plot.plot

    @property
    def text(self) -> str:
        """The legend, or what stands in place of the curves."""
        return self._legend.shown.plain + self._note.shown.plain

    def _objective(self) -> Objective:
        return self._state.view.objective if self._state else Objective("", "min")

    def _metrics(self) -> list[str]:
        return base_metrics(self._epochs, self._objective())

    def _draw(self) -> None:
        state = self._state
        if state is None:
            return
        self._put_title(state)
        found = curves(self._epochs, self.metric, log=self._log)
        objective = self._objective()
        latest = max((curve.execution for curve in found), default=0)
        mark = None
        for curve in found:
            if curve.execution == latest and curve.metric == objective.name:
                mark = best_point(curve, objective)
        plot = Plot(tuple(_line(curve, latest) for curve in found), self._log, mark)
        note = _why_empty(state.shown, self._epochs, found, self._log) if plot.is_empty else ""
        self._plot.display = not note
        self._legend.display = not note
        self._note.display = bool(note)
        self._note.put(Content.styled(note, style("dim")))
        self._legend.put(_legend([curve for curve in found if curve.execution == latest], mark, self.size.width))
        self._plot.set_plot(plot)

    def _put_title(self, state: ScreenState) -> None:
        shown = f"trial {truncate(clean(state.shown.trial_id), 12)}" if state.shown is not None else ""
        metric = truncate(clean(self.metric), _METRIC_WIDTH)
        title = pane_title(2, "Curves", shown, metric, "log scale" if self._log else "")
        if self._titled is None or not title.is_same(self._titled):
            self._titled = title
            self.border_title = title
        about = [_outcome(state.shown, self.size.width - 24)]
        executions = len({epoch.execution for epoch in self._epochs})
        if executions > 1:
            about.append(f"execution {executions}")
        if state.following and state.shown is not None and state.view.state.is_live:
            about.append("following")
        subtitle = Content("  ".join(part for part in about if part))
        if self._subtitled is None or not subtitle.is_same(self._subtitled):
            self._subtitled = subtitle
            self.border_subtitle = subtitle


def _line(curve: Curve, latest: int) -> Line:
    colour = "curve-validation" if curve.is_validation else "curve-train"
    return Line(curve.points, colour, faint=curve.execution != latest)


def _legend(shown: list[Curve], mark: tuple[float, float] | None, width: int) -> Content:
    """`━ train 0.8212   ━ validation 0.8011   ◆ best 0.8122 at epoch 7`, in fewer words where that is too wide."""
    curves_part = Content("")
    for curve in shown:
        name, colour = ("validation", "$curve-validation") if curve.is_validation else ("train", "$curve-train")
        value = format_metric(curve.points[-1][1]) if curve.points else "nan"
        dropped = f" ({format_count(curve.dropped, 'epoch')} not drawn)" if curve.dropped else ""
        part = Content.assemble(("━ ", colour), (f"{name} ", style("dim")), value, (f"{dropped}   ", style("warning")))
        curves_part = curves_part.append(part)
    if mark is None:
        return curves_part
    epoch, value_at = mark
    for words in (
        f"best {format_metric(value_at)} at epoch {epoch:.0f}",
        f"best epoch {epoch:.0f}",
        f"epoch {epoch:.0f}",
    ):
        legend = Content.assemble(curves_part, ("◆ ", style("best")), (words, style("dim")))
        if legend.cell_length <= width:
            break
    return legend


def _why_empty(trial: TrialView | None, epochs: tuple[EpochView, ...], found: list[Curve], log: bool) -> str:
    if trial is None:
        return "No trial yet."
    if found:
        unfit = "a positive number" if log else "a number"
        return f"No value of this metric is {unfit}."
    if epochs:
        return "No metric was logged."
    if trial.status is TrialState.RUNNING:
        return "The first epoch is running …"
    return f"No epoch was finished. {_message(trial)}"


def _outcome(trial: TrialView | None, width: int) -> str:
    """Why a trial ended otherwise than by completing, in at most `width` cells."""
    if trial is None or trial.status in (TrialState.RUNNING, TrialState.COMPLETED):
        return ""
    return truncate(_message(trial) or format_status(trial.status), max(8, width))


def _message(trial: TrialView) -> str:
    """The last line of a trial's message: of a traceback the exception."""
    return clean(trial.message.strip().rsplit("\n", 1)[-1])
