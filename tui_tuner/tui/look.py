"""How states look: one symbol and one colour for each meaning, used by every pane.

The colours are theme variables (`$status-running`, ...): themes can set them, style sheets can use them.
"""

from __future__ import annotations

from dataclasses import dataclass

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

DARK = {
    "status-running": "#58a6ff",
    "status-completed": "#6fbf73",
    "status-failed": "#f2726f",
    "status-warning": "#e3b341",
    "status-best": "#ffd866",
    "status-dim": "#8b949e",
    "status-track": "#33393f",
    "cursor": "#21262d",
    "cursor-focused": "#1f3a5f",
    "curve-train": "#58a6ff",
    "curve-validation": "#ff9e64",
    "trial-1": "#56b4e9",
    "trial-2": "#e69f00",
    "trial-3": "#3fb68b",
    "trial-4": "#f0e442",
    "trial-5": "#cc79a7",
    "trial-6": "#d55e00",
    "trial-7": "#b39ddb",
    "trial-8": "#9ccc65",
}
LIGHT = {
    "status-running": "#0550ae",
    "status-completed": "#1a7f37",
    "status-failed": "#b42318",
    "status-warning": "#8a5a00",
    "status-best": "#7a4f00",
    "status-dim": "#656d76",
    "status-track": "#b6bec7",
    "cursor": "#e7ebef",
    "cursor-focused": "#cfe3ff",
    "curve-train": "#0550ae",
    "curve-validation": "#b54708",
    "trial-1": "#0072b2",
    "trial-2": "#b36b00",
    "trial-3": "#00785a",
    "trial-4": "#7d7100",
    "trial-5": "#a03d7a",
    "trial-6": "#b34700",
    "trial-7": "#5e35b1",
    "trial-8": "#4a7a1e",
}


def style(colour: str) -> str:
    """The style that `Content` understands for one of the colours of `Look`."""
    return f"$status-{colour}"


def pane_title(number: int, name: str, *about: str) -> Content:
    """A pane's title: the number of its key, its name, and what it shows; plain text."""
    shown = [part for text in about if text for part in ("  ", (text, style("dim")))]
    return Content.assemble((f"{number}", "$primary"), f" {name}", *shown)


def bar(fraction: float, width: int) -> tuple[str, str]:
    """A progress bar of `width` cells: what is done and what remains, to be drawn in two colours."""
    halves = round(max(0.0, min(1.0, fraction)) * width * 2)
    full, half = divmod(halves, 2)
    done = "━" * full + ("╸" if half else "")
    return done, "━" * (width - full - half)


def bar_content(fraction: float | None, width: int, colour: str = "running") -> Content:
    """A progress bar as content; an empty one where the fraction is unknown."""
    done, rest = bar(fraction or 0.0, max(0, width))
    return Content.assemble((done, style(colour)), (rest, style("track")))


def facts(rows: list[tuple[str, str | Content]], width: int) -> list[Content]:
    """Lines of `label  value` with the labels in one dim column, at most a third of `width` wide."""
    label_width = min(max((len(label) for label, _ in rows), default=0), max(8, width // 3))
    return [
        Content.assemble((f"{truncate(label, label_width):<{label_width}}  ", style("dim")), value)
        for label, value in rows
    ]
