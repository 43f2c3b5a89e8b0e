"""Which trials' weights stay on the disk (`run.keep_checkpoints`), and how long the state of a training is kept.

Files are deleted once the end of a trial is stored, never before. What is left over when the engine is killed in
between, is deleted when the search goes on.
"""

from __future__ import annotations

import bisect
import contextlib
import json
import shutil
from collections.abc import Sequence
from pathlib import Path

from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.engine.store import TrialRow
from tui_tuner.engine.view import Objective, TrialState

ALL, NONE = "all", "none"

_ENDED = (TrialState.COMPLETED, TrialState.FAILED, TrialState.STOPPED)
_RECENT = 1000
"""As many trials may have ended in the last transaction of an engine that was killed."""


class KeptCheckpoints:
    """Deletes the weights and the training states of trials that nobody needs any more.

    A trial that Hyperband may continue keeps both until the trial that continues it has ended, or until the search can
    continue none any more. The best trial keeps its weights until it has been evaluated. Of equal trials, the earlier
    one is better, as everywhere.

    Args:
        keep: `all`, `none`, or such as `best 3`.
    """

    def __init__(self, directory: SearchDirectory, keep: str, objective: Objective) -> None:
        self._directory = directory
        self._sign = 1.0 if objective.direction == "min" else -1.0
        self._count = None if keep == ALL else 0 if keep == NONE else int(keep.removeprefix("best "))
        self._best: list[tuple[float, int, str]] = []  # the best completed trials, best first
        self._continuable: set[str] = set()
        self._continued: set[str] = set()
        self._evaluated: str | None = None

    def restore(self, rows: Sequence[TrialRow]) -> None:
        """Know the trials of a search that goes on, and delete what should have been deleted."""
        self._evaluated = self._evaluated_trial()
        for row in rows:
            if row.status in _ENDED:
                self._note(row)
        ended = [row for row in rows if row.status in _ENDED]
        recent = sorted(ended, key=lambda row: row.ended or 0.0)[-_RECENT:]
        for row in recent if self._count is None else ended:
            self._clear(row.trial_id)

    def trial_ended(self, row: TrialRow) -> None:
        """A trial's run has ended, and that is stored."""
        if row.status not in _ENDED:
            return
        before = set(self._best)
        parent = self._note(row)
        surpassed = [trial_id for _, _, trial_id in before.difference(self._best)]
        for trial_id in (row.trial_id, *surpassed, *([parent] if parent is not None else ())):
            self._clear(trial_id)

    def best_evaluated(self, trial_id: str) -> None:
        """`best/` holds the model of this trial now."""
        self._evaluated = trial_id
        self._clear(trial_id)

    def is_evaluated(self, trial_id: str) -> bool:
        """Whether the trial was evaluated and its weights were deleted then, so that it cannot be evaluated again."""
        return trial_id == self._evaluated and self._count == 0 and not self._directory.checkpoint(trial_id).exists()

    def none_is_continued(self) -> None:
        """The search algorithm will not continue any trial that has ended."""
        done, self._continuable = self._continuable, set()
        for trial_id in done:
            self._clear(trial_id)

    def _note(self, row: TrialRow) -> str | None:
        """Take a trial that has ended into account; returns the trial that it continued, if it did."""
        from tui_tuner.oracles.stages import stage_of  # here: the app draws before the oracles are loaded

        stage = stage_of(row.hyperparameters)
        if row.status is TrialState.COMPLETED:
            if stage is not None and stage.may_be_continued and row.trial_id not in self._continued:
                self._continuable.add(row.trial_id)
            if row.score is not None and not row.violation and self._count is not None:
                bisect.insort(self._best, (self._sign * row.score, row.number, row.trial_id))
                del self._best[max(self._count, 1) :]
        if stage is None or stage.parent is None:
            return None
        self._continued.add(stage.parent)
        self._continuable.discard(stage.parent)
        return stage.parent

    def _clear(self, trial_id: str) -> None:
        """Delete what the trial, which has ended, needs no more."""
        if trial_id in self._continuable:
            return
        shutil.rmtree(self._directory.resume(trial_id), ignore_errors=True)
        if self._count is not None and not self._is_kept(trial_id):
            for path in (self._directory.checkpoint(trial_id), self._directory.build_config(trial_id)):
                _delete(path)

    def _is_kept(self, trial_id: str) -> bool:
        if self._count == 0 and trial_id == self._evaluated:
            return False
        return any(trial_id == kept for _, _, kept in self._best)

    def _evaluated_trial(self) -> str | None:
        try:
            stored = json.loads((self._directory.best / "hyperparameters.json").read_text(encoding="utf-8"))
            trial_id = stored["trial_id"]
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return trial_id if isinstance(trial_id, str) else None


def _delete(path: Path) -> None:
    with contextlib.suppress(OSError):  # it is tried again when the search goes on
        path.unlink(missing_ok=True)
