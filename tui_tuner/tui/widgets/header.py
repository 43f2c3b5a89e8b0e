"""The top of the screen: which search, its state, how far it is, the best score, the time."""

from __future__ import annotations

import math

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content

from tui_tuner.analysis.formatting import format_bytes, format_count, format_duration, format_metric, format_share
from tui_tuner.analysis.outlook import chance_of_better
from tui_tuner.analysis.progress import SearchProgress, TimeLeft, search_progress
from tui_tuner.analysis.text import clean, truncate
from tui_tuner.engine.view import SearchState, SearchView
from tui_tuner.tui.look import SEARCH_LOOKS, bar_content, style
from tui_tuner.tui.state import ScreenState
from tui_tuner.tui.widgets.plain import Plain

_TICKING = (SearchState.STARTING, SearchState.RUNNING, SearchState.STOPPING)
_NAME_WIDTH = 32
_SMALLEST_BAR = 8
_WHOLE_CLOCK, _BOTH_TIMES = 98, 60
"""From how many columns on the clock says what its times are, and both of them."""


class SearchHeader(Vertical):
    """Two lines. Only the clock at the right end of the first changes with time alone."""

    def __init__(self) -> None:
        super().__init__(id="header")
        self._title = Plain("title")
        self._clock = Plain("clock")
        self._progress = Plain("progress")
        self._state: ScreenState | None = None
        self._now = 0.0
        self._second = -1
        self._time_left: TimeLeft | None = None
        self._chance: float | None = None
        self._chance_of: tuple[object, ...] = ()

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield self._title
            yield self._clock
        yield self._progress

    def show(self, state: ScreenState, now: float) -> None:
        """Draw what is new in `state`; `now` is in seconds since the epoch."""
        is_new = self._state is None or self._state.view is not state.view
        self._state = state
        self._title.put(_title(state))
        self._now = now
        # Both look at all trials: not for each key that only chooses another trial.
        if is_new:
            self._put_progress()
        if is_new or int(state.view.elapsed_s(now)) != self._second:
            self._put_clock(now)

    def tick(self, now: float) -> None:
        """Let time pass. Nothing is repainted unless the search runs and a whole second is over."""
        state = self._state
        if state is not None and state.view.state in _TICKING and int(state.view.elapsed_s(now)) != self._second:
            self._put_clock(now)

    def on_resize(self) -> None:
        if self._state is not None:
            self._put_progress()
            self._put_clock(self._now)

    def _put_progress(self) -> None:
        assert self._state is not None
        view, now = self._state.view, self._now
        progress = search_progress(view, now)
        # Looking at all trials for it takes longer than drawing the line; one trial in a hundred hardly changes it.
        ended = progress.ended if progress.ended < 100 else int(100 * math.log(progress.ended))
        key = (ended, view.best_trial_id, view.max_trials, view.max_time_s, view.state)
        if key != self._chance_of:
            self._chance_of, self._chance = key, chance_of_better(view, now)
        self._progress.put(_progress(view, progress, self._chance, self.size.width))

    def _put_clock(self, now: float) -> None:
        assert self._state is not None
        self._second = int(self._state.view.elapsed_s(now))
        if self._time_left is None or self._time_left.view is not self._state.view:
            self._time_left = TimeLeft(self._state.view)
        self._clock.put(_clock(self._time_left, now, self.size.width))

    @property
    def text(self) -> str:
        """What the header says, for people who cannot see it."""
        return "\n".join(part.shown.plain for part in (self._title, self._clock, self._progress))


def _title(state: ScreenState) -> Content:
    look = SEARCH_LOOKS[state.state]
    parts: list[tuple[str, str]] = [
        (truncate(clean(state.view.name) or "tui-tuner", _NAME_WIDTH), "bold $foreground"),
        ("   ", ""),
        (f"{look.symbol} {state.word}", style(look.colour) + " bold"),
    ]
    if state.label:
        parts += [("   ", ""), (state.label, style("warning"))]
    chosen = f"{state.view.tuner}: {state.view.tuner_why}" if state.view.tuner_why else ""
    detail = clean(state.view.detail or _held(state) or chosen)
    if detail:
        parts += [("   ", ""), (detail, style("dim"))]
    return Content.assemble(*parts)


