"""What there is to know of one trial, line by line: values, score, time, files."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content

from tui_tuner.analysis.explaining import explained
from tui_tuner.analysis.formatting import (
    format_bytes,
    format_count,
    format_duration,
    format_metric,
    format_objective,
    format_spread,
    format_status,
    format_value,
)
from tui_tuner.analysis.pareto import pareto_front
from tui_tuner.analysis.progress import epochs_done
from tui_tuner.analysis.ranking import has_rank, ranked
from tui_tuner.analysis.reruns import repeated
from tui_tuner.analysis.text import clean
from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.engine.view import EpochView, SearchView, TrialState, TrialView
from tui_tuner.tui.look import TRIAL_LOOKS, facts, pane_title, style
from tui_tuner.tui.widgets.board_columns import format_repeated
from tui_tuner.tui.widgets.plain import Plain

_Row = tuple[str, str | Content]
_ORIGINS = {"": "the search", "initial": "search.initial_trials", "by hand": "a person", "rerun": "a re-run"}


class TrialFacts(VerticalScroll, can_focus=True):
    """The facts, in groups."""

    def __init__(self) -> None:
        super().__init__(id="facts")
        self._text = Plain("facts-text")
        self._shown: tuple[SearchView, TrialView, Sequence[EpochView], float] | None = None

    def compose(self) -> ComposeResult:
        yield self._text

    def on_mount(self) -> None:
        self.border_title = pane_title(1, "Trial")

    def show(self, view: SearchView, trial: TrialView, epochs: Sequence[EpochView], now: float) -> None:
        """Draw what is new.

        Args:
            now: Seconds since the epoch, for a trial that runs.
        """
        self._shown = view, trial, epochs, now
        self.border_title = pane_title(1, "Trial", clean(trial.trial_id), clean(view.notes.get(trial.trial_id, "")))
        width = max(20, self.size.width - 2)  # beside the scrollbar and the gap before it
        groups = (
            ("", _outcome(view, trial)),
            ("Values", _values(trial)),
            ("Time", _times(view, trial, epochs, now)),
            ("Files", _files(view.root, trial)),
        )
        drawn = iter(facts([row for _, rows in groups for row in rows], width))  # all values in one column
        lines: list[Content] = []
        for title, rows in groups:
            if rows:
                lines += [Content(""), Content.styled(title, "bold")] if title else []
                lines += [next(drawn) for _ in rows]
        self._text.put(Content("\n").join(lines))

    def on_resize(self) -> None:
        if self._shown is not None:
            self.show(*self._shown)


def _values(trial: TrialView) -> list[_Row]:
    return [(clean(name), format_value(value)) for name, value in trial.tuned.items()]


def _outcome(view: SearchView, trial: TrialView) -> list[_Row]:
    look = TRIAL_LOOKS[trial.status]
    rows: list[_Row] = [("status", Content.styled(f"{look.symbol} {format_status(trial.status)}", style(look.colour)))]
    if trial.shown_score is not None:
        so_far = " so far" if trial.status is TrialState.RUNNING else ""
        rows.append((clean(view.objective.name), f"{format_metric(trial.shown_score)}{so_far}"))
        best = view.best
        if best is not None and best.score is not None and best is not trial:
            difference = trial.shown_score - best.score
            sign = "+" if difference > 0 else ""
            rows.append(("beside the best", f"{sign}{format_metric(difference)} ({format_metric(best.score)})"))
    for objective, value in zip(view.other_objectives, trial.other_scores, strict=False):
        rows.append((clean(objective.name), format_objective(objective.name, value)))
    if view.other_objectives:
        on_front = any(trial.trial_id == each.trial_id for each in pareto_front(view))
        rows.append(("Pareto front", "on it" if on_front else "not on it"))
    if trial.violation is not None:
        # Relative to the limits; of a study of Optuna's, which has none, by numbers of the person's own.
        by = f"{100.0 * trial.violation:.3g} %" if view.constraints else f"{trial.violation:.3g}"
        rows.append(("constraints", "kept to" if trial.is_feasible else f"violated by {by}"))
    if has_rank(trial):
        places = [each.trial_id for each in ranked(view) if has_rank(each)]
        rows.append(("rank", f"{places.index(trial.trial_id) + 1:,} of {len(places):,}"))
    if trial.best_epoch is not None:
        rows.append(("best epoch", str(trial.best_epoch + 1)))
    if trial.execution_scores and trial.executions > 1:
        scores = "  ".join(map(format_metric, trial.execution_scores))
        spread = "" if trial.spread is None else f"  ± {format_spread(trial.spread)}"
        rows.append(("each execution", scores + spread))
    together = repeated(view).get(trial.trial_id)
    if together is not None:
        rows.append(("all runs", format_repeated(together)))
    return rows


def _times(view: SearchView, trial: TrialView, epochs: Sequence[EpochView], now: float) -> list[_Row]:
    rows: list[_Row] = [("proposed by", _ORIGINS.get(trial.origin, clean(trial.origin)))]
    if not trial.origin and trial.reason:
        rows.append(("because", explained(trial)))
    if trial.rerun_of is not None:
        rows.append(("re-run of", clean(trial.rerun_of)))
    if trial.worker:
        rows.append(("worker", clean(trial.worker)))
    if trial.attempt:
        rows.append(("attempt", str(trial.attempt + 1)))
    for label, moment in (("started", trial.started), ("ended", trial.ended)):
        if moment is not None:
            rows.append((label, time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(moment))))
    duration = view.lasted_s(trial, now)
    if duration is not None:
        rows.append(("duration", format_duration(duration, fine=True)))
    if trial.status is TrialState.RUNNING:
        done, planned = epochs_done(trial)
        rows.append(("epochs", format_count(done) if planned is None else f"{done:,} of {planned:,}"))
    elif epochs:
        rows.append(("epochs", format_count(len(epochs))))
    if epochs:
        rows.append(("first epoch", format_duration(epochs[0].duration_s, fine=True)))
    if len(epochs) > 1:
        mean = sum(epoch.duration_s for epoch in epochs[1:]) / (len(epochs) - 1)
        rows.append(("then each", format_duration(mean, fine=True)))
    return rows


def _files(root: Path, trial: TrialView) -> list[_Row]:
    directory = SearchDirectory(root)
    found: list[_Row] = [("folder", clean(str(directory.trial(trial.trial_id))))]
    for label, path in (
        ("checkpoint", directory.checkpoint(trial.trial_id)),
        ("log", directory.trial_log(trial.trial_id)),
    ):
        try:
            found.append((label, f"{path.name}, {format_bytes(path.stat().st_size)}"))
        except OSError:
            found.append((label, Content.styled("none", style("dim"))))
    return found
