"""What is written around the learning curves: the title, what the trial is about, and why there is none."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from tui_tuner.analysis.curves import Over
from tui_tuner.analysis.formatting import format_count, format_status
from tui_tuner.analysis.text import clean, truncate
from tui_tuner.engine.view import TrialState, TrialView
from tui_tuner.tui.look import pane_title
from tui_tuner.tui.state import ScreenState
from tui_tuner.tui.widgets.curve_drawing import Drawn, Read
from tui_tuner.tui.widgets.curve_settings import CurveSettings, Kinds

_METRIC_WIDTH = 24


def curves_title(state: ScreenState, settings: CurveSettings, metric: str, *, is_zoomed: bool) -> Content:
    """What is shown, and in what way.

    Args:
        settings: As they are followed.
        is_zoomed: Whether only a part of the x axis is in sight.
    """
    shown = f"trial {truncate(clean(state.shown.trial_id), 12)}" if state.shown is not None else ""
    if state.marked:
        shown = format_count(len(state.marked), "marked trial")
    return pane_title(
        2,
        "Curves",
        shown,
        truncate(clean(metric), _METRIC_WIDTH),
        "log scale" if settings.log else "",
        f"smoothed {settings.smoothing:g}" if settings.smoothing else "",
        f"{settings.kinds} only" if settings.kinds is not Kinds.BOTH else "",
        f"over {settings.over}" if settings.over is not Over.EPOCH else "",
        "outliers clipped" if settings.clip else "",
        "limits" if metric in settings.limits else "",
        "zoomed" if is_zoomed else "",
    )


def curves_subtitle(state: ScreenState, read: Read | None, width: int) -> Content:
    """How the shown trial ended, which execution is drawn, and whether what runs is followed, in `width` cells."""
    about = []
    executions = len({epoch.execution for epoch in read.epochs}) if read is not None else 0
    if executions > 1:
        about.append(f"execution {executions}")
    if state.following and state.shown is not None and state.view.state.is_live:
        about.append("following")
    is_told_above = read is not None and not read.epochs and state.shown is not None and _message(state.shown)
    if not is_told_above:  # by `why_empty`
        about.insert(0, _outcome(state.shown, width - sum(len(part) + 2 for part in about)))
    return Content("  ".join(part for part in about if part))


def why_empty(state: ScreenState, read: Read | None, own: Sequence[Drawn], *, is_log: bool) -> str:
    """Why nothing of the trials in sight can be drawn.

    Args:
        read: What is known of the trial that is shown.
        own: What would have been drawn.
        is_log: Whether only positive numbers can be.
    """
    trial = state.shown
    if trial is None:
        return "No trial yet." if state.view.state.is_live else "No trial was run."
    if any(each.found for each in own):
        return f"No value of this metric is {'a positive number' if is_log else 'a number'}."
    if read is not None and read.epochs:
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
