"""The best model so far: hyperparameters, score, layers, size, and how it does on the test data."""

from __future__ import annotations

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content

from tui_tuner.analysis.formatting import format_bytes, format_count, format_metric, format_spread, format_value
from tui_tuner.analysis.reruns import Repeated, repeated
from tui_tuner.analysis.text import clean, truncate
from tui_tuner.engine.view import SearchSource, SearchState, SearchView, TrialState, TrialView
from tui_tuner.tui.look import facts, pane_title, style
from tui_tuner.tui.state import ScreenState
from tui_tuner.tui.widgets.plain import Plain
from tui_tuner.worker.jobs import LayerSummary, ModelSummary

_LAYER_NAME_WIDTH = 24


class BestModelPane(VerticalScroll, can_focus=True):
    """What the best completed trial is made of."""

    def __init__(self, source: SearchSource) -> None:
        super().__init__(id="best")
        self._source = source
        self._text = Plain()
        self._state: ScreenState | None = None
        self._summary: tuple[str, ModelSummary | None] = ("", None)
        self._repeated: Repeated | None = None

    def compose(self) -> ComposeResult:
        yield self._text

    def on_mount(self) -> None:
        self.border_title = pane_title(4, "Best model")

    def on_resize(self) -> None:
        self._draw()

    def show(self, state: ScreenState) -> None:
        """Draw what is new in `state`."""
        best = state.view.best
        if self._state is None or state.view is not self._state.view:
            self._repeated = None if best is None else repeated(state.view).get(best.trial_id)
        self._state = state
        if best is not None and (self._summary[0] != best.trial_id or self._summary[1] is None):
            self._summary = (best.trial_id, self._source.model_summary(best.trial_id))
        self._draw()

    def _draw(self) -> None:
        if self._state is None:
            return
        view = self._state.view
        if view.best is None:
            self._text.put(Content.styled(_why_none(view), style("dim")))
            return
        width = max(20, self.scrollable_content_region.width)
        lines = _score_lines(view, view.best, self._repeated, width)
        if self._summary[1] is not None:
            lines += [Content(""), *_model_lines(self._summary[1], width)]
        self._text.put(Content("\n").join(lines))


def _why_none(view: SearchView) -> str:
    if view.constraints and any(trial.status is TrialState.COMPLETED for trial in view.trials.values()):
        return "\n".join(["No completed trial keeps to the constraints:", *map(clean, view.constraints)])
    return "No trial has completed yet." if view.state.is_live else "No trial was completed."


def _score_lines(view: SearchView, best: TrialView, together: Repeated | None, width: int) -> list[Content]:
    value_width = max(8, width - 14)
    score = Content.assemble((format_metric(best.score), style("best") + " bold"))
    rows: list[tuple[str, str | Content]] = [(clean(view.objective.name) or "score", score)]
    rows += [
        (f"test {clean(name)}", Content.assemble((format_metric(value), style("best") + " bold")))
        for name, value in (view.test_metrics or {}).items()
    ]
    if view.test_metrics is None and view.state is SearchState.RUNNING and view.data and view.data.test_rows:
        rows.append(("test data", Content.styled("evaluated at the end", style("dim"))))
    where = clean(best.trial_id) + (f", epoch {best.best_epoch + 1}" if best.best_epoch is not None else "")
    rows.append(("trial", where))
    if together is not None and together.spread is not None:
        rows.append(
            (f"{len(together.scores)} runs", f"{format_metric(together.mean)} ± {format_spread(together.spread)}")
        )
    rows += [(clean(name), format_value(value, value_width)) for name, value in best.tuned.items()]
    return facts(rows, width)


def _model_lines(summary: ModelSummary, width: int) -> list[Content]:
    """The layers in aligned columns, then the totals."""
    counts = [format_count(layer.parameters) for layer in summary.layers]
    count_width = max([len("parameters"), *map(len, counts)])
    shapes = [truncate(clean(layer.output_shape), 22) for layer in summary.layers]
    shape_width = max([len("output shape"), *map(cell_len, shapes)])
    name_width = max(8, min(_LAYER_NAME_WIDTH, width - shape_width - count_width - 4))
    heading = f"{'layer':<{name_width}}  {'output shape':<{shape_width}}  {'parameters':>{count_width}}"
    lines = [Content.styled(heading, style("dim"))]
    for layer, shape, count in zip(summary.layers, shapes, counts, strict=True):
        name = _layer_name(layer, name_width)
        padding = " " * (shape_width - cell_len(shape))
        lines.append(Content.assemble(name, "  ", (shape + padding, style("dim")), f"  {count:>{count_width}}"))
    trained = ""
    if summary.trainable_parameters != summary.parameters:
        trained = f", {format_count(summary.trainable_parameters)} trainable"
    total = f"{format_count(summary.parameters, 'parameter')}{trained}, {format_bytes(summary.size_bytes)}"
    return [*lines, Content.assemble(("total ", style("dim")), total)]


def _layer_name(layer: LayerSummary, width: int) -> Content:
    """`dense_1 Dense`, the kind left out where the name says it or there is no room."""
    name = truncate(clean(layer.name), width)
    kind = clean(layer.kind)
    rest = width - cell_len(name)
    if kind and kind.lower() not in name.lower() and cell_len(kind) + 1 <= rest:
        return Content.assemble(name, (f" {kind}", style("dim")), " " * (rest - cell_len(kind) - 1))
    return Content(name + " " * rest)
