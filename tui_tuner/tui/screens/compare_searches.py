"""Searches beside each other."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tui_tuner.analysis.formatting import (
    NOTHING,
    format_count,
    format_duration,
    format_metric,
    format_state,
    format_value,
)
from tui_tuner.analysis.sparkline import sparkline
from tui_tuner.analysis.text import clean, truncate
from tui_tuner.engine.brief import SearchBrief
from tui_tuner.engine.view import TrialState
from tui_tuner.tui.look import SEARCH_LOOKS, style
from tui_tuner.tui.stacking import close

_MOST = 6
_LABEL_WIDTH = 18
_GAP = 2


class CompareSearches(ModalScreen[None]):
    """One column for each search: how far it is, what it found, and the hyperparameters of its best trial.

    Args:
        briefs: At least two; more than six do not fit beside each other.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,c", "dismiss_none", "Close")]

    def __init__(self, briefs: tuple[SearchBrief, ...]) -> None:
        super().__init__()
        self._briefs = briefs[:_MOST]
        self._left_out = len(briefs) - len(self._briefs)
        self._table = Static("", markup=False, id="compared")

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog compare") as dialog:
            dialog.border_title = Content("Searches beside each other")
            dialog.border_subtitle = Content("esc closes")
            yield self._table

    def on_resize(self) -> None:
        self.call_after_refresh(self._draw)

    def _draw(self) -> None:
        room = self._table.size.width - _LABEL_WIDTH
        width = max(6, room // len(self._briefs) - _GAP)
        self._table.update(Content("\n").join(compared(self._briefs, width, self._left_out)))

    @property
    def text(self) -> str:
        """What is shown, for people who cannot see it."""
        return str(self._table.content)

    def action_dismiss_none(self) -> None:
        close(self)


def compared(briefs: tuple[SearchBrief, ...], width: int, left_out: int = 0) -> list[Content]:
    """The lines of the comparison.

    Args:
        width: Cells of each column.
        left_out: How many searches found no room.
    """
    objectives = {brief.objective for brief in briefs}
    best = None
    if len(objectives) == 1:
        (objective,) = objectives
        for brief in briefs:
            score = brief.best_score
            if score is not None and (best is None or objective.better(score, best)):
                best = score
    rows: list[tuple[str, Callable[[SearchBrief], tuple[str, str]]]] = [
        ("", lambda brief: (clean(brief.name) or clean(brief.root.name), "bold")),
        ("folder", lambda brief: (_folder(brief, width), style("dim"))),
        ("state", lambda brief: (_state(brief), style(SEARCH_LOOKS[brief.state].colour))),
        ("objective", lambda brief: (f"{brief.objective.direction} {clean(brief.objective.name)}", "")),
        (
            "best",
            lambda brief: (
                format_metric(brief.best_score),
                f"{style('best')} bold" if brief.best_score is not None and brief.best_score == best else "",
            ),
        ),
        ("in trial", lambda brief: (clean(brief.best_trial_id or NOTHING), "")),
        ("course", lambda brief: (sparkline(brief.course, width), style("completed"))),
        ("trials", lambda brief: (format_count(brief.ended), "")),
        ("failed", lambda brief: (format_count(brief.counts.get(TrialState.FAILED, 0)), "")),
        ("tuner", lambda brief: (clean(brief.tuner), "")),
        ("active", lambda brief: (format_duration(brief.active_s), "")),
    ]
    lines = [_line(label, [cell(brief) for brief in briefs], width) for label, cell in rows]
    names = list(dict.fromkeys(name for brief in briefs for name in brief.best_values))
    if names:
        lines += [Content(""), Content.styled("the best trial's values; those that differ are bright", style("dim"))]
    for name in names:
        texts = [format_value(brief.best_values.get(name)) for brief in briefs]
        look = style("dim") if len(set(texts)) == 1 else ""
        lines.append(_line(clean(name), [(text, look) for text in texts], width))
    if len(objectives) > 1:
        lines += [
            Content(""),
            Content.styled("Their objectives differ: the scores cannot be compared.", style("warning")),
        ]
    if left_out:
        lines += [Content(""), Content.styled(f"{left_out} more found no room.", style("dim"))]
    return lines


def _folder(brief: SearchBrief, width: int) -> str:
    """The end of its path: searches of one name differ in that."""
    path = clean("/".join(brief.root.parts[-2:]))
    return truncate(path[::-1], width)[::-1]


def _state(brief: SearchBrief) -> str:
    return f"{SEARCH_LOOKS[brief.state].symbol} {format_state(brief.state)}"


def _line(label: str, cells: list[tuple[str, str]], width: int) -> Content:
    parts: list[Content] = [Content.styled(_padded(label, _LABEL_WIDTH), style("dim"))]
    parts += [Content.styled(" " * _GAP + _padded(text, width), look) for text, look in cells]
    return Content("").join(parts)


def _padded(text: str, width: int) -> str:
    shown = truncate(text, width)
    return shown + " " * (width - cell_len(shown))
