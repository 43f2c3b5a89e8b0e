"""What can be said of a trial in a column, a filter or a sort: its fields by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tui_tuner.analysis.pareto import pareto_front
from tui_tuner.engine.view import Scalar, SearchView, TrialView

Value = Scalar | None


@dataclass(frozen=True)
class Field:
    """One thing to say of a trial.

    Args:
        name: As people type it.
        of: Gets it; `None` where a trial has no such thing, as an inactive hyperparameter.
        values: The values that it can have, if there are few; for completion.
        help: What it is, in a few words.
    """

    name: str
    of: Callable[[TrialView], Value]
    values: tuple[Scalar, ...] = ()
    help: str = ""


_STATUS = ("running", "completed", "stopped", "failed", "invalid", "interrupted")
_REASON = ("initial", "exploit", "explore", "promoted", "random", "grid", "sobol", "varied", "sampled", "user")
_ORIGIN = ("initial", "by hand", "rerun")

_OWN: tuple[Field, ...] = (
    Field("trial", lambda trial: trial.trial_id, help="the trial's id"),
    Field("number", lambda trial: trial.number, help="position in the order of creation, from 0"),
    Field("status", lambda trial: trial.status.value.lower(), _STATUS, "what the trial is at"),
    Field("score", lambda trial: trial.shown_score, help="the objective; of a running trial its best so far"),
    Field("epochs", lambda trial: _epochs(trial), help="epochs that its last execution trained, so far"),
    Field("best_epoch", lambda trial: _from_one(trial.best_epoch), help="epoch of the score, from 1"),
    Field(
        "duration",
        lambda trial: trial.duration_s,
        help="seconds that it was trained for, without pauses; runs that were cut off count",
    ),
    Field("worker", lambda trial: trial.worker or None, help="the worker that ran it"),
    Field("attempt", lambda trial: trial.attempt + 1, help="which run of the trial, from 1"),
    Field("origin", lambda trial: trial.origin or "search", ("search", *_ORIGIN), "why it is run"),
    Field("reason", lambda trial: trial.reason or None, _REASON, "why its configuration was proposed"),
    Field("violation", lambda trial: trial.violation, help="by how much it violates constraints, 0 if by nothing"),
    Field("predicted", lambda trial: trial.predicted_mean, help="the objective that a model predicted for it"),
    Field("message", lambda trial: trial.message or None, help="why it failed or was stopped"),
)


def fields_of(view: SearchView) -> Mapping[str, Field]:
    """All fields of a search's trials by name: first the hyperparameters, then what every trial has.

    A hyperparameter that has the name of something that every trial has takes that name; the other one is called
    `trial.<name>` then.
    """
    found: dict[str, Field] = {}
    names = dict.fromkeys(hp.name for hp in view.space)
    seen = set()
    for trial in view.trials.values():
        active = tuple(trial.hyperparameters)
        if active not in seen:
            seen.add(active)
            names |= dict.fromkeys(trial.tuned)
    choices = {hp.name: hp.values for hp in view.space}
    for name in names:
        found[name] = Field(name, _hyperparameter(name), choices.get(name, ()), "a hyperparameter")
    note = Field("note", lambda trial: view.notes.get(trial.trial_id), help="what people have noted about it")
    for field in (*_OWN, note, *_of_several(view)):
        name = field.name if field.name not in found else f"trial.{field.name}"
        found[name] = Field(name, field.of, field.values, field.help)
    return found


def _of_several(view: SearchView) -> list[Field]:
    """What trials have where there are several objectives: the values of the others, and a place on the front."""
    if not view.other_objectives:
        return []
    front = {trial.trial_id for trial in pareto_front(view)}
    fields = [
        Field(objective.name, _other(position), help="another objective")
        for position, objective in enumerate(view.other_objectives)
    ]
    return [*fields, Field("pareto", lambda trial: trial.trial_id in front, (True, False), "on the Pareto front")]


def _other(position: int) -> Callable[[TrialView], Value]:
    return lambda trial: trial.other_scores[position] if position < len(trial.other_scores) else None


def _hyperparameter(name: str) -> Callable[[TrialView], Value]:
    return lambda trial: trial.hyperparameters.get(name)


def _epochs(trial: TrialView) -> int | None:
    return trial.epochs if trial.last_epoch is None else trial.last_epoch.epoch + 1


def _from_one(epoch: int | None) -> int | None:
    return None if epoch is None else epoch + 1
