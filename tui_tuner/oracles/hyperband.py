"""Hyperband."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tui_tuner.oracles.brackets import Bracket, Entry, Schedule
from tui_tuner.oracles.objective import Objective
from tui_tuner.oracles.staged import Proposals, StagedOracle
from tui_tuner.oracles.stages import Stage, stage_of
from tui_tuner.oracles.synchronization import synchronized
from tui_tuner.oracles.trial import Trial, TrialStatus
from tui_tuner.space import HyperParameters
from tui_tuner.space.reserved import BRACKET

_STATE_KEYS = (
    "max_epochs",
    "factor",
    "hyperband_iterations",
    "min_epochs",
    "brackets",
    "current_bracket",
    "current_iteration",
)


class HyperbandOracle(StagedOracle):
    """Starts many configurations for few epochs and lets the best go on for more, in several brackets.

    A trial that goes on is a new trial with the same hyperparameters, see `StagedOracle`. Configurations are drawn as
    by random search, with KerasTuner's sequence for a seed, unless a model shall propose them; none of them twice. When
    a finite space is exhausted, those that were started still go on. See `brackets` for the source; proposals from a
    model are the idea of Falkner et al. 2018, "BOHB: Robust and Efficient Hyperparameter Optimization at Scale".

    Args:
        objective: See `Oracle`, as for all others.
        max_epochs: Epochs of a configuration that goes all the way. With early stopping, take somewhat more than a
            training is expected to need.
        factor: By how much the configurations of a round become fewer, and their epochs more, from round to round.
        hyperband_iterations: How often all brackets are gone through; `None` for no limit. It may be raised when a
            search goes on.
        proposals: Where new configurations come from: `"random"`, as KerasTuner has it, or `"model"`.

    Raises:
        ValueError: If `factor` is less than 2, or `max_epochs` less than 1.
    """

    _doubts = False  # a bracket begins with so many configurations that some of them explore anyway

    def __init__(
        self,
        objective: str | Objective | Sequence[str | Objective] | None = None,
        max_epochs: int = 100,
        factor: int = 3,
        hyperband_iterations: int | None = 1,
        seed: int | None = None,
        hyperparameters: HyperParameters | None = None,
        allow_new_entries: bool = True,
        tune_new_entries: bool = True,
        max_retries_per_trial: int = 0,
        max_consecutive_failed_trials: int | None = 3,
        proposals: Proposals = "random",
    ) -> None:
        super().__init__(
            objective=objective,
            max_trials=None,
            max_epochs=max_epochs,
            factor=factor,
            proposals=proposals,
            hyperparameters=hyperparameters,
            allow_new_entries=allow_new_entries,
            tune_new_entries=tune_new_entries,
            seed=seed,
            max_retries_per_trial=max_retries_per_trial,
            max_consecutive_failed_trials=max_consecutive_failed_trials,
        )
        self.min_epochs = 1  # KerasTuner's files have it
        self.hyperband_iterations = float("inf") if hyperband_iterations is None else hyperband_iterations
        self._brackets: list[Bracket] = []  # those that are not finished, in the order in which they were opened
        self._opened = 0
        self._open_bracket()

    @property
    def planned_trials(self) -> int | None:
        """How many trials the search has if none fails and the space is large enough; `None` for no limit."""
        numbers = [number for number in (self._trials_in_brackets, self.max_trials) if number is not None]
        return min(numbers, default=None)

    @synchronized
    def set_max_trials(self, n: int) -> None:
        """As for all oracles: the search ends before its brackets are complete.

        Raises:
            ValueError: If the number is less than 1, or more than the brackets have.
        """
        planned = self._trials_in_brackets
        by_hand = len(self._wishes) + sum(bool(trial.origin) for trial in self.trials.values())
        if planned is not None and n > planned + by_hand:
            raise ValueError(
                f"Hyperband runs {planned} trials, as follows from `max_epochs`, `factor` and `hyperband_iterations`"
                f"{f', and {by_hand} that were asked for' if by_hand else ''}: it can be given fewer, but not {n}."
            )
        super().set_max_trials(n)

    def populate_space(self, trial_id: str) -> dict[str, Any]:
        """The next trial of the first bracket that has one: a new configuration, or one that goes on."""
        for bracket in self._brackets:
            values = self._values_in(bracket, trial_id)
            if values is not None:
                return {"status": TrialStatus.RUNNING, "values": values}
        self._brackets = [bracket for bracket in self._brackets if self._is_alive(bracket)]
        if not self._is_exhausted() and self._opened < self._schedule.brackets * self.hyperband_iterations:
            bracket = self._open_bracket()
            values = self._values_in(bracket, trial_id)
            if values is not None:
                return {"status": TrialStatus.RUNNING, "values": values}
        return {"status": TrialStatus.IDLE if self.ongoing_trials else TrialStatus.STOPPED, "values": None}

    def get_state(self) -> dict[str, Any]:
        last = self._opened - 1
        return super().get_state() | {
            "hyperband_iterations": self.hyperband_iterations,
            "max_epochs": self.max_epochs,
            "min_epochs": self.min_epochs,
            "factor": self.factor,
            "brackets": [
                {
                    "bracket_num": bracket.number,
                    "rounds": [
                        [{"past_id": entry.parent, "id": entry.trial_id} for entry in entries]
                        for entries in bracket.rounds
                    ],
                }
                for bracket in self._brackets
            ],
            "current_bracket": self._schedule.brackets - 1 - last % self._schedule.brackets,
            "current_iteration": last // self._schedule.brackets,
        }

    def set_state(self, state: Mapping[str, Any]) -> None:
        """As for all oracles.

        The brackets have the sizes with which the search was begun, with a warning if those were others.
        `hyperband_iterations` stays what it is: whoever resumes may want more of them.
        """
        missing = set(_STATE_KEYS) - {"min_epochs"} - state.keys()
        if missing:
            raise KeyError(*sorted(missing))
        super().set_state(state)
        brackets = self._schedule.brackets
        self._opened = state["current_iteration"] * brackets + brackets - state["current_bracket"]
        self._brackets = []
        for stored in state["brackets"]:
            rounds = [
                [Entry(entry["id"], entry["past_id"]) for entry in entries if entry["id"] in self.trials]
                for entries in stored["rounds"]
            ]
            self._brackets.append(Bracket(stored["bracket_num"], self._schedule, rounds))

    def restore(
        self,
        trials: Sequence[Trial],
        own_state: Mapping[str, Any],
        interrupted: Sequence[str] = (),
        end_order: Sequence[str] | None = None,
    ) -> None:
        super().restore(trials, own_state, interrupted, end_order)
        self._rebuild_brackets()

    # Inner workings.

    @property
    def _trials_in_brackets(self) -> int | None:
        """How many trials all brackets have if none fails and the space is large enough; `None` for no limit."""
        if self.hyperband_iterations == float("inf"):
            return None
        return self._schedule.trials * int(self.hyperband_iterations)

    @property
    def _schedule(self) -> Schedule:
        return Schedule(self.max_epochs, self.factor)

    def _values_in(self, bracket: Bracket, trial_id: str) -> dict[str, Any] | None:
        """The values of the bracket's next trial, which it notes."""
        if bracket.takes_more and not self._is_exhausted():
            values = self._new_values()
            if values is not None:
                stage = self._schedule.stage(bracket.number, 0)
                bracket.add(trial_id, stage)
                return {**values, **stage.values()}
        promotion = bracket.promotion(self.trials, self._best_of, self._is_exhausted())
        if promotion is None:
            return None
        bracket.add(trial_id, promotion)
        return self._continued(promotion)

    def _is_alive(self, bracket: Bracket) -> bool:
        """Whether more can come of a bracket that has nothing to run now."""
        return bracket.takes_more or bracket.has_running(self.trials)

    def _open_bracket(self) -> Bracket:
        brackets = self._schedule.brackets
        bracket = Bracket(brackets - 1 - self._opened % brackets, self._schedule)
        self._brackets.append(bracket)
        self._opened += 1
        return bracket

    def _rebuild_brackets(self) -> None:
        """Tell from the trials' values what was in which bracket.

        A trial that continues another is in the same bracket. One that does not is in the first bracket of its number
        that has room: a later one is not begun before.
        """
        self._brackets, self._opened, self._exhausted = [], 0, None
        self._open_bracket()
        bracket_of: dict[str, Bracket] = {}
        with_room: dict[int, Bracket] = {}
        for trial in self.trials.values():
            stage = stage_of(trial.hyperparameters.values)
            if stage is None or BRACKET not in trial.hyperparameters.values:
                continue
            bracket = bracket_of.get(stage.parent) if stage.parent is not None else None
            if bracket is None:
                bracket = self._bracket_with_room(stage, with_room)
            if bracket is not None:
                bracket.add(trial.trial_id, stage)
                bracket_of[trial.trial_id] = bracket

    def _bracket_with_room(self, stage: Stage, known: dict[int, Bracket]) -> Bracket | None:
        """The first bracket of this number that has room; `known` is where it was last, by number."""
        number = stage.bracket
        if not 0 <= number < self._schedule.brackets:  # of a search with other settings
            return None
        if number in known and (known[number].takes_more or stage.round):
            return known[number]
        opened = (bracket for bracket in self._brackets if bracket.number == number and bracket.takes_more)
        found = next(opened, None)
        while found is None or found.number != number:
            found = self._open_bracket()
        known[number] = found
        return found

    def _subclass_state(self) -> dict[str, Any]:
        """Without what `get_state` adds here, which the trials tell."""
        settings = {name: getattr(self, name) for name in self._settings}
        return {**{k: v for k, v in super()._subclass_state().items() if k not in _STATE_KEYS}, **settings}
