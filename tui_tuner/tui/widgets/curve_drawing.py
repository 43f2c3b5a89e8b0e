"""What is drawn of several trials' curves, and what the legend says of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from textual.content import Content

from tui_tuner.analysis.curves import Curve, Over, best_point, curves, smoothed, value_at
from tui_tuner.analysis.downsample import Point
from tui_tuner.analysis.formatting import NOTHING, format_count, format_duration, format_metric
from tui_tuner.analysis.text import clean, truncate
from tui_tuner.engine.view import BarView, EpochView, Objective, TrialState, TrialView
from tui_tuner.tui.look import TRIAL_LOOKS, style
from tui_tuner.tui.widgets.curve_settings import CurveSettings, Kinds
from tui_tuner.tui.widgets.loss_plot import Line, Mark

TRAIN, VALIDATION, BEST, PRUNER = "curve-train", "curve-validation", "status-best", "status-dim"
_ENDED_EARLY = (TrialState.STOPPED, TrialState.FAILED)
_NAME_WIDTH = 16
_GAP = "   "


@dataclass(frozen=True)
class Read:
    """What is known of a trial to draw it.

    Args:
        metrics: Without `val_`, in the order in which they are shown.
        steps: Batches of an epoch, if that is known.
    """

    trial: TrialView
    epochs: tuple[EpochView, ...] = ()
    metrics: tuple[str, ...] = ()
    steps: int | None = None


@dataclass(frozen=True)
class Entry:
    """One entry of the legend.

    Args:
        name: Clean text.
        points: Where its values are read at the cursor.
        note: What else there is to say.
    """

    symbol: str
    colour: str
    name: str
    points: Sequence[Point]
    note: str = ""

    def content(self, cursor: float | None) -> Content:
        """`━ train 0.8212`: the last value, or that at the cursor."""
        at = self.points[-1] if self.points else None
        if at is not None and cursor is not None:
            is_within = self.points[0][0] <= cursor <= self.points[-1][0]
            at = value_at(self.points, cursor) if is_within else None
        value = NOTHING if at is None else format_metric(at[1])
        note = Content.styled(f" {self.note}", style("warning")) if self.note else Content("")
        return Content.assemble((f"{self.symbol} ", f"${self.colour}"), (f"{self.name} ", style("dim")), value, note)


@dataclass(frozen=True)
class Drawn:
    """The lines of one trial with their marks and entries.

    Args:
        found: Its curves before smoothing; empty if it has none of this metric.
        best: Where the objective is best, as it was reported; only of the trial in front.
    """

    lines: tuple[Line, ...] = ()
    marks: tuple[Mark, ...] = ()
    entries: tuple[Entry, ...] = ()
    found: tuple[Curve, ...] = ()
    best: Point | None = None


def wanted(found: Sequence[Curve], kinds: Kinds) -> list[Curve]:
    """The curves of these kinds; all of them where there is none."""
    kept = [curve for curve in found if kinds is Kinds.BOTH or curve.is_validation is (kinds is Kinds.VALIDATION)]
    return kept or list(found)


def in_front(read: Read, metric: str, settings: CurveSettings, objective: Objective) -> Drawn:
    """The trial that is looked at: training and validation in their own colours, earlier executions faint."""
    found = curves(read.epochs, metric, log=settings.log, over=settings.over, steps_per_epoch=read.steps)
    latest = max((curve.execution for curve in found), default=0)
    lines, entries = [], []
    best = marked = None
    for curve in wanted(found, settings.kinds):
        is_latest = curve.execution == latest
        colour = VALIDATION if curve.is_validation else TRAIN
        shown = smoothed(curve, settings.smoothing)
        if settings.smoothing and is_latest:
            lines.append(Line(curve.points, colour, faint=True))
        lines.append(Line(shown.points, colour, faint=not is_latest))
        if is_latest:
            name = "validation" if curve.is_validation else "train"
            note = f"({format_count(curve.dropped, 'epoch')} not drawn)" if curve.dropped else ""
            entries.append(Entry("━", colour, name, curve.points, note))
            if curve.metric == objective.name:
                best = best_point(curve, objective)
                marked = value_at(shown.points, best[0]) if best is not None else None
    marks = [*([Mark(marked)] if marked is not None else []), *_end_marks(read.trial, [line.points for line in lines])]
    return Drawn(tuple(lines), tuple(marks), tuple(entries), tuple(found), best)


def marked(read: Read, metric: str, settings: CurveSettings, colour: str) -> Drawn:
    """A trial in a colour of its own: its last execution, training faint beside validation."""
    found = curves(read.epochs, metric, log=settings.log, over=settings.over, steps_per_epoch=read.steps)
    latest = max((curve.execution for curve in found), default=0)
    own = [smoothed(curve, settings.smoothing) for curve in wanted(found, settings.kinds) if curve.execution == latest]
    if not own:
        return Drawn()
    main = own[-1]  # validation comes last
    lines = tuple(Line(curve.points, colour, faint=curve is not main) for curve in own)
    values = next(curve.points for curve in found if (curve.execution, curve.metric) == (main.execution, main.metric))
    entry = Entry("━", colour, truncate(clean(read.trial.trial_id), _NAME_WIDTH), values)
    return Drawn(lines, tuple(_end_marks(read.trial, [main.points])), (entry,), tuple(found))


def best_guide(read: Read, metric: str, settings: CurveSettings) -> Drawn:
    """The best trial behind the others."""
    drawn = marked(read, metric, settings, BEST)
    if not drawn.lines:
        return drawn
    main = drawn.lines[-1]
    entry = drawn.entries[0]
    return Drawn(
        (Line(main.points, BEST, faint=True),), (), (Entry("━", BEST, f"best {entry.name}", entry.points),), drawn.found
    )


def pruner_guide(bar: BarView, settings: CurveSettings, last_epoch: int) -> Drawn:
    """What the pruner measures trials by, over epochs; nothing over time, which differs from trial to trial.

    Args:
        last_epoch: Up to where a bound that goes on is drawn.
    """
    points = [
        (epoch + 1.0, value) for epoch, value in bar.points if math.isfinite(value) and (value > 0 or not settings.log)
    ]
    if not points or settings.over is not Over.EPOCH:
        return Drawn()
    if bar.goes_on and last_epoch > points[-1][0]:
        points.append((float(last_epoch), points[-1][1]))
    line = tuple(points)
    return Drawn((Line(line, PRUNER),), (), (Entry("━", PRUNER, clean(bar.name), line),))


def _end_marks(trial: TrialView, lines: Sequence[Sequence[Point]]) -> list[Mark]:
    """Where a trial ended that did not complete."""
    if trial.status not in _ENDED_EARLY:
        return []
    look = TRIAL_LOOKS[trial.status]
    return [Mark(points[-1], look.symbol, f"status-{look.colour}") for points in lines[-1:] if points]


def legend(
    entries: Sequence[Entry], best: Point | None, cursor: float | None, over: Over, width: int, max_lines: int
) -> Content:
    """Where the cursor is, the entries that fit in so many lines, and where the best value is."""
    parts = [entry.content(cursor) for entry in entries]
    if cursor is not None:
        parts.insert(0, Content.styled(at_words(cursor, over), "bold"))
    for words in [] if best is None else _best_words(best, over):
        tail = Content.assemble(("◆ ", style("best")), (words, style("dim")))
        lines = _folded([*parts, tail], width)
        if len(lines) <= max_lines:
            return Content("\n").join(lines)
    for count in range(len(parts), 0, -1):
        more = [Content.styled(f"+{len(parts) - count}", style("dim"))] if count < len(parts) else []
        lines = _folded([*parts[:count], *more], width)
        if len(lines) <= max_lines:
            return Content("\n").join(lines)
    return parts[0] if parts else Content("")


def _folded(parts: Sequence[Content], width: int) -> list[Content]:
    """As many parts a line as fit."""
    lines: list[Content] = []
    for part in parts:
        if lines and lines[-1].cell_length + len(_GAP) + part.cell_length <= width:
            lines[-1] = lines[-1].append(_GAP).append(part)
        else:
            lines.append(part)
    return lines


def _best_words(best: Point, over: Over) -> tuple[str, ...]:
    where = at_words(best[0], over)
    return f"best {format_metric(best[1])} at {where}", f"best at {where}", where


def at_words(x: float, over: Over) -> str:
    """A place on the x axis in words."""
    return format_duration(x, fine=True) if over is Over.TIME else f"{over} {x:,.0f}"
