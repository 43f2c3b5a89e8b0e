"""What is asked of the engine by a dialog: what the dialog shows at first, and the commands that its result makes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from textual.screen import ModalScreen

from tui_tuner.analysis.formatting import format_count, format_duration
from tui_tuner.analysis.progress import search_progress
from tui_tuner.analysis.ranking import has_rank
from tui_tuner.analysis.text import clean
from tui_tuner.engine import hand_made, typed_values
from tui_tuner.engine.commands import Command, CommandKind
from tui_tuner.engine.durations import EXAMPLES, parse_budget, write_duration
from tui_tuner.engine.view import HyperParameterView, Scalar, SearchView, TrialState, TrialView
from tui_tuner.errors import TunerError
from tui_tuner.tui.screens.form import Field, Form, Kind, Remark, Texts
from tui_tuner.tui.screens.picks import Picks


@dataclass(frozen=True)
class Request:
    """A dialog, and what its result asks of the engine."""

    dialog: ModalScreen[Any]
    commands: Callable[[Any], Sequence[Command]]


def enqueue(view: SearchView, trial: TrialView | None) -> Request:
    """Run a configuration next: the trial's, changed at will."""
    space = view.space
    parameters = list({parameter.name: parameter for parameter in reversed(space)}.values())[::-1]
    parameters = [parameter for parameter in parameters if parameter.kind != "Fixed"]
    base: Mapping[str, Scalar] = trial.tuned if trial is not None else {}

    def check(texts: Texts) -> dict[str, Remark]:
        read = {parameter.name: _read(space, parameter.name, texts[parameter.name]) for parameter in parameters}
        active = hand_made.active_values(
            space, {name: value for name, value in read.items() if not isinstance(value, TunerError)}
        )
        return {parameter.name: _remark(space, parameter, read[parameter.name], active) for parameter in parameters}

    def commands(texts: Texts) -> list[Command]:
        read = {name: _read(space, name, text) for name, text in texts.items()}
        values = {name: value for name, value in read.items() if not isinstance(value, TunerError)}
        return [Command(CommandKind.ENQUEUE, arguments={"values": hand_made.active_values(space, values)})]

    fields = [
        _value_field(space, parameter, base.get(parameter.name, hand_made.default_of(parameter)))
        for parameter in parameters
    ]
    about = f"Begins with the values of trial {clean(trial.trial_id)}." if base and trial else ""
    return Request(Form("Enqueue a configuration", fields, check, accept="run it next", about=about), commands)


def rerun(view: SearchView, trial: TrialView | None) -> Request:
    """Run a trial, or the best ones, again with other seeds."""
    ranks = sum(map(has_rank, view.trials.values()))
    suggestions = [f"best {k}" for k in (1, 3, 5) if k <= max(1, ranks)]
    if trial is not None and trial.status is not TrialState.RUNNING:
        suggestions.insert(0, trial.trial_id)

    def target(text: str) -> tuple[str | None, int]:
        """A trial's id, or how many of the best."""
        if text in view.trials:
            return text, 0
        word, _, count = text.partition(" ")
        if word == "best" and (best := _count(count or "1")) is not None:
            return None, best
        raise TunerError(f"There is no trial {clean(text)}.")

    def check(texts: Texts) -> dict[str, Remark]:
        which = Remark("a trial, or: best 3")
        try:
            target(texts["which"])
        except TunerError as error:
            which = Remark(which.hint, Kind.WRONG, error.message)
        return {"which": which, "times": _count_remark(texts["times"], "each with another seed")}

    def commands(texts: Texts) -> list[Command]:
        trial_id, best = target(texts["which"])
        times = int(texts["times"])
        arguments = {"times": times} if trial_id is not None else {"best": best, "times": times}
        return [Command(CommandKind.RERUN, trial_id, arguments=arguments)]

    def next_suggestion(text: str, up: int) -> str:
        place = suggestions.index(text) - up if text in suggestions else 0
        return suggestions[place % len(suggestions)]

    fields = (
        Field("which", "which", suggestions[0], next_suggestion if len(suggestions) > 1 else None),
        Field("times", "how often", "2", _next_count),
    )
    return Request(Form("Run again with other seeds", fields, check, accept="run again"), commands)


def budget(view: SearchView, now: float) -> Request:
    """More or fewer trials, another time budget.

    Args:
        now: Seconds since the epoch.
    """
    before = {
        "trials": "" if view.max_trials is None else str(view.max_trials),
        "time": "none" if view.max_time_s is None else write_duration(view.max_time_s),
    }
    begun = search_progress(view).current

    def check(texts: Texts) -> dict[str, Remark]:
        trials = _count_remark(texts["trials"], f"in all; {format_count(begun)} begun")
        if texts["trials"] == before["trials"]:
            trials = Remark(trials.hint)
        time = Remark(f"of search; {format_duration(view.elapsed_s(now))} so far")
        try:
            parse_budget(texts["time"])
        except TunerError:
            time = Remark(time.hint, Kind.WRONG, f"A duration such as {EXAMPLES}, or none.")
        return {"trials": trials, "time": time}

    def commands(texts: Texts) -> list[Command]:
        asked: list[Command] = []
        if texts["trials"] != before["trials"]:
            asked.append(Command(CommandKind.SET_MAX_TRIALS, arguments={"max_trials": int(texts["trials"])}))
        if parse_budget(texts["time"]) != view.max_time_s:
            asked.append(Command(CommandKind.SET_MAX_TIME, arguments={"max_time": parse_budget(texts["time"])}))
        return asked

    fields = (Field("trials", "trials", before["trials"], _next_count), Field("time", "time", before["time"]))
    return Request(Form("Budget", fields, check, accept="change"), commands)


