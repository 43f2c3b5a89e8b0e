"""Grid search."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tui_tuner.oracles.explanation import Reason
from tui_tuner.oracles.grid_axes import Grid, Place
from tui_tuner.oracles.objective import Objective
from tui_tuner.oracles.oracle import Oracle
from tui_tuner.oracles.trial import Trial, TrialStatus
from tui_tuner.space import HyperParameters

_PENDING = "populate_next"


class GridSearchOracle(Oracle):
    """Tries every configuration of the space, in a fixed order.

    The first trial has all defaults. From there the hyperparameter that was defined last changes fastest: its default,
    then its other values in their order. A continuous range contributes its default and ten values. A trial that finds
    new hyperparameters is followed by their other values; nothing that was tried is tried again.

    The order does not depend on results, so trials run at once as many as there is room for. Limits leave
    configurations out; those that were left out come when a limit is lifted. What people enqueue is not tried again,
    and does not change the order.

    Args:
        objective: See `Oracle`, as for all others.
        max_trials: How many trials the search has at most; by default it goes through the whole grid.
        seed: Without effect: nothing is random here.
    """

    _reason = Reason.GRID

    def __init__(
        self,
        objective: str | Objective | Sequence[str | Objective] | None = None,
        max_trials: int | None = None,
        seed: int | None = None,
        hyperparameters: HyperParameters | None = None,
        allow_new_entries: bool = True,
        tune_new_entries: bool = True,
        max_retries_per_trial: int = 0,
        max_consecutive_failed_trials: int | None = 3,
    ) -> None:
        super().__init__(
            objective=objective,
            max_trials=max_trials,
            hyperparameters=hyperparameters,
            allow_new_entries=allow_new_entries,
            tune_new_entries=tune_new_entries,
            seed=seed,
            max_retries_per_trial=max_retries_per_trial,
            max_consecutive_failed_trials=max_consecutive_failed_trials,
        )
        self._grid: Grid | None = None
        self._grid_of: tuple[HyperParameters, int] | None = None
        self._places: dict[str, Place] = {}
        self._taken: set[Place] = set()
        # Trials whose next configuration may still have to be tried, in the order in which that is looked at. A trial
        # is put there when it begins, and when it ends, because by then it may know more hyperparameters.
        self._pending: dict[str, None] = {}

    def populate_space(self, trial_id: str) -> dict[str, Any]:
        """The next configuration in the order of the grid."""
        values = self._next_values()
        if values is not None:
            return {"status": TrialStatus.RUNNING, "values": values}
        # What is running may find hyperparameters that make the grid larger.
        return {"status": TrialStatus.IDLE if self.ongoing_trials else TrialStatus.STOPPED, "values": None}

    def get_state(self) -> dict[str, Any]:
        return super().get_state() | {_PENDING: list(self._pending)}

    def set_state(self, state: Mapping[str, Any]) -> None:
        """As for all oracles. KerasTuner stores nothing of its grid: it is rebuilt from the trials."""
        super().set_state(state)
        self._grid = None
        self._pending = dict.fromkeys(self._those_known(state.get(_PENDING, self.start_order)))

    def restore(
        self,
        trials: Sequence[Trial],
        own_state: Mapping[str, Any],
        interrupted: Sequence[str] = (),
        end_order: Sequence[str] | None = None,
    ) -> None:
        super().restore(trials, own_state, interrupted, end_order)
        # Without a record any trial may be the one to go on from.
        pending = own_state.get("subclass", {}).get(_PENDING, self.start_order)
        self._pending = dict.fromkeys(self._those_known(pending))

    def _subclass_state(self) -> dict[str, Any]:
        return {**super()._subclass_state(), _PENDING: list(self._pending)}

    def _fill_in(self, hyperparameters: HyperParameters) -> None:
        """Nothing is drawn: what was left out was left out on purpose."""

    def _record_values(self, trial: Trial) -> None:
        super()._record_values(trial)
        grid = self._known_grid()
        if self._is_on_grid(trial):
            place = grid.place(trial.hyperparameters.values)
            if self._places.get(trial.trial_id) != place:
                self._places[trial.trial_id] = place
                self._taken.add(place)
            self._pending.setdefault(trial.trial_id)

    def _next_values(self) -> dict[str, Any] | None:
        grid = self._known_grid()
        first = grid.first()
        if grid.place(first) not in self._taken:
            return first
        while self._pending:
            trial = self._next_pending()
            values = grid.after(trial.hyperparameters.values) if self._is_on_grid(trial) else None
            if values is not None and grid.place(values) not in self._taken:
                return values
        return None

    def _next_pending(self) -> Trial:
        """The first one; what people enqueued comes last, lest it draw the search away from where it is."""
        waiting = (trial_id for trial_id in self._pending if not self.trials[trial_id].origin)
        trial_id = next(waiting, None) or next(iter(self._pending))
        del self._pending[trial_id]
        return self.trials[trial_id]

    def _is_on_grid(self, trial: Trial) -> bool:
        """Whether the trial has a place in the grid."""
        if not trial.origin and not self._limits:
            return True  # as the grid proposed it; if from a file, with numbers that may be rounded
        return self._known_grid().holds(trial.hyperparameters.values)

    def _limits_changed(self) -> None:
        super()._limits_changed()
        self._grid = None
        self._pending = dict.fromkeys(self.start_order)  # what was passed over may be next to any of them

    def _known_grid(self) -> Grid:
        """The grid of the present space, and in `_taken` what was tried of it."""
        space = (self.hyperparameters, len(self.hyperparameters.space))  # it only grows, or is replaced
        if self._grid is None or self._grid_of != space:
            self._grid, self._grid_of = Grid(self.hyperparameters, self._limits), space
            self._places = {
                trial_id: self._grid.place(trial.hyperparameters.values)
                for trial_id, trial in self.trials.items()
                if self._is_on_grid(trial)
            }
            self._taken = set(self._places.values())
        return self._grid
