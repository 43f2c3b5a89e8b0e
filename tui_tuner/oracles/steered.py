"""What a person can ask of an oracle while it searches: run this, keep to that, stop earlier or later."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from tui_tuner.oracles.stages import without_stage
from tui_tuner.oracles.stored_memory import StoredMemory
from tui_tuner.oracles.synchronization import synchronized
from tui_tuner.oracles.trial import Trial
from tui_tuner.oracles.wishes import Wish
from tui_tuner.space import HyperParameters
from tui_tuner.space.given_values import completed
from tui_tuner.space.limits import Limit, limited
from tui_tuner.space.scalars import Scalar

STEERING = "steering"
"""Key of `get_state` and `oracle.json` under which wishes, limits and the number of trials are. It is there only if a
person has asked for something; KerasTuner reads past it."""


class SteeredMemory(StoredMemory):
    """What an oracle remembers, and what people have asked of it.

    Attributes:
        max_trials: How many trials the search has; `None` for no limit.
    """

    max_trials: int | None = None

    def __init__(self, hyperparameters: HyperParameters | None, seed: int | None) -> None:
        super().__init__(hyperparameters, seed)
        self._wishes: deque[Wish] = deque()
        self._limits: dict[str, Limit] = {}
        self._max_trials_before: tuple[int | None] | None = None  # what it was made with, if a person changed it
        self._part: HyperParameters | None = None
        self._part_of: tuple[HyperParameters, int] | None = None

    @synchronized
    def enqueue(self, values: Mapping[str, Scalar], origin: str = "by hand", rerun_of: str | None = None) -> None:
        """Have a configuration run next: after interrupted trials and retries, and before anything is proposed.

        It is run even if it was tried before, if it lies outside the limits, and if the search has had all its trials.

        Args:
            values: By full name. What is missing gets its default, and what is inactive with the others is left out.
                Entries of Hyperband (`tuner/epochs`) are ignored: it trains all epochs.
            origin: What becomes the trial's `origin`.
            rerun_of: The trial that is to be repeated; then the values are its values, and taken as they are.

        Raises:
            ValueError: If the search space has no such hyperparameter or value. While nothing is known of the space,
                `create_trial` checks that instead.
        """
        given = without_stage(values)
        wish = Wish(given, origin, rerun_of)
        self._wishes.append(replace(wish, values=self._values_of(wish)))

    @property
    def wishes(self) -> tuple[Wish, ...]:
        """What was enqueued and has not begun."""
        return tuple(self._wishes)

    @synchronized
    def limit(
        self,
        name: str,
        min_value: float | None = None,
        max_value: float | None = None,
        values: Sequence[Scalar] | None = None,
    ) -> None:
        """Propose only a part of a hyperparameter's values from now on.

        Trials that are there, enqueued ones among them, run as they are, and their results inform the search as
        before. A limit replaces an earlier one of the same name; one that allows all lifts it.

        Args:
            name: Full name of the hyperparameter, for all definitions of it.
            min_value: The least number to propose.
            max_value: The greatest number to propose.
            values: The values to propose.

        Raises:
            ValueError: If the search space has no such hyperparameter or not those values, or nothing would be left.
        """
        wanted = Limit(min_value, max_value, None if values is None else tuple(values))
        checked = wanted.checked(name, self.hyperparameters)
        self._limits.pop(name, None)
        if not checked.is_none:
            self._limits[name] = checked
        self._limits_changed()

    @property
    def limits(self) -> Mapping[str, Limit]:
        """The limits that hold, by name of the hyperparameter."""
        return MappingProxyType(self._limits)

    @synchronized
    def set_max_trials(self, n: int) -> None:
        """Change how many trials the search has in all; if it has as many already, nothing more is proposed.

        Raises:
            ValueError: If the number is less than 1, or this oracle cannot have so many.
        """
        if isinstance(n, bool) or not isinstance(n, int) or n < 1:
            raise ValueError(f"The number of trials must be a whole number of at least 1, found {n!r}.")
        if self._max_trials_before is None:
            self._max_trials_before = (self.max_trials,)
        self.max_trials = n

    @property
    def proposal_space(self) -> HyperParameters:
        """The part of the search space that proposals come from: all of it, as far as no limits are set.

        The same object as long as neither the space nor the limits change.
        """
        if not self._limits:
            return self.hyperparameters
        space = (self.hyperparameters, len(self.hyperparameters.space))  # it only grows, or is replaced
        if self._part is None or self._part_of != space:
            self._part, self._part_of = limited(self.hyperparameters, self._limits), space
        return self._part

    def _values_of(self, wish: Wish) -> Mapping[str, Scalar]:
        """The configuration that is wished for, as far as the space is known."""
        if wish.rerun_of is not None or not self.hyperparameters.space:
            return wish.values
        return completed(self.hyperparameters, wish.values)

    # The state.

    def get_state(self) -> dict[str, Any]:
        steering = self._steering()
        return super().get_state() | ({STEERING: steering} if any(steering.values()) else {})

    def set_state(self, state: Mapping[str, Any]) -> None:
        super().set_state(state)
        self._steer(state.get(STEERING, {}))

    def own_state(self) -> dict[str, Any]:
        return {**super().own_state(), STEERING: self._steering()}

    def restore(
        self,
        trials: Sequence[Trial],
        own_state: Mapping[str, Any],
        interrupted: Sequence[str] = (),
        end_order: Sequence[str] | None = None,
    ) -> None:
        """As `OracleMemory` says; without a record of what people asked for, what was asked of this oracle stays."""
        super().restore(trials, own_state, interrupted, end_order)
        self._steer(own_state.get(STEERING, {}))

    def _steering(self) -> dict[str, Any]:
        before = self._max_trials_before
        return {
            "wishes": [wish.to_json() for wish in self._wishes],
            "limits": {name: limit.to_json() for name, limit in self._limits.items()},
            "max_trials": None if before is None else {"now": self.max_trials, "instead_of": before[0]},
        }

    def _steer(self, stored: Mapping[str, Any]) -> None:
        if "wishes" in stored:
            self._wishes = deque(Wish.from_json(wish) for wish in stored["wishes"])
        if "limits" in stored:
            self._limits = {name: Limit.from_json(limit) for name, limit in stored["limits"].items()}
            self._limits_changed()
        changed = stored.get("max_trials")
        # Whoever resumes with another number than the search was begun with wants that one.
        if changed is not None and self._max_trials_before is None and self.max_trials == changed["instead_of"]:
            self._max_trials_before = (self.max_trials,)
            self.max_trials = changed["now"]

    def _subclass_state(self) -> dict[str, Any]:
        return {key: value for key, value in super()._subclass_state().items() if key != STEERING}

    def _limits_changed(self) -> None:
        """Hook: what follows from the space that proposals come from is to be found anew."""
        self._part = None
