"""What a config asks for that it did not ask for when the search was begun."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from tui_tuner.engine import hand_made, json_values
from tui_tuner.engine.measuring import measures
from tui_tuner.engine.space_view import describe_space
from tui_tuner.engine.store import Store, TrialRow
from tui_tuner.engine.view import TrialState
from tui_tuner.engine.work import Work
from tui_tuner.errors import TunerError

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
    search's failure.
    """
    limits, initial = work.spec.limits, work.spec.initial_trials
    now = json_values.load(
        json_values.dump({"limits": dict(limits), "initial_trials": [dict(each) for each in initial]})
    )
    nothing: dict[str, Any] = {"limits": {}, "initial_trials": []}
    before = work.store.meta().get(_ASKED, now if work.recorder.count() else nothing)
    work.store.set_meta(**{_ASKED: now})
    names = [name for name in {**before["limits"], **limits} if now["limits"].get(name) != before["limits"].get(name)]
    _set_limits(work, {name: limits.get(name) for name in names})
    if not work.failure:
        _enqueue(
            work,
            {
                position: values
                for position, values in enumerate(initial)
                if now["initial_trials"][position] not in before["initial_trials"]
            },
        )


def _set_limits(work: Work, limits: Mapping[str, Any]) -> None:
    """Set these limits; `None` lifts one."""
    for name, values in limits.items():
        try:
            if values is None:
                work.limit(name)
                continue
            space = describe_space(work.oracle.get_space().get_config())
            checked = hand_made.limits(space, name, values)
            work.limit(checked.pop("name"), **checked)
        except TunerError as error:
            work.failure = " ".join((f"search.limits.{name}: {error.message}", error.hint)).strip()
            return
        except ValueError as error:
            work.failure = f"search.limits.{name}: {error}"
            return


def _enqueue(work: Work, configurations: Mapping[int, Mapping[str, Any]]) -> None:
    for position, values in configurations.items():
        try:
            work.oracle.enqueue(values, origin="initial")
        except ValueError as error:
            work.failure = f"search.initial_trials[{position}]: {error}"
            return
    if configurations:
        work.oracle_changed()
