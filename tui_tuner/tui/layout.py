"""Which panes fit on a screen of a given size."""

from __future__ import annotations

from dataclasses import dataclass

from tui_tuner.tui.actions import PANES


@dataclass(frozen=True)
class Layout:
    """One way to lay the panes out.

    Args:
        name: CSS class of the screen.
        tabbed: The panes that share one place, with a tab strip; empty where all are in sight.
        worker_lines: Lines for the workers; none where the leaderboard must say it all.
    """

    name: str
    tabbed: tuple[str, ...]
    worker_lines: int


def choose_layout(width: int, height: int) -> Layout:
    """All panes side by side; two beside each other and tabs below; or the leaderboard with tabs below.

    Args:
        width: In cells.
        height: In lines.
    """
    if width >= 140 and height >= 34:
        return Layout("wide", (), 4)
    if width >= 100 and height >= 28:
        return Layout("medium", PANES[2:], 3)
    return Layout("narrow", PANES[1:], 0)
