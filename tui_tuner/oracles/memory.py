"""What an oracle remembers of its trials, and how that memory is kept and brought back."""

from __future__ import annotations

import hashlib
import random
import warnings
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tui_tuner.oracles.synchronization import synchronized
from tui_tuner.oracles.trial import Trial, TrialStatus
from tui_tuner.space import HyperParameters

STATE_KEYS = (
    "ongoing_trials",
    "hyperparameters",
    "start_order",
    "end_order",
    "run_times",
    "retry_queue",
    "seed",
    "seed_state",
    "tried_so_far",
    "id_to_hash",
    "display",
)
"""What KerasTuner's `oracle.json` holds for every oracle."""

WRITTEN_BY = "written_by"
"""Key of `oracle.json` by which a file of our engine is known, which has all of it in `search.db`. KerasTuner reads
past it, and leaves it out when it saves."""

_ENDED = (TrialStatus.COMPLETED, TrialStatus.FAILED, TrialStatus.STOPPED)


class OracleMemory:
    """The trials of an oracle and their order, which values were tried, and what will be tried again.

    Two ways to keep it: `get_state`, as in KerasTuner's files, which grows with the number of trials; and `own_state`,
    which does not, with `restore` for an engine that stores the trials itself.

    Args:
        hyperparameters: The search space as far as it is known.
        seed: Seed of all that is random here; a random one by default.

    Attributes:
        trials: All trials by id, in the order of creation.
        ongoing_trials: The running trials by the id of the tuner that runs them.
    """

    def __init__(self, hyperparameters: HyperParameters | None, seed: int | None) -> None:
        self.hyperparameters = HyperParameters() if hyperparameters is None else hyperparameters
        self.seed = random.randint(1, 10000) if seed is None else seed
        self._asked_seed = seed
        self._said: set[str] = set()
        self.trials: dict[str, Trial] = {}
        self.ongoing_trials: dict[str, Trial] = {}
        self.start_order: list[str] = []
        self.end_order: list[str] = []
        self.tuner_ids: set[str] = set()
        self._seed_state = self.seed
        self._run_times: dict[str, int] = {}
        self._retry_queue: list[str] = []
        self._interrupted: deque[str] = deque()
        self._tried_so_far: set[str] = set()
        self._id_to_hash: dict[str, str] = {}
        self._consecutive_failures = 0
        self._unsaved: dict[str, None] = {}

    # KerasTuner's form.

    @synchronized
    def get_state(self) -> dict[str, Any]:
        """Everything but the trials themselves, as in KerasTuner's `oracle.json`. Its size grows with the trials."""
        return {
            "ongoing_trials": {tuner_id: trial.trial_id for tuner_id, trial in self.ongoing_trials.items()},
            "hyperparameters": self.hyperparameters.get_config(),
            "start_order": list(self.start_order),
            "end_order": list(self.end_order),
            "run_times": dict(self._run_times),
            # KerasTuner takes from the end of its queue.
            "retry_queue": [*self._retry_queue, *reversed(self._interrupted)],
            "seed": self.seed,
            "seed_state": self._seed_state,
            "tried_so_far": sorted(self._tried_so_far),
            "id_to_hash": dict(self._id_to_hash),
            "display": {"search_start": None, "trial_start": {}, "trial_number": {}},
        }

    @synchronized
    def set_state(self, state: Mapping[str, Any]) -> None:
        """Take over what `get_state` returned; `trials` must hold its trials already.

        Trials that were running are handed out again first, in the order of their start.

        Raises:
            KeyError: If a part is missing.
        """
        self.hyperparameters = HyperParameters.from_config(state["hyperparameters"])
        self.start_order = self._those_known(state["start_order"])
        self.end_order = self._those_known(state["end_order"])
        self._run_times = dict(state["run_times"])
        self._retry_queue = self._those_known(state["retry_queue"])
        self.seed = state["seed"]
        if self._asked_seed not in (None, self.seed) and self.trials:
            self._say_once(
                f"The search was begun with seed={self.seed} and goes on with that, because its next trials follow "
                f"from it: seed={self._asked_seed} has no effect. To begin anew, pass `overwrite=True`."
            )
        self._seed_state = state["seed_state"]
        self._tried_so_far = set(state["tried_so_far"])
        self._id_to_hash = dict(state["id_to_hash"])
        running = set(state["ongoing_trials"].values())
        self._interrupted = deque(trial_id for trial_id in self.start_order if trial_id in running)
        self.ongoing_trials = {}
        self._consecutive_failures = 0
        for trial_id in reversed(self.end_order):
            if self.trials[trial_id].status != TrialStatus.FAILED:
                break
            self._consecutive_failures += 1

    # The engine's form.

    @synchronized
    def own_state(self) -> dict[str, Any]:
        """What cannot be told from the trials, as JSON values; its size does not grow with the number of trials.

        A subclass that adds to `get_state`, as KerasTuner's users do, finds its additions again in `set_state`.
        """
        open_trials = [*self._retry_queue, *self._interrupted, *(t.trial_id for t in self.ongoing_trials.values())]
        return {
            "oracle": type(self).__name__,
            "seed": self.seed,
            "seed_state": self._seed_state,
            "retry_queue": list(self._retry_queue),
            "run_times": {
                trial_id: self._run_times[trial_id] for trial_id in open_trials if self._run_times.get(trial_id)
            },
            "consecutive_failures": self._consecutive_failures,
            "subclass": self._subclass_state(),
        }

    @synchronized
    def restore(
        self,
        trials: Sequence[Trial],
        own_state: Mapping[str, Any],
        interrupted: Sequence[str] = (),
        end_order: Sequence[str] | None = None,
    ) -> None:
        """Become the oracle that had these trials, and go on as that one would have gone on.

        Args:
            trials: All trials, in the order of creation, with their final values.
            own_state: The last `own_state`; an empty one is made up for as far as possible.
            interrupted: Ids of the trials that were running, in the order of their start. They are handed out again
                first, in this order, under the same id and with the same values, and that does not count as a retry.
            end_order: Ids in the order in which trials ended, where known; by default the order of creation.
        """
        self.trials = {trial.trial_id: trial for trial in trials}
        begun_by = own_state.get("oracle", type(self).__name__)
        if begun_by != type(self).__name__:
            self._say_once(f"The search was begun by {begun_by} and goes on with {type(self).__name__}.")
        learnt: set[int] = set()  # most trials share the objects that describe their space
        for trial in trials:
            definitions = {id(hp) for hp in trial.hyperparameters.space}
            if not definitions <= learnt:
                self._learn_space(trial.hyperparameters)
                learnt |= definitions
        cut_off = set(interrupted)
        waiting = [
            each.trial_id for each in trials if each.status == TrialStatus.INVALID and each.trial_id not in cut_off
        ]
        queue = [trial_id for trial_id in own_state.get("retry_queue", ()) if trial_id in waiting]
        ended = [each.trial_id for each in trials if each.status in _ENDED and each.trial_id not in cut_off]
        self._id_to_hash = {each.trial_id: self._hash_of(each) for each in trials}
        self.set_state(
            {
                **self.get_state(),
                **own_state.get("subclass", {}),
                "ongoing_trials": {},
                "hyperparameters": self.hyperparameters.get_config(),
                "start_order": [trial.trial_id for trial in trials],
                "end_order": ended if end_order is None else list(end_order),
                "run_times": {**dict.fromkeys(ended, 1), **own_state.get("run_times", {})},
                "retry_queue": [*queue, *(trial_id for trial_id in waiting if trial_id not in queue)],
                "seed": own_state.get("seed", self.seed),
                "seed_state": own_state.get("seed_state", self._seed_state),
                "tried_so_far": list(self._id_to_hash.values()),
                "id_to_hash": self._id_to_hash,
                "display": {"search_start": None, "trial_start": {}, "trial_number": {}},
            }
        )
        self._interrupted = deque(self._those_known(interrupted))
        self._consecutive_failures = own_state.get("consecutive_failures", self._consecutive_failures)

    @synchronized
    def give_up(self, tuner_id: str) -> None:
        """A tuner is gone: the trial that it ran is handed out again first, and that does not count as a retry."""
        trial = self.ongoing_trials.pop(tuner_id, None)
        if trial is not None:
            self._interrupted.append(trial.trial_id)
        self.tuner_ids.discard(tuner_id)

    # For subclasses.

    def _say_once(self, message: str) -> None:
        """Warn of something that stays true: a search is restored more than once."""
        if message not in self._said:
            self._said.add(message)
            warnings.warn(message, stacklevel=3)

    def _learn_space(self, hyperparameters: HyperParameters) -> None:
        """Take over new hyperparameters, as far as the oracle takes any."""
        raise NotImplementedError

    def _subclass_state(self) -> dict[str, Any]:
        """What a user's subclass adds to `get_state`; oracles of this package do not need it."""
        if type(self).get_state.__module__.startswith(f"{__package__}."):
            return {}
        return {key: value for key, value in self.get_state().items() if key not in STATE_KEYS}

    def _compute_values_hash(self, values: Mapping[str, Any]) -> str:
        """KerasTuner's hash of a configuration, which its files hold."""
        text = "".join(f"{name}={values[name]}" for name in sorted(values))
        return hashlib.sha256(text.encode("utf-8")).hexdigest()[:32]

    def _hash_of(self, trial: Trial) -> str:
        """The hash of the trial's values, without those that the oracle does not tune."""
        known = {hp.name for hp in self.hyperparameters.space}
        untuned = {hp.name for hp in trial.hyperparameters.space} - known
        values = trial.hyperparameters.values
        return self._compute_values_hash({name: values[name] for name in values if name not in untuned})

    def _record_values(self, trial: Trial) -> None:
        """Note the trial's values as tried, in place of those it was noted with before."""
        self._forget_values(trial.trial_id)
        values_hash = self._hash_of(trial)
        self._tried_so_far.add(values_hash)
        self._id_to_hash[trial.trial_id] = values_hash

    def _forget_values(self, trial_id: str) -> None:
        self._tried_so_far.discard(self._id_to_hash.get(trial_id, ""))

    def _those_known(self, trial_ids: Iterable[str]) -> list[str]:
        return [trial_id for trial_id in trial_ids if trial_id in self.trials]
