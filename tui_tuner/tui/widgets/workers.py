"""The workers, a line each: the trial at work with its progress, or what the worker does meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from textual.content import Content

from tui_tuner.analysis.formatting import format_count, format_metric, format_share, format_spread
from tui_tuner.analysis.progress import epochs_done, trial_fraction
from tui_tuner.analysis.projection import Projection
from tui_tuner.analysis.text import clean, truncate
from tui_tuner.engine.view import SearchSource, SearchView, TrialView, WorkerView
from tui_tuner.tui.look import bar_content, style
from tui_tuner.tui.projections import Projections
from tui_tuner.tui.state import ScreenState
from tui_tuner.tui.widgets.plain import Plain

_NAME_WIDTH = 16
_DEVICE_WIDTH = 12
_TRIAL_WIDTH = 12
_SMALLEST_BAR = 8
_WIDEST_BAR = 40


class WorkerStrip(Plain):
    """One line a worker, at most `max_lines`; gone while there is none.

    Args:
        source: Where epochs are read, to say what the running trials will come to.
        guard: Runs what reads from the source, and takes care of its errors.
    """

    def __init__(self, source: SearchSource, guard: Callable[[Callable[[], None]], None]) -> None:
        super().__init__("workers")
        self._projections = Projections(source)
        self._guard = guard
        self._projected: Mapping[str, Projection] = {}
        self.max_lines = 4
        self._state: ScreenState | None = None

    def show(self, state: ScreenState) -> None:
        """Draw what is new in `state`."""
        self._state = state
        lines = []
        if state.view.state.is_live and self.max_lines:
            self._guard(lambda: self._project(state.view))
            lines = _lines(state, self._projected, self.max_lines, self.app.size.width - 2)
        self.display = bool(lines)
        self.put(Content("\n").join(lines))

    def _project(self, view: SearchView) -> None:
        self._projected = self._projections.of(view)

    def on_resize(self) -> None:
        if self._state is not None:
            self.show(self._state)


def _lines(state: ScreenState, projected: Mapping[str, Projection], limit: int, width: int) -> list[Content]:
    workers = sorted(state.view.workers, key=lambda worker: worker.trial_id is None)
    if len(workers) <= limit:
        return [_line(state, projected, worker, width) for worker in sorted(workers, key=lambda worker: worker.name)]
    rest = workers[limit - 1 :]
    training = sum(worker.trial_id is not None for worker in rest)
    more = f"and {format_count(len(rest), 'more worker')}, {training} of them training"
    return [
        *(_line(state, projected, worker, width) for worker in workers[: limit - 1]),
        Content.styled(more, style("dim")),
    ]


def _line(state: ScreenState, projected: Mapping[str, Projection], worker: WorkerView, width: int) -> Content:
    view = state.view
    name = f"{truncate(clean(worker.name), _NAME_WIDTH)} "
    device = f" {truncate(clean(worker.device), _DEVICE_WIDTH):<5}  "
    trial = view.trials.get(worker.trial_id) if worker.trial_id is not None else None
    head = Content.assemble((name, ""), (device, style("dim")))
    if trial is None:
        return Content.assemble(head, (clean(worker.activity) or "idle", style("dim"))).truncate(width, ellipsis=True)
    done, planned = epochs_done(trial)
    epochs = f"epoch {done} of {planned}" if planned else format_count(done, "epoch")
    label = Content.assemble(("trial ", style("dim")), truncate(clean(trial.trial_id), _TRIAL_WIDTH))
    score = Content.assemble((epochs, ""), *_live_score(view, trial))
    projection = projected.get(trial.trial_id)
    # What there is the least room for goes first: the chance, the projection, then the bar.
    ends = [] if projection is None else [_projection(projection, with_chance=chance) for chance in (True, False)]
    if trial.trial_id in state.skipping:
        ends = [Content.styled("   ends with its epoch", style("warning"))]
    for after in [score.append(end) for end in ends] + [score]:
        room = min(_WIDEST_BAR, width - head.cell_length - label.cell_length - after.cell_length - 4)
        if room >= _SMALLEST_BAR:
            break
    if room < _SMALLEST_BAR:
        return Content.assemble(head, label, "  ", after).truncate(width, ellipsis=True)
    return Content.assemble(head, label, "  ", bar_content(trial_fraction(trial), room), "  ", after)


def _live_score(view: SearchView, trial: TrialView) -> list[tuple[str, str]]:
    if trial.live_score is None:
        return []
    return [(f"   {truncate(clean(view.objective.name), 24)} ", style("dim")), (format_metric(trial.live_score), "")]


def _projection(projection: Projection, *, with_chance: bool) -> Content:
    """`projected 0.8412 ± 0.012, 12 % to be the best`."""
    chance = ""
    if with_chance and projection.chance is not None:
        chance = f", {format_share(projection.chance)} to be the best"
    return Content.assemble(
        ("   projected ", style("dim")),
        format_metric(projection.score),
        (f" ± {format_spread(projection.spread)}{chance}", style("dim")),
    )
