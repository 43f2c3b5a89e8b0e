"""What the leaderboard shows of a snapshot: which trials, in which order, and what is chosen for that."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter
from typing import Any, Self

from tui_tuner.analysis.fields import Field, Value, fields_of
from tui_tuner.analysis.filters import FilterError, Test, parse_filter
from tui_tuner.analysis.pareto import pareto_front
from tui_tuner.analysis.ranking import COMPETING, has_rank, ordered
from tui_tuner.analysis.reruns import Repeated, repeated
from tui_tuner.analysis.standings import Standings
from tui_tuner.engine.view import HyperParameterView, SearchView, TrialView

RANK = "rank"
"""The column of the leaderboard's own order."""


@dataclass(frozen=True)
class Order:
    """What the rows are sorted by.

    Args:
        column: Id of a column.
        turned: Whether the other way round than the column's own.
    """

    column: str = RANK
    turned: bool = False


@dataclass(frozen=True)
class BoardChoices:
    """What a person has chosen for the leaderboard of a search.

    Args:
        hidden: Ids of columns.
        changed_only: Hide hyperparameters that have one value in all rows.
        filter: An expression; empty for all trials.
        pinned: Ids of the trials that stay on top.
    """

    order: Order = Order()
    hidden: frozenset[str] = frozenset()
    changed_only: bool = False
    filter: str = ""
    pinned: tuple[str, ...] = ()

    @classmethod
    def from_stored(cls, stored: Mapping[str, Any]) -> Self:
        """What was kept; whatever cannot be understood is as if nothing had been chosen."""
        column, text = stored.get("column"), stored.get("filter")
        return cls(
            Order(column if isinstance(column, str) else RANK, stored.get("turned") is True),
            frozenset(_texts(stored.get("hidden"))),
            stored.get("changed_only") is True,
            text if isinstance(text, str) else "",
            tuple(dict.fromkeys(_texts(stored.get("pinned")))),
        )

    def to_stored(self) -> dict[str, Any]:
        """For `Choices`."""
        return {
            "column": self.order.column,
            "turned": self.order.turned,
            "hidden": sorted(self.hidden),
            "changed_only": self.changed_only,
            "filter": self.filter,
            "pinned": list(self.pinned),
        }


@dataclass(frozen=True)
class Arranged:
    """The rows of the leaderboard.

    Args:
        trial_ids: From the top.
        matching: How many trials pass the filter.
        pinned: How many of the first rows are pinned.
        problem: Why the filter lets everything through, if it cannot be understood.
    """

    trial_ids: Sequence[str]
    matching: int
    pinned: int
    problem: str = ""


class Board:
    """One snapshot, as the leaderboard needs it. What costs time is computed when it is first asked for.

    Args:
        before: The snapshot before, of which most still holds.
    """

    def __init__(self, view: SearchView, before: Board | None = None) -> None:
        self.view = view
        self.searched = tuple(parameter for parameter in view.space if parameter.kind != "Fixed")
        standings = Standings(view, None if before is None else before.standings)
        self.standings: Standings = standings
        known = before if standings.follows else None
        self.has_messages: bool = (known is not None and known.has_messages) or any(
            trial.message for trial in standings.news
        )
        self.repeated: Mapping[str, Repeated] = {}
        if known is None or known.repeated or any(trial.rerun_of is not None for trial in standings.news):
            self.repeated = repeated(view)
        competing = standings.competing_ids
        self.ranks: Mapping[str, int] = dict(zip(competing, range(1, len(competing) + 1), strict=True))
        self.front: frozenset[str] = frozenset()
        """The trials that no other one beats, if there are several objectives."""
        if known is not None and not any(has_rank(trial) or trial.trial_id in known.front for trial in standings.news):
            self.front = known.front
        else:
            self.front = frozenset(trial.trial_id for trial in pareto_front(view))

    @cached_property
    def fields(self) -> Mapping[str, Field]:
        """What can be asked of the trials."""
        return fields_of(self.view)

    def arrange(
        self, choices: BoardChoices, value: Callable[[TrialView], Value] | None, *, descending: bool
    ) -> Arranged:
        """The rows in their order.

        Args:
            value: What they are sorted by; `None` for the leaderboard's own order.
            descending: The largest first; with the leaderboard's own order the worst first.
        """
        test, problem = self._test(choices.filter)
        if test is None and value is None and not descending:
            rows: Sequence[str] = self.standings.trial_ids
        else:
            rows = [trial.trial_id for trial in self._sorted(test, value, descending)]
        matching = len(rows)
        pinned = [trial_id for trial_id in choices.pinned if trial_id in self.view.trials]
        if pinned:
            rows = [*pinned, *(trial_id for trial_id in rows if trial_id not in pinned)]
        return Arranged(rows, matching, len(pinned), problem)

    def _sorted(
        self, test: Test | None, value: Callable[[TrialView], Value] | None, descending: bool
    ) -> Sequence[TrialView]:
        standings = self.standings
        trials = standings.trials if test is None else list(filter(test, standings.trials))
        if value is None and not descending:
            return trials
        groups = {trial_id: standings.group_of(place) for place, trial_id in enumerate(standings.trial_ids)}
        return ordered(
            sorted(trials, key=attrgetter("number")),  # equal ones in the order of creation
            value or (lambda trial: self.ranks.get(trial.trial_id)),
            descending=descending,
            group=lambda trial: groups[trial.trial_id] or COMPETING,
        )

    def _test(self, text: str) -> tuple[Test | None, str]:
        if not text.strip():
            return None, ""
        try:
            return parse_filter(text, self.fields), ""
        except FilterError as error:
            return None, error.message

    def unchanged(self, parameter: HyperParameterView, trial_ids: Sequence[str]) -> bool:
        """Whether a hyperparameter is the same in these trials; a single one says nothing about that."""
        if len(trial_ids) < 2:
            return False
        trials = self.view.trials
        first = trials[trial_ids[0]].hyperparameters.get(parameter.name)
        return all(trials[trial_id].hyperparameters.get(parameter.name) == first for trial_id in trial_ids)


def _texts(stored: object) -> list[str]:
    return [text for text in stored if isinstance(text, str)] if isinstance(stored, list) else []