def _held(state: ScreenState) -> str:
    """What a pause means for the trials at work: each ends its epoch first, which may take hours."""
    count = sum(worker.trial_id is not None for worker in state.view.workers)
    if state.state is not SearchState.PAUSED or not count:
        return ""
    return f"{format_count(count, 'trial')} held after {'its' if count == 1 else 'their'} epoch"


def _progress(view: SearchView, progress: SearchProgress, chance: float | None, width: int) -> Content:
    """`trial 12 of 30 ━╸─ 40 %   best val_accuracy 0.8212   in trial 07   38 % chance of better   2 workers`."""
    total = f" of {format_count(progress.total)}" if progress.total is not None else ""
    # What is not over yet counts as the trial at work: "trial 1 of 30" from the beginning.
    current = max(1, progress.current) if view.state.is_live else progress.current
    count = Content.assemble(("trial ", style("dim")), f"{format_count(current)}{total}")
    percent = Content(f"{int(progress.fraction * 100):3d} %" if progress.fraction is not None else "")
    best = Content("")
    if view.best is not None:
        best = Content.assemble(
            ("best ", style("dim")),
            (f"{truncate(clean(view.objective.name), 24)} ", style("dim")),
            (format_metric(view.best.score), style("best") + " bold"),
        )
    where = Content.assemble((f"in trial {clean(view.best.trial_id)}", style("dim"))) if view.best else Content("")
    disk = Content.styled("" if view.disk_bytes is None else f"{format_bytes(view.disk_bytes)} on disk", style("dim"))
    better = Content.assemble("" if chance is None else format_share(chance), (" chance of better", style("dim")))
    parts = (best, where, Content("") if chance is None else better, Content(_workers(view)), disk)
    ends = [part for part in parts if part.plain]
    while ends and _width(count, percent, ends) + _SMALLEST_BAR > width:
        ends.pop()
    bar_width = max(0, width - _width(count, percent, ends))
    colour = SEARCH_LOOKS[view.state].colour
    return Content.assemble(
        count, "  ", bar_content(progress.fraction, bar_width, colour), " ", percent, *(_spaced(part) for part in ends)
    )


def _workers(view: SearchView) -> str:
    """`2 workers`, and how many there shall be if that is another number."""
    count, wanted = len(view.workers), view.wanted_workers
    if not view.state.is_live or (not count and wanted is None):
        return ""
    if wanted is None or wanted == count:
        return format_count(count, "worker")
    return f"{count} of {format_count(wanted, 'worker')}"


def _spaced(part: Content) -> Content:
    return Content("   ").append(part)


def _width(count: Content, percent: Content, ends: list[Content]) -> int:
    return count.cell_length + 2 + 1 + percent.cell_length + sum(3 + part.cell_length for part in ends)


def _clock(time_left: TimeLeft, now: float, width: int) -> Content:
    view = time_left.view
    elapsed = format_duration(view.elapsed_s(now))
    left = time_left.left_s(now)
    if left is not None and width < _BOTH_TIMES:  # the search's state needs the room
        return Content.assemble(format_duration(left), (" left", style("dim")))
    brief = width < _WHOLE_CLOCK
    parts: list[tuple[str, str]] = []
    if not brief:
        parts.append(("elapsed ", style("dim")))
    parts.append((elapsed, ""))
    if view.max_time_s is not None and not (brief and left is not None):
        parts += [(" of ", style("dim")), (format_duration(view.max_time_s), "")]
    if left is not None:
        parts += [("   about ", style("dim")), (format_duration(left), ""), (" left", style("dim"))]
    return Content.assemble(*parts)
