"""What a person who looks elsewhere should know of a search, in a few words."""

from __future__ import annotations

from tui_tuner.analysis.formatting import format_count, format_metric, format_state
from tui_tuner.analysis.progress import search_progress
from tui_tuner.analysis.text import clean, truncate
from tui_tuner.engine.view import SearchState, SearchView, TrialState

_NAME_WIDTH = 40
_MESSAGE_WIDTH = 100


def title(view: SearchView, now: float, word: str = "") -> str:
    """For a window's or a tab's title, of which the beginning is seen: `12/40 0.8212 titanic`.

    Args:
        now: Seconds since the epoch.
        word: The state in a word, as it is shown.
    """
    progress = search_progress(view, now)
    total = "" if progress.total is None else f"/{progress.total}"
    parts = [f"{progress.current}{total}"]
    if view.best is not None:
        parts.append(format_metric(view.best.score))
    parts.append(truncate(clean(view.name) or "tui-tuner", _NAME_WIDTH))
    if view.state is not SearchState.RUNNING:
        parts.insert(0, word or format_state(view.state))
    return " ".join(parts)


def headlines(before: SearchView, view: SearchView) -> list[str]:
    """What has happened between two snapshots of a search: a new best trial, failures, the end."""
    name = truncate(clean(view.name) or "the search", _NAME_WIDTH)
    told = []
    # One that is only as good as the best, and stands before it because it began first, is no news.
    if view.best is not None and (before.best is None or view.best.score != before.best.score):
        objective = truncate(clean(view.objective.name), _NAME_WIDTH)
        score = format_metric(view.best.score)
        told.append(f"{name}: new best {objective} {score} in trial {clean(view.best.trial_id)}")
    failed = [
        trial
        for trial_id, trial in view.trials.items()
        if trial.status is TrialState.FAILED
        and (trial_id not in before.trials or before.trials[trial_id].status is not TrialState.FAILED)
    ]
    if len(failed) == 1:
        why = truncate(clean(failed[0].message), _MESSAGE_WIDTH)
        told.append(f"{name}: trial {clean(failed[0].trial_id)} failed" + (f": {why}" if why else ""))
    elif failed:
        told.append(f"{name}: {format_count(len(failed), 'trial')} failed")
    if before.state.is_live and not view.state.is_live:
        best = "" if view.best is None else f", best {format_metric(view.best.score)}"
        told.append(f"{name}: {format_state(view.state)}, {format_count(len(view.trials), 'trial')}{best}")
    return told
