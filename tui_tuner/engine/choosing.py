"""Lets a search choose its algorithm once its search space is known, and keep to that choice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tui_tuner.engine import events
from tui_tuner.engine.work import Work

if TYPE_CHECKING:
    from tui_tuner.oracles import Oracle
    from tui_tuner.oracles.choosing import Choice

_KEY = "choice"
"""Of `meta`: what was chosen, and why."""


def choose_tuner(work: Work) -> None:
    """Replace an oracle that leaves the choice open. Inside a transaction."""
    from tui_tuner.oracles.auto import AutoOracle  # here: viewers draw before the oracles are loaded

    if not isinstance(work.oracle, AutoOracle):
        return
    choice = work.oracle.choose(work.executor.capacity)
    work.replace_oracle(work.oracle.become(choice))
    work.store.event(events.TunerChosen(choice.tuner, choice.why))
    work.store.set_meta(**{_KEY: choice.to_json()})
    _follow(work, choice)
    work.oracle_changed()


def as_chosen(work: Work, oracle: Oracle, meta: Mapping[str, Any]) -> Oracle:
    """The oracle that was chosen when the search was begun; the given one if it leaves no choice, or none was made."""
    from tui_tuner.oracles.auto import AutoOracle
    from tui_tuner.oracles.choosing import Choice

    if not isinstance(oracle, AutoOracle) or _KEY not in meta:
        return oracle
    choice = Choice.from_json(meta[_KEY])
    with work.store.transaction():
        _follow(work, choice)
    return oracle.become(choice)


def planned_trials(max_trials: int | None, meta: Mapping[str, Any], is_open: bool) -> int | None:
    """How many trials a budget comes to, if its algorithm was chosen before.

    Args:
        is_open: Whether the config still leaves the choice open.
    """
    if max_trials is None or not is_open or _KEY not in meta:
        return max_trials
    from tui_tuner.oracles.choosing import Choice

    return Choice.from_json(meta[_KEY]).max_trials(max_trials)


def _follow(work: Work, choice: Choice) -> None:
    trainings = work.spec.max_trials
    if trainings is not None:
        work.budget.plan("max_trials", choice.max_trials(trainings))
    work.store.set_meta(tuner=choice.tuner, tuner_why=choice.why, max_trials=work.budget["max_trials"])
