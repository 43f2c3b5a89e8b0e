"""How states look: one symbol and one colour for each meaning, used by every pane.

The colours are theme variables (`$status-running`, ...) of `themes.py`: style sheets use them too.
"""

from __future__ import annotations

from dataclasses import dataclass

from rich.cells import cell_len
from textual.content import Content

from tui_tuner.analysis.text import truncate
from tui_tuner.engine.view import SearchState, TrialState


@dataclass(frozen=True)
class Look:
    """A symbol and the name of a colour: `running`, `completed`, `failed`, `warning`, `best`, `dim`, `track`."""

    symbol: str
    colour: str


TRIAL_LOOKS = {
    TrialState.RUNNING: Look("●", "running"),
    TrialState.COMPLETED: Look("✓", "completed"),
    TrialState.STOPPED: Look("■", "warning"),
    TrialState.INVALID: Look("↻", "warning"),
    TrialState.INTERRUPTED: Look("◌", "dim"),
    TrialState.FAILED: Look("✗", "failed"),
}

INFEASIBLE_LOOK = Look("▲", "warning")
"""Of a completed trial that violates a constraint, and so has no rank."""

SEARCH_LOOKS = {
    SearchState.STARTING: Look("◌", "running"),
    SearchState.RUNNING: Look("●", "running"),
    SearchState.PAUSED: Look("❚❚", "warning"),
    SearchState.BLOCKED: Look("▲", "failed"),
    SearchState.STOPPING: Look("◍", "warning"),
    SearchState.STOPPED: Look("■", "warning"),
    SearchState.COMPLETED: Look("✓", "completed"),
    SearchState.FAILED: Look("✗", "failed"),
    SearchState.INTERRUPTED: Look("✗", "failed"),
}

ORIGIN_MARKS = {"rerun": "↺", "by hand": "✎", "initial": "▸"}
"""By `TrialView.origin`: the mark of a trial that the oracle did not propose."""

FRONT_MARK = "◆"
"""The mark of a trial that no other one beats in all objectives."""


def style(colour: str) -> str:
    """The style that `Content` understands for one of the colours of `Look`."""
    return f"$status-{colour}"


def pane_title(number: int, name: str, *about: str) -> Content:
    """A pane's title: the number of its key, its name, and what it shows; plain text."""
    shown = [part for text in about if text for part in ("  ", (text, style("dim")))]
    return Content.assemble((f"{number}", "$key"), f" {name}", *shown)


def bar(fraction: float, width: int) -> tuple[str, str]:
    """A progress bar of `width` cells: what is done and what remains, told apart by colour and by character."""
    halves = round(max(0.0, min(1.0, fraction)) * width * 2)
    full, half = divmod(halves, 2)
    done = "━" * full + ("╸" if half else "")
    return done, "─" * (width - full - half)


def bar_content(fraction: float | None, width: int, colour: str = "running") -> Content:
    """A progress bar as content; an empty one where the fraction is unknown."""
    done, rest = bar(fraction or 0.0, max(0, width))
    return Content.assemble((done, style(colour)), (rest, style("track")))


def facts(rows: list[tuple[str, str | Content]], width: int) -> list[Content]:
    """Lines of `label  value` with the labels in one dim column.

    It takes what the values leave of `width`, at least a third; beside values of more than a half, at most a half.
    """
    label_width = min(max((cell_len(label) for label, _ in rows), default=0), _label_room(rows, width))
    return [Content.assemble((f"{_fitted(label, label_width)}  ", style("dim")), value) for label, value in rows]


def _label_room(rows: list[tuple[str, str | Content]], width: int) -> int:
    values = [value.cell_length if isinstance(value, Content) else cell_len(value) for _, value in rows]
    short = [length for length in values if length <= width // 2]
    left = width - 2 - max(short, default=0)
    return max(8, width // 3, left if len(short) == len(values) else min(left, width // 2))


def _fitted(label: str, width: int) -> str:
    label = truncate(label, width)
    return label + " " * (width - cell_len(label))
