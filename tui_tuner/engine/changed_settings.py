"""What a config asks for that it did not ask for when the search was begun."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tui_tuner.engine import hand_made, json_values
from tui_tuner.engine.measuring import measures
from tui_tuner.engine.space_view import describe_space
from tui_tuner.engine.store import Store, TrialRow
from tui_tuner.engine.view import TrialState
from tui_tuner.engine.work import Work
from tui_tuner.errors import TunerError

if TYPE_CHECKING:
    from tui_tuner.space import HyperParameters

_ASKED = "asked"
"""Key of `meta` under which the limits and the initial trials are that the config last asked for."""


def judged_anew(store: Store, rows: Sequence[TrialRow], constraints: Sequence[str]) -> list[TrialRow]:
    """The trials of a search with other constraints than they had; what changes is written. Inside a transaction.

    Constraints hold for all trials. What was not measured of one, because no constraint asked for it, follows from its
    events and epochs; a metric that it did not log does not count.
    """
    # Here: viewers draw before that is loaded.
    from tui_tuner.oracles.constraints import MEASURES, Constraint, violation

    wanted = [Constraint.parse(text) for text in constraints]
    names = [name for name in MEASURES if any(each.name == name for each in wanted)]
    parameters = store.model_parameters() if names else {}
    judged = []
    for row in rows:
        if row.status in (TrialState.COMPLETED, TrialState.STOPPED):
            durations = store.epoch_durations(row.trial_id, row.first_attempt, row.attempt + 1) if names else []
            known = {**measures(names, durations, parameters.get(row.trial_id)), **(row.metrics or {})}
            now = replace(row, metrics=known, violation=violation(wanted, known) if wanted else None)
            if now != row:
                store.judgement(now)
            judged.append(now)
        else:
            judged.append(row)
    return judged


def ask(work: Work) -> None:
    """Set the limits of the config and have its initial trials run: of a search that goes on, those that are new in it.

    A limit that is the same as before stays as people have changed it meanwhile. Inside a transaction; a mistake is the
    search's failure, and then nothing of it counts as asked for: whoever has corrected the config gets all of it.
    """
    limits, initial = work.spec.limits, work.spec.initial_trials
    now = json_values.load(
        json_values.dump({"limits": dict(limits), "initial_trials": [dict(each) for each in initial]})
    )
    nothing: dict[str, Any] = {"limits": {}, "initial_trials": []}
    before = work.store.meta().get(_ASKED, now if work.recorder.count() else nothing)
    space = work.oracle.get_space()
    known = {hp.name for hp in space.space}
    changed = [name for name in {**before["limits"], **limits} if now["limits"].get(name) != before["limits"].get(name)]
    new = {
        position: values
        for position, values in enumerate(initial)
        if now["initial_trials"][position] not in before["initial_trials"]
    }
    lifted = [name for name in changed if name not in limits and name in known]
    try:
        checked = _limits(space, {name: limits[name] for name in changed if name in limits})
        _check_configurations(space, new)
    except ValueError as error:
        work.failure = str(error)
        return
    for name in lifted:
        work.limit(name)
    for arguments in checked:
        work.limit(arguments.pop("name"), **arguments)
    for values in new.values():
        work.oracle.enqueue(values, origin="initial")
    if new:
        work.oracle_changed()
    work.store.set_meta(**{_ASKED: now})


def _limits(space: HyperParameters, wanted: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The arguments of a `LIMIT` command for each; `ValueError` says which one the space does not have."""
    from tui_tuner.space.limits import Limit

    described = describe_space(space.get_config())
    checked = []
    for name, values in wanted.items():
        try:
            arguments = hand_made.limits(described, name, values)
            Limit(*map(arguments.get, ("min_value", "max_value", "values"))).checked(name, space)
        except TunerError as error:
            raise ValueError(" ".join((f"search.limits.{name}: {error.message}", error.hint)).strip()) from None
        except ValueError as error:
            raise ValueError(f"search.limits.{name}: {error}") from None
        checked.append(arguments)
    return checked


def _check_configurations(space: HyperParameters, wanted: Mapping[int, Mapping[str, Any]]) -> None:
    """Raise `ValueError`, with its position, for the first one that the space does not have."""
    from tui_tuner.oracles.stages import without_stage
    from tui_tuner.space.given_values import completed

    for position, values in wanted.items():
        try:
            completed(space, without_stage(values))
        except ValueError as error:
            raise ValueError(f"search.initial_trials[{position}]: {error}") from None