def limit(view: SearchView, name: str) -> Request:
    """Narrow a range, or ban values of a choice.

    Raises:
        TunerError: If there is nothing to narrow.
    """
    parameter = typed_values.named(view.space, name)[0]
    if parameter.kind == "Fixed":
        raise TunerError(f"{name} is fixed: there is nothing to narrow.")
    title = f"Narrow {clean(name)}"
    if parameter.values:
        return _limit_choice(view, parameter, title)
    return _limit_range(view, parameter, title)


def _limit_choice(view: SearchView, parameter: HyperParameterView, title: str) -> Request:
    values = parameter.values
    now = view.limits.get(parameter.name)
    picked = [place for place, value in enumerate(values) if now is None or now.values is None or value in now.values]

    def commands(places: Sequence[int]) -> list[Command]:
        arguments: dict[str, Any] = {"name": parameter.name}
        if len(places) < len(values):
            arguments["values"] = [values[place] for place in places]
        return [Command(CommandKind.LIMIT, arguments=arguments)]

    items = [clean(typed_values.write_value(value)) for value in values]
    return Request(Picks(title, items, picked, accept="propose only these"), commands)


def _limit_range(view: SearchView, parameter: HyperParameterView, title: str) -> Request:
    space, name = view.space, parameter.name
    whole = tuple(end for end in (parameter.min_value, parameter.max_value) if end is not None)
    now = view.limits.get(name)
    low = whole[0] if now is None or now.min_value is None else now.min_value
    high = whole[-1] if now is None or now.max_value is None else now.max_value

    def check(texts: Texts) -> dict[str, Remark]:
        remarks = {}
        for end in ("from", "to"):
            value = _read(space, name, texts[end])
            remarks[end] = _remark(space, parameter, value, {name: 0})
        if all(remark.kind is Kind.FINE for remark in remarks.values()):
            try:
                hand_made.parse_limits(space, name, (texts["from"], texts["to"]))
            except TunerError as error:
                remarks["to"] = Remark(remarks["to"].hint, Kind.WRONG, clean(error.message))
        return remarks

    def commands(texts: Texts) -> list[Command]:
        arguments = hand_made.parse_limits(space, name, (texts["from"], texts["to"]))
        if (arguments["min_value"], arguments["max_value"]) == whole:
            arguments = {"name": name}
        return [Command(CommandKind.LIMIT, arguments=arguments)]

    fields = (
        _value_field(space, parameter, low, "from"),
        _value_field(space, parameter, high, "to"),
    )
    return Request(Form(title, fields, check, accept="propose only these"), commands)


def _value_field(space: typed_values.Space, parameter: HyperParameterView, value: Scalar, label: str = "") -> Field:
    name = parameter.name
    if parameter.kind == "Int" and isinstance(value, float):
        value = int(value)

    def neighbour(text: str, up: int) -> str:
        # Up is more in a range, and the value above in a list.
        return typed_values.neighbour(space, name, text, -up if parameter.values else up)

    has_neighbours = typed_values.has_neighbours(parameter)
    text = typed_values.write_value(value)
    return Field(label or name, label or clean(name), text, neighbour if has_neighbours else None)


def _read(space: typed_values.Space, name: str, text: str) -> Scalar | TunerError:
    try:
        return typed_values.parse_value(space, name, text)
    except TunerError as error:
        return error


def _remark(
    space: typed_values.Space,
    parameter: HyperParameterView,
    value: Scalar | TunerError,
    active: Mapping[str, Scalar],
) -> Remark:
    """What is possible, and why the value is not, or why it does not count."""
    if parameter.name not in active:
        unmet = hand_made.unmet(parameter, active)
        return Remark(clean(hand_made.describe_conditions(unmet)), Kind.UNUSED)
    hint = clean(typed_values.describe(typed_values.named(space, parameter.name)))
    if isinstance(value, TunerError):
        return Remark(hint, Kind.WRONG, clean(f"{value.message} {value.hint}"))
    return Remark(hint)


def _count(text: str) -> int | None:
    return int(text) if text.strip().isascii() and text.strip().isdigit() and int(text) >= 1 else None


def _count_remark(text: str, hint: str) -> Remark:
    return Remark(hint) if _count(text) is not None else Remark(hint, Kind.WRONG, "A whole number from 1.")


def _next_count(text: str, up: int) -> str:
    return str(max(1, (_count(text) or 0) + up))
