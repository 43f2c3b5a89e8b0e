"""The interface of all search algorithms: asked for a trial, told how it went."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from tui_tuner.oracles.explanation import Explanation, Reason
from tui_tuner.oracles.objective import Objective, create_objective
from tui_tuner.oracles.outcomes import TrialOutcomes, is_scored
from tui_tuner.oracles.synchronization import synchronized, without_lock
from tui_tuner.oracles.trial import Trial, TrialStatus
from tui_tuner.space import HyperParameters
from tui_tuner.space.reserved import PARENT

__all__ = ["Oracle", "is_scored"]


class Oracle(TrialOutcomes):
    """Decides which configuration is tried next. Subclasses implement `populate_space`.

    Whoever runs trials calls `create_trial`, any number of times `update_trial`, and `end_trial`, from any threads. The
    calls write no files, and their cost does not grow with the number of trials.

    Args:
        objective: What is optimised: an `Objective`, the name of a metric whose direction is known, or a list of
            these. By default the number that a trial returns, minimised.
        max_trials: How many trials the search has; `None` for no limit. A retried trial counts once.
        hyperparameters: The search space, as far as it is known beforehand.
        allow_new_entries: Whether trials may use hyperparameters that are not in `hyperparameters`.
        tune_new_entries: Whether such hyperparameters are tuned; if not, they keep their defaults.
        seed: Seed; the same seed and the same results in the same order give the same trials.
        max_retries_per_trial: How often a trial that raised or whose score is NaN is run again.
        max_consecutive_failed_trials: How many failures in a row end the search; `None` for no limit.

    Raises:
        ValueError: If no hyperparameters are given and new ones are not allowed or not tuned.
    """

    _reason: Reason | None = None
    """Why all is proposed that an oracle does not explain otherwise; `None` if it does not say."""

    _why: Explanation | None = None
    """Why what `populate_space` has just answered is proposed."""

    def __init__(
        self,
        objective: str | Objective | Sequence[str | Objective] | None = None,
        max_trials: int | None = None,
        hyperparameters: HyperParameters | None = None,
        allow_new_entries: bool = True,
        tune_new_entries: bool = True,
        seed: int | None = None,
        max_retries_per_trial: int = 0,
        max_consecutive_failed_trials: int | None = 3,
    ) -> None:
        if hyperparameters is None and not tune_new_entries:
            raise ValueError("If you set `tune_new_entries=False`, give the search space as `hyperparameters`.")
        if hyperparameters is None and not allow_new_entries:
            raise ValueError("If you set `allow_new_entries=False`, give the search space as `hyperparameters`.")
        super().__init__(hyperparameters, seed)
        self.objective = create_objective(objective)
        self.max_trials = max_trials
        self.allow_new_entries = allow_new_entries
        self.tune_new_entries = tune_new_entries
        self.max_retries_per_trial = max_retries_per_trial
        self.max_consecutive_failed_trials = max_consecutive_failed_trials
        self.multi_worker = False
        self.should_report = True
        self._verbose: int | str = 1

    def __getstate__(self) -> dict[str, Any]:
        """Scripts pickle their tuner after a search, to look at it later."""
        return {**without_lock(self.__dict__), "_rest": None}  # a walk through the space: it begins anew

    @property
    def verbose(self) -> int | str:
        """Kept for KerasTuner's scripts: an oracle prints nothing whatever it is. `"auto"` reads 1."""
        return self._verbose

    @verbose.setter
    def verbose(self, verbose: int | str) -> None:
        self._verbose = 1 if verbose == "auto" else verbose

    # What subclasses decide.

    def populate_space(self, trial_id: str) -> dict[str, Any]:
        """Choose the values of a new trial.

        Args:
            trial_id: The id that the trial will have.

        Returns:
            `{"status": ..., "values": {...}}`: `RUNNING` with a value for each active hyperparameter; `IDLE` if there
            is nothing to run until another trial ends; `STOPPED` if there is nothing left to try.
        """
        raise NotImplementedError(f"{type(self).__name__} does not implement `populate_space`.")

    def warm_up(self) -> None:
        """Hook: load what later proposals need. It is called once while the first trials train, lest one waits for it.

        No proposal depends on whether it was called.
        """

    def prepare(self) -> bool:
        """Hook: work out ahead, while trials run, what takes long in the next proposal.

        It comes out a little differently for that, and sooner. So whoever runs one trial at a time, and wants the same
        trials for the same seed, should not call this; with several at once they depend on the course of time anyway.

        Returns:
            Whether there was anything to do.
        """
        return False

    def _populate_space(self, trial_id: str) -> dict[str, Any]:
        warnings.warn("`_populate_space` is deprecated, use `populate_space`.", DeprecationWarning, stacklevel=2)
        return self.populate_space(trial_id)

    # What those who run trials call.

    @synchronized
    def create_trial(self, tuner_id: str) -> Trial:
        """The next trial for a tuner.

        Interrupted trials come first, then those to be retried, with nothing left of their earlier metrics, then what
        people enqueued, then new ones. A tuner that has a running trial gets that trial again.

        Returns:
            A trial of status `RUNNING`; or one of status `IDLE` or `STOPPED` that is nowhere recorded. A search that
            answered `STOPPED` can still come to more trials when a running one ends: by a hyperparameter that nobody
            knew of.

        Raises:
            ValueError: If what was enqueued before the search space was known does not fit it. It is not enqueued any
                more.
        """
        self.tuner_ids.add(tuner_id)
        if tuner_id in self.ongoing_trials:
            return self.ongoing_trials[tuner_id]
        if self._interrupted or self._retry_queue:
            trial = self.trials[self._interrupted.popleft() if self._interrupted else self._retry_queue.pop()]
            trial.discard_results()
            trial.status = TrialStatus.RUNNING
            self._set_running(tuner_id, trial)
            return trial
        trial = self._wished_trial() if self._wishes else self._new_trial()
        if trial.status == TrialStatus.RUNNING:
            self.trials[trial.trial_id] = trial
            self.start_order.append(trial.trial_id)
            self._record_values(trial)
            self._set_running(tuner_id, trial)
        elif trial.status == TrialStatus.STOPPED:
            if self.ongoing_trials and self._running_decide_the_end():
                trial.status = TrialStatus.IDLE
            else:
                self.tuner_ids.discard(tuner_id)
        return trial

    @synchronized
    def get_space(self) -> HyperParameters:
        """A copy of the search space as far as it is known."""
        return self.hyperparameters.copy()

    @synchronized
    def update_space(self, hyperparameters: HyperParameters) -> None:
        """Add hyperparameters that are new.

        Raises:
            RuntimeError: If there are new ones and `allow_new_entries` is false.
        """
        new = self._unknown_in(hyperparameters)
        if new and not self.allow_new_entries:
            names = ", ".join(repr(hp.name) for hp in new)
            raise RuntimeError(
                f"`allow_new_entries` is `False`, but found new entries: {names}. "
                "Add them to `hyperparameters`, or pass `allow_new_entries=True`."
            )
        if new and self.tune_new_entries:
            self.hyperparameters.merge(new)

    @property
    def planned_trials(self) -> int | None:
        """How many trials the search has if it comes to its planned end; `None` if that is not known.

        What people enqueue beyond that is not counted.
        """
        return self.max_trials

    def remaining_trials(self) -> int | None:
        """How many trials are still to be created, or `None` if there is no limit."""
        return None if self.max_trials is None else max(0, self.max_trials - len(self.trials)) + len(self._wishes)

    # Inner workings.

    def _new_trial(self) -> Trial:
        trial_id = self._new_id()
        hyperparameters = self.hyperparameters.copy()
        hyperparameters.values = {}
        if self.max_trials is not None and len(self.trials) >= self.max_trials:
            return Trial(hyperparameters, trial_id=trial_id, status=TrialStatus.STOPPED)
        self._why = None
        answer = self.populate_space(trial_id)
        status = TrialStatus(answer["status"])
        hyperparameters.values = dict(answer.get("values") or {})
        if status == TrialStatus.RUNNING:
            self._keep_to_limits(hyperparameters)
            self._fill_in(hyperparameters)
        trial = Trial(hyperparameters, trial_id=trial_id, status=status)
        why = self._why or (None if self._reason is None else Explanation(self._reason))
        trial.why = None if why is None else replace(why, results=len(self.end_order))
        return trial

    def _explain(self, why: Explanation | Reason) -> None:
        """Say why `populate_space` answers what it does; the mean is one to be minimised."""
        if isinstance(why, Reason):
            why = Explanation(why)
        self._why = why.maximised if self.objective.direction == "max" else why

    def _wished_trial(self) -> Trial:
        wish = self._wishes.popleft()
        hyperparameters = self.hyperparameters.copy()
        hyperparameters.values = self._as_whole_trial(dict(self._values_of(wish)))
        trial = Trial(hyperparameters, trial_id=self._new_id())
        trial.origin, trial.rerun_of = wish.origin, wish.rerun_of
        trial.why = Explanation(Reason.USER, results=len(self.end_order))
        return trial

    def _as_whole_trial(self, values: dict[str, Any]) -> dict[str, Any]:
        """Hook: the values of a trial that trains all epochs and is no part of a plan."""
        return values

    def _new_id(self) -> str:
        """The trial's number, in KerasTuner's form; a later number if files of earlier trials were lost."""
        before = self._max_trials_before
        number, width = len(self.trials), len(str(self.max_trials if before is None else before[0]))
        while (trial_id := str(number).zfill(width)) in self.trials:
            number += 1
        return trial_id

    def _fill_in(self, hyperparameters: HyperParameters) -> None:
        """Draw what a subclass left out: building a model needs a value for every active hyperparameter."""
        for hp in self.proposal_space.space:
            if hp.name not in hyperparameters.values and hyperparameters.is_active(hp):
                hyperparameters.values[hp.name] = hp.random_sample(self._seed_state)
                self._seed_state += 1

    def _keep_to_limits(self, hyperparameters: HyperParameters) -> None:
        """Drop values outside the limits, for oracles that know nothing of limits; others are drawn in their place.

        What continues an earlier trial stays as it is.
        """
        values = hyperparameters.values
        outside = {
            hp.name
            for hp in self.proposal_space.space
            if hp.name in self._limits
            and hp.name in values
            and hyperparameters.is_active(hp)
            and not hp.contains(values[hp.name])
        }
        if outside and PARENT not in values:
            for name in outside:
                del values[name]
            self._fill_in(hyperparameters)
            hyperparameters.drop_inactive_values()

    def _running_decide_the_end(self) -> bool:
        """Whether running trials can still lead to more: by a retry, or because only they know the space."""
        return self.max_retries_per_trial > 0 or not self.hyperparameters.space

    def _set_running(self, tuner_id: str, trial: Trial) -> None:
        self.ongoing_trials[tuner_id] = trial
        self._unsaved[trial.trial_id] = None

    def _learn_space(self, hyperparameters: HyperParameters) -> None:
        new = self._unknown_in(hyperparameters)
        if new and self.allow_new_entries and self.tune_new_entries:
            self.hyperparameters.merge(new)

    def _unknown_in(self, hyperparameters: HyperParameters) -> list[Any]:
        known = {_identity(hp) for hp in self.hyperparameters.space}
        return [hp for hp in hyperparameters.space if _identity(hp) not in known]


def _identity(hp: Any) -> tuple[str, tuple[Any, ...]]:
    """What makes two hyperparameters the same: the name and the conditions."""
    return hp.name, tuple(hp.conditions)
