"""Proposals whose groundwork is done while trials run, so that whoever comes for the next trial hardly waits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tui_tuner.oracles.oracle import Oracle
from tui_tuner.oracles.outcomes import is_scored
from tui_tuner.oracles.synchronization import synchronized
from tui_tuner.oracles.trial import Trial

if TYPE_CHECKING:
    from tui_tuner.oracles.model_proposals import Groundwork, Proposed


@dataclass(frozen=True)
class _Prepared:
    """Groundwork that was done ahead.

    Args:
        basis: What it stands on.
        results: How many trials had ended.
        best: The best of them.
    """

    groundwork: Groundwork
    basis: tuple[Any, ...]
    results: int
    best: Trial | None


class PreparingOracle(Oracle):
    """An oracle that asks a model, and can have the groundwork of a proposal done ahead, see `Oracle.prepare`.

    The model is fitted and the space is searched ahead. When somebody comes, the last results are taken in too: they
    change the kernel's parameters little, and what promises most is looked for among what promised much before, and
    close by. To hand out a proposal that does not know the last result would be quicker still, but with four trials at
    once that costs a tenth to a quarter of the regret (`search_quality.py --parallel 4`).

    What was prepared is no trial and is kept nowhere. It is dropped if meanwhile another trial has begun, the space has
    grown, or limits or settings were changed. If a trial has become the best, the whole space is searched again.
    """

    _fewest_results = 20
    """With fewer a fit takes some ms, and one more result can change it altogether."""

    _prepared: _Prepared | None = None

    _best_ended: Trial | None = None
    _judged: tuple[dict[str, Trial], int] | None = None

    @synchronized
    def prepare(self) -> bool:
        if len(self.end_order) < self._fewest_results or self._wishes:
            return False
        if self.max_trials is not None and len(self.trials) >= self.max_trials:
            return False
        basis, results = self._basis(), len(self.end_order)
        if self._prepared is not None and self._prepared.basis == basis and self._prepared.results == results:
            return False
        from tui_tuner.oracles.model_proposals import Groundwork  # here: it needs numpy

        groundwork = Groundwork()
        self._proposal(groundwork)
        self._prepared = _Prepared(groundwork, basis, results, self._best_until_now())
        return True

    def _proposal(self, groundwork: Groundwork | None = None) -> Proposed | None:
        """What the model proposes, or `None` where it has nothing to say; nothing is changed by it.

        Args:
            groundwork: What is to be done ahead, or was; `None` for a proposal that stands alone.
        """
        raise NotImplementedError

    def _settings_of_model(self) -> Any:
        """What a proposal follows from beside the space, the limits and the trials."""
        return None

    def _next_values(self) -> dict[str, Any] | None:
        """What the model proposes, with its reason explained; `None` if that was tried, or it has nothing to say."""
        prepared, self._prepared = self._prepared, None
        groundwork: Groundwork | None = None
        if prepared is not None and prepared.basis == self._basis():
            groundwork = prepared.groundwork
            if prepared.best is not self._best_until_now():
                groundwork.candidates = None
        proposed = self._proposal(groundwork)
        if proposed is None or not self._is_new(proposed.values):
            return None
        self._explain(proposed.why)
        return proposed.values

    # Inner workings.

    def _basis(self) -> tuple[Any, ...]:
        """What the groundwork of the next proposal stands on."""
        space = self.hyperparameters  # it only grows, or is replaced
        return space, len(space.space), dict(self._limits), self._settings_of_model(), self.trials, len(self.trials)

    def _best_until_now(self) -> Trial | None:
        """The best trial that has ended; each is judged once."""
        trials, judged = self._judged or (None, 0)
        if trials is not self.trials or judged > len(self.end_order):
            self._best_ended, judged = None, 0
        for trial_id in self.end_order[judged:]:
            trial = self.trials[trial_id]
            if is_scored(trial):
                both = [trial] if self._best_ended is None else [self._best_ended, trial]
                self._best_ended = self._sorted(both, 1)[0]
        self._judged = self.trials, len(self.end_order)
        return self._best_ended
