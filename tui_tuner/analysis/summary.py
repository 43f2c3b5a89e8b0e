"""What is left on the normal screen when a search is left: a few lines."""

from __future__ import annotations

import shlex
from collections import Counter

from tui_tuner.analysis.advice import advice
from tui_tuner.analysis.formatting import (
    format_count,
    format_duration,
    format_metric,
    format_objective,
    format_state,
    format_status,
    format_value,
)
from tui_tuner.analysis.pareto import objectives, pareto_front, values_of
from tui_tuner.analysis.text import clean
from tui_tuner.engine.view import OPTUNA_STUDY, SearchState, SearchView, TrialState

_LABEL_WIDTH = 12
_VALUE_WIDTH = 60
_FRONT_SHOWN = 8
_RESUMABLE = (SearchState.STOPPED, SearchState.INTERRUPTED, SearchState.FAILED)


def closing_summary(view: SearchView, go_on: str = "") -> list[str]:
    """The search in a few lines of plain text: state, trials, best trial, test metrics, where it is, how to go on; and
    of one that is over, what mattered and what to try next.

    Args:
        go_on: The command that goes on with the search, if that is not `tui-tuner resume`.
    """
    lines = [_line(clean(view.name) or "search", _state(view)), _line("trials", _trials(view))]
    best = view.best
    if best is not None:
        objective = clean(view.objective.name)
        lines.append(_line("best", f"{objective} {format_metric(best.score)} in trial {clean(best.trial_id)}"))
        lines += [
            _line("", f"{clean(name)} = {format_value(value, _VALUE_WIDTH)}") for name, value in best.tuned.items()
        ]
    lines += [_line("" if number else "front", text) for number, text in enumerate(_front(view))]
    if view.test_metrics:
        shown = ", ".join(f"{clean(name)} {format_metric(value)}" for name, value in view.test_metrics.items())
        lines.append(_line("test data", shown))
    lines += [_line("warning", clean(f"{finding.text}. {finding.fix}")) for finding in view.findings]
    learnt = [] if view.state.is_live else advice(view)
    lines += [_line(each.topic, each.text + (f": {each.fix}" if each.fix else "")) for each in learnt]
    lines.append(_line("directory", clean(str(view.root))))
    directory = shlex.quote(clean(str(view.root)))
    if view.state.is_live:
        lines.append(_line("watch it", f"tui-tuner attach {directory}"))
    elif view.state is SearchState.FAILED and best is None and _is_spent(view):
        lines.append(_line("once mended", "run it again with a higher max_trials, or with overwrite, to begin anew"))
    elif view.state in _RESUMABLE and view.tuner != OPTUNA_STUDY:
        changed = "; with its config changed: tui-tuner run CONFIG" if view.state is SearchState.FAILED else ""
        lines.append(_line("go on", go_on or f"tui-tuner resume {directory}{changed}"))
    elif view.state is SearchState.COMPLETED and _is_spent(view):
        lines.append(_line("more trials", "run it again with a higher max_trials"))
    if learnt:
        lines.append(_line("next search", f"tui-tuner next {directory}"))
    return lines


def _is_spent(view: SearchView) -> bool:
    """Whether the search has had all its trials, so that nothing of it is left to run."""
    interrupted = any(trial.status is TrialState.INTERRUPTED for trial in view.trials.values())
    return view.max_trials is not None and len(view.trials) >= view.max_trials and not interrupted


def _front(view: SearchView) -> list[str]:
    """The trials of the Pareto front with all objectives, the first few, by score."""
    front = pareto_front(view)
    lines = []
    for trial in front[:_FRONT_SHOWN]:
        found = zip(objectives(view), values_of(trial), strict=True)
        values = (f"{clean(each.name)} {format_objective(each.name, value)}" for each, value in found)
        lines.append(f"{', '.join(values)} in trial {clean(trial.trial_id)}")
    if len(front) > _FRONT_SHOWN:
        lines.append(f"and {len(front) - _FRONT_SHOWN:,} more, marked with ◆ by tui-tuner status")
    return lines


def _line(label: str, text: str) -> str:
    return f"{label:<{_LABEL_WIDTH}}  {text}".rstrip()


def _state(view: SearchView) -> str:
    detail = clean(view.detail)
    return format_state(view.state) + (f": {detail}" if detail else "")


def _trials(view: SearchView) -> str:
    counts = Counter(trial.status for trial in view.trials.values())
    text = format_count(len(view.trials))
    if view.max_trials:
        text += f" of {format_count(view.max_trials)}"
    parts = [f"{counts[status]:,} {format_status(status)}" for status in TrialState if counts[status]]
    durations = [
        trial.duration_s
        for trial in view.trials.values()
        if trial.duration_s is not None and trial.status is not TrialState.INTERRUPTED
    ]
    if durations:
        parts.append(f"{format_duration(sum(durations) / len(durations), fine=True)} each on average")
    return text + (f" ({', '.join(parts)})" if parts else "")
