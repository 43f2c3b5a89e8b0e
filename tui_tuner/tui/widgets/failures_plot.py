"""The failures by cause, with what those of one cause share."""

from __future__ import annotations

from dataclasses import dataclass

from tui_tuner.analysis.failures import Shared, failures, shared
from tui_tuner.analysis.formatting import format_count, format_value
from tui_tuner.analysis.text import clean, truncate
from tui_tuner.engine.causes import Cause, in_words
from tui_tuner.tui.look import style
from tui_tuner.tui.widgets.analysis_plot import AnalysisPlot, Material
from tui_tuner.tui.widgets.canvas import Canvas
from tui_tuner.tui.widgets.painted import Painted

_BAR_WIDTH = 24
_MOST_SHARED = 4


@dataclass(frozen=True)
class _Told:
    """A cause and its lines."""

    cause: Cause
    lines: tuple[tuple[str, str], ...]


class FailuresPlot(AnalysisPlot):
    """A paragraph for each cause. The arrows go from cause to cause."""

    label = "Failures"
    arrows = "cause"
    can = frozenset({"mark"})

    def __init__(self) -> None:
        self._painted = Painted("painted")
        super().__init__("failures", self._painted)
        self._causes: list[Cause] = []
        self._place = 0

    def draw(self, material: Material) -> str:
        view = material.view
        self._causes = failures(view, after=-1)
        if not self._causes:
            return "No trial has failed."
        self._place = max(0, min(self._place, len(self._causes) - 1))
        failed = sum(len(cause.trial_ids) for cause in self._causes)
        self.caption(
            (f"{format_count(failed)} of {format_count(len(view.trials), 'trial')} failed", style("failed")),
            format_count(len(self._causes), "cause"),
        )
        told = [_Told(cause, tuple(_lines(cause, shared(view, cause)))) for cause in self._causes]
        place = self._place
        self._painted.set_paint(lambda canvas: _paint(canvas, told, place))
        return ""

    def move(self, across: int, upwards: int) -> None:
        self._place += across - upwards
        self.redraw()

    @property
    def selected(self) -> tuple[str, ...]:
        return self._causes[self._place].trial_ids if self._causes else ()


def _lines(cause: Cause, common: list[Shared]) -> list[tuple[str, str]]:
    """What is said below a cause, with the colour of each line."""
    lines = [(clean(cause.example) or "no message", "")]
    lines.append((clean(in_words(cause.trial_ids)), "status-dim"))
    lines += [(shared_words(each), "status-warning") for each in common[:_MOST_SHARED]]
    if len(cause.trial_ids) > 1 and not common:
        lines.append(("They share no value that is rare among the others.", "status-dim"))
    return lines


def shared_words(each: Shared) -> str:
    """`all have units from 48 to 64, as 3 of 40 others`."""
    values = [format_value(value, 24) for value in each.values]
    what = f"{clean(each.name)} from {values[0]} to {values[1]}" if each.is_range else f"{clean(each.name)} {values[0]}"
    others = "none" if not each.others else f"{each.others:,}"
    return f"all have {what}, as {others} of {format_count(each.of_others, 'other')}"


def _paint(canvas: Canvas, told: list[_Told], place: int) -> None:
    largest = max(len(each.cause.trial_ids) for each in told)
    first = place
    # As many causes before the chosen one as still let it be read whole.
    while first and sum(len(each.lines) + 2 for each in told[first - 1 : place + 1]) <= canvas.height:
        first -= 1
    y = 0
    for index, each in enumerate(told[first:], start=first):
        if y >= canvas.height:
            break
        count = len(each.cause.trial_ids)
        length = max(1, round(count / largest * _BAR_WIDTH))
        chosen = index == place
        canvas.text(0, y, "▸" if chosen else " ", "status-best")
        canvas.fill(2, y, "━", "status-failed", count=length)
        canvas.text(2 + length + 1, y, format_count(count, "failure"), "status-failed")
        for text, colour in each.lines:
            y += 1
            canvas.text(4, y, truncate(text, max(1, canvas.width - 4)), colour)
        y += 2
    hidden = len(told) - first
    if y > canvas.height and hidden > 1:
        canvas.right(canvas.width, canvas.height - 1, " ↓ more", "status-dim")
