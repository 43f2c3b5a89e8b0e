"""The failures of a search, grouped by cause, and what those of one cause share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tui_tuner.analysis.axes import Axis, axes_of
from tui_tuner.engine.causes import Cause, group
from tui_tuner.engine.view import Scalar, SearchView, TrialState, TrialView


def failures(view: SearchView, after: int = 0) -> list[Cause]:
    """Why trials have failed, the most frequent cause first, and of each the trials in the order of creation.

    Args:
        after: Only failures after the event with this sequence number.
    """
    failed = [trial for trial in view.trials.values() if trial.status is TrialState.FAILED and trial.seq > after]
    causes = group((trial.trial_id, trial.message) for trial in sorted(failed, key=lambda trial: trial.seq))
    return [
        replace(cause, trial_ids=tuple(sorted(cause.trial_ids, key=lambda trial_id: view.trials[trial_id].number)))
        for cause in causes
    ]


@dataclass(frozen=True)
class Shared:
    """What failures have in common that other trials do not.

    Args:
        name: A hyperparameter, or `worker`.
        values: The one value that all of them have; or both ends of the range that all of them lie in.
        others: How many of the trials that have not failed are like that.
        of_others: How many have not failed in all.
    """

    name: str
    values: tuple[Scalar, ...]
    others: int
    of_others: int

    @property
    def is_range(self) -> bool:
        return len(self.values) > 1


_RARE = 0.34
"""Only what at most such a share of the other trials has too is worth saying."""

_FEWEST = 2


def shared(view: SearchView, cause: Cause) -> list[Shared]:
    """What the failures of one cause share, what is rarest among the others first; empty for a single failure.

    Others are the trials that have ended well. A value or a range is told if all the failures have it, and a third of
    the others at most.
    """
    failed = [view.trials[trial_id] for trial_id in cause.trial_ids if trial_id in view.trials]
    fine = [trial for trial in view.trials.values() if trial.status in (TrialState.COMPLETED, TrialState.STOPPED)]
    if len(failed) < _FEWEST or not fine:
        return []
    found = {axis.name: _on_axis(axis, failed, fine) for axis in axes_of(view.space)}
    found["worker"] = _in_common("worker", [trial.worker for trial in failed], [trial.worker for trial in fine])
    told = [each for each in found.values() if each is not None and each.others <= _RARE * each.of_others]
    return sorted(told, key=lambda each: each.others)


def _on_axis(axis: Axis, failed: Sequence[TrialView], fine: Sequence[TrialView]) -> Shared | None:
    values = [trial.hyperparameters.get(axis.name) for trial in failed]
    others = [trial.hyperparameters.get(axis.name) for trial in fine]
    if axis.is_category or len(set(values)) == 1:
        return _in_common(axis.name, values, others)
    numbers = [value for value in values if isinstance(value, int | float)]
    if len(numbers) < len(values):
        return None
    low, high = min(numbers), max(numbers)
    inside = [value for value in others if isinstance(value, int | float) and low <= value <= high]
    return Shared(axis.name, (low, high), len(inside), len(others))


def _in_common(name: str, values: Sequence[Scalar | None], others: Sequence[Scalar | None]) -> Shared | None:
    first = values[0]
    if first is None or first == "" or any(value != first for value in values):
        return None
    return Shared(name, (first,), sum(value == first for value in others), len(others))
