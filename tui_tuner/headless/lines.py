"""A search as lines of text: one for each event that a person wants to know of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tui_tuner.analysis.explaining import explained
from tui_tuner.analysis.formatting import format_count, format_duration, format_metric, format_objective, format_value
from tui_tuner.analysis.pareto import objectives
from tui_tuner.analysis.progress import preparing_worker
from tui_tuner.analysis.text import clean
from tui_tuner.engine import events
from tui_tuner.engine.commands import CommandKind
from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.engine.journal import Entry
from tui_tuner.engine.verdict import first_line
from tui_tuner.engine.view import SearchState, SearchView, TrialState, TrialView

_WORD_WIDTH = 9
_CTRL_C = "SIGINT"


def heading(view: SearchView) -> list[str]:
    """What is about to run, and what is there already."""
    limit = f"up to {format_count(view.max_trials, 'trial')}" if view.max_trials is not None else "no limit of trials"
    wanted = " and the ".join(f"{each.direction} of {clean(each.name)}" for each in objectives(view))
    lines = [
        f"{clean(view.name)}: {clean(view.tuner)} search for the {wanted}, {limit}",
        f"directory: {clean(str(view.root))}",
    ]
    if view.trials:
        ended = sum(
            trial.ended is not None and trial.status is not TrialState.INTERRUPTED for trial in view.trials.values()
        )
        best = view.best
        best_so_far = f"; best so far {format_metric(best.score)} in trial {best.trial_id}" if best is not None else ""
        lines.append(f"found here: {format_count(ended, 'finished trial')}{best_so_far}; going on")
    return lines


def line(entry: Entry, view: SearchView) -> str | None:
    """The line for one event, or `None` where it is not worth one.

    Args:
        view: A snapshot that is at least as new as the event.
    """
    data = entry.data
    trial = view.trials.get(entry.trial_id) if entry.trial_id is not None else None
    if entry.kind == events.StateChanged.kind:
        return _sentence(str(data["state"]), str(data["detail"]))
    if entry.kind == events.TunerChosen.kind:
        return _sentence("tuner", f"{data['tuner']}, because {data['why']}")
    if entry.kind == events.DataPrepared.kind:
        return _data(data["summary"])
    if entry.kind == events.WorkerLost.kind:
        return _sentence("worker", str(data["message"]))
    if entry.kind == events.Warned.kind:
        fix = data.get("fix")
        return _sentence("warning", f"{data['message']}. {fix}" if fix else str(data["message"]))
    if entry.kind == events.BestEvaluated.kind and data["metrics"]:
        return _sentence("test data", _metrics(data["metrics"]))
    if entry.kind == events.CommandAnswered.kind:
        waits = data["who"] == _CTRL_C and data["command"] == CommandKind.STOP
        more = " after the running trials; Ctrl-C again stops at once" if waits else ""
        return _sentence("asked", f"{data['command']} by {data['who']}: {data['answer']}{more}")
    if trial is None:
        return None
    if entry.kind == events.TrialStarted.kind:
        again = f" (run {data['attempt'] + 1})" if data["attempt"] else ""
        reason = explained(trial)
        return _trial(trial, "started", _values(trial.tuned) + again + (f"  [{reason}]" if reason else ""))
    if entry.kind == events.TrialEnded.kind:
        return _trial(trial, str(data["status"]).lower(), _ending(trial, data, view))
    if entry.kind == events.TrialResumed.kind:
        execution = f"execution {data['execution'] + 1}, " if trial.executions > 1 else ""
        return _trial(trial, "goes on", f"from {execution}epoch {data['epoch'] + 1}")
    if entry.kind == events.TrialRequeued.kind:
        return _trial(trial, "cut off", clean(first_line(str(data["reason"]))))
    return None


def long_preparation(view: SearchView, seconds: float) -> str | None:
    """What to say of a search that has been preparing for so long; `None` if it is not."""
    worker = preparing_worker(view)
    if not worker or view.state is not SearchState.STARTING:
        return None
    log = SearchDirectory(view.root).worker_log(worker)
    where = f"; {worker} prints to {log}" if log.is_file() else ""
    return _sentence("starting", f"{view.detail}, for {seconds:.0f} s now{where}")


def _ending(trial: TrialView, data: Mapping[str, Any], view: SearchView) -> str:
    parts = []
    if data["score"] is not None:
        epoch = "" if trial.best_epoch is None else f" (epoch {trial.best_epoch + 1})"
        spread = "" if trial.spread is None else f" ± {format_metric(trial.spread)}"
        parts.append(f"{clean(view.objective.name)} {format_metric(float(data['score']))}{spread}{epoch}")
    if trial.duration_s is not None:
        parts.append(format_duration(trial.duration_s, fine=True))
    for objective, value in zip(view.other_objectives, trial.other_scores, strict=False):
        parts.append(f"{clean(objective.name)} {format_objective(objective.name, value)}")
    if trial.violation:
        parts.append("violates a constraint")
    if data["message"]:
        parts.append(clean(first_line(str(data["message"]))))
    if view.best_trial_id == trial.trial_id:
        parts.append("best so far")
    return ", ".join(parts)


def _data(summary: Mapping[str, Any]) -> str | None:
    rows = [
        f"{summary[key]:,} {words}"
        for key, words in (("train_rows", "rows to train on"), ("test_rows", "held-out test rows"))
        if summary.get(key)
    ]
    shape = [f"input shape {summary['input_shape']}"] if summary.get("input_shape") else []
    return _sentence("data", ", ".join([*rows, *shape])) if rows or shape else None


def _trial(trial: TrialView, word: str, text: str) -> str:
    return f"trial {clean(trial.trial_id)}  {word:<{_WORD_WIDTH}}  {text}".rstrip()


def _sentence(subject: str, text: str) -> str:
    return f"{clean(subject)}: {clean(text)}" if text else clean(subject)


def _values(values: Mapping[str, Any]) -> str:
    return " ".join(f"{clean(name)}={format_value(value)}" for name, value in values.items())


def _metrics(metrics: Mapping[str, Any]) -> str:
    return ", ".join(f"{clean(name)} {format_metric(float(value))}" for name, value in metrics.items())
