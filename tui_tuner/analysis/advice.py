"""What a search that is over teaches: what mattered, and what to try next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tui_tuner.analysis.edges import edges
from tui_tuner.analysis.formatting import format_count, format_number, format_share
from tui_tuner.analysis.importance import importances
from tui_tuner.analysis.ranking import has_rank, ranked
from tui_tuner.analysis.text import clean
from tui_tuner.engine.view import SearchView, TrialState, TrialView

_MATTERS = 0.05
_SHOWN = 3
_LEADERS = 0.2
_MIN_LEADERS = 3
_MIN_TRIALS = 5
_LATE = 0.95
_EARLY = 0.5
_MANY_FAILED = 0.2


@dataclass(frozen=True)
class Advice:
    """One line about a search, and what to do about it.

    Args:
        topic: One word: `mattered`, `edge`, `epochs`, `failed`.
        fix: Empty where there is nothing to be done.
        epochs: What `fit.epochs` should be in the next search; `None` to leave it.
    """

    topic: str
    text: str
    fix: str = ""
    epochs: int | None = None


def advice(view: SearchView) -> list[Advice]:
    """What there is to say; nothing while there are too few trials to tell."""
    return [*_mattered(view), *_edges(view), *_epochs(view), *_failures(view)]


def _mattered(view: SearchView) -> Iterator[Advice]:
    found = [each for each in importances(view) if each.share >= _MATTERS][:_SHOWN]
    if found:
        yield Advice("mattered", ", ".join(f"{clean(each.name)} {format_share(each.share)}" for each in found))


def _edges(view: SearchView) -> Iterator[Advice]:
    for edge in edges(view):
        name, end, beyond = clean(edge.name), format_number(edge.end), format_number(edge.beyond)
        text = f"the best {name} lies at the {edge.side} end, {end} ({edge.leaders} of the best {edge.of})"
        yield Advice("edge", text, f"lift your limit, to {beyond}" if edge.is_limit else f"widen it to {beyond}")


def _epochs(view: SearchView) -> Iterator[Advice]:
    """Whether the trainings were too short, or longer than any good one needed. Not where trials differ in length."""
    finished = [trial for trial in ranked(view) if has_rank(trial) and trial.best_epoch is not None]
    planned = {trial.planned_epochs for trial in finished}
    if len(finished) < _MIN_TRIALS or len(planned) != 1 or view.other_objectives:
        return
    epochs = planned.pop()
    if not epochs:
        return
    leaders = finished[: max(_MIN_LEADERS, round(len(finished) * _LEADERS))]
    took = [_best_epoch(trial) for trial in leaders]
    late = sum(each >= _LATE * epochs for each in took)
    if late * 2 > len(leaders):
        text = f"{late} of the best {len(leaders)} trials were best at their last epoch, {epochs}: still learning"
        yield Advice("epochs", text, f"fit.epochs: {2 * epochs}", 2 * epochs)
        return
    latest = max(_best_epoch(trial) for trial in finished)
    # Of several executions only the mean of their best epochs is known. And a hypermodel's own `fit` that reports once,
    # when it is done, is always best at what counts as its first epoch.
    is_known = latest > 1 and all(trial.executions == 1 for trial in finished)
    if is_known and latest <= _EARLY * epochs:
        enough = max(latest + 1, round(1.5 * latest))
        text = f"no trial got better after epoch {latest} of {epochs}"
        fix = f"fit.epochs: {enough}, or callbacks.early_stopping, gives the same best sooner"
        yield Advice("epochs", text, fix, enough)


def _best_epoch(trial: TrialView) -> int:
    """Counted from 1."""
    return 0 if trial.best_epoch is None else trial.best_epoch + 1


def _failures(view: SearchView) -> Iterator[Advice]:
    failed = sum(trial.status is TrialState.FAILED for trial in view.trials.values())
    if failed >= max(1, _MANY_FAILED * len(view.trials)) and len(view.trials) >= _MIN_TRIALS:
        yield Advice(
            "failed",
            f"{format_count(failed)} of {format_count(len(view.trials), 'trial')} failed",
            "their messages say why; leave out the ranges that cannot work",
        )
