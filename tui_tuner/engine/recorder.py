"""Keeps the book of a search: every change of a trial or a worker as an event and a row, in `search.db`."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from tui_tuner.engine import events
from tui_tuner.engine.store import Store, TrialRow
from tui_tuner.engine.view import Objective, TrialState, WorkerView
from tui_tuner.space.reserved import EPOCHS
from tui_tuner.worker import reports
from tui_tuner.worker.messages import ENDED

if TYPE_CHECKING:
    from tui_tuner.oracles import Trial


class Recorder:
    """Writes what happens to trials and workers. Every method runs inside a transaction of `store`.

    Args:
        rows: The trials that are there already.
        clock: Seconds by which the duration of trials is measured: those in which the search is active, lest a pause
            over night is a part of a trial, and of the mean of all trials. Until now, for trials that the last engine
            left running.
    """

    def __init__(
        self,
        store: Store,
        objective: Objective,
        rows: list[TrialRow],
        epochs: int | None,
        others: Sequence[Objective] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._clock = clock
        self._objective = objective
        self._others = others
        self._rows = {row.trial_id: row for row in rows}
        self._epochs = epochs
        self._workers: dict[str, WorkerView] = {}
        self._trials: dict[str, str] = {}  # by the worker that runs them, or will once it has started
        self._workers_changed = False
        self._taken_up_s = clock()
        self._began: dict[str, float] = {}
        self._best = self._find_best()

    @property
    def best_trial_id(self) -> str | None:
        """The best completed trial."""
        return self._best

    def count(self) -> int:
        """How many trials there are."""
        return len(self._rows)

    def rows(self) -> list[TrialRow]:
        """All trials, in the order of creation."""
        return list(self._rows.values())

    def row(self, trial_id: str) -> TrialRow:
        """A trial that is there."""
        return self._rows[trial_id]

    def attempt(self, trial_id: str) -> int:
        """Number of the trial's present run, from 0."""
        return self._rows[trial_id].attempt

    def next_attempt(self, trial_id: str) -> int:
        """Number that the trial's next run will have."""
        row = self._rows.get(trial_id)
        return 0 if row is None else row.attempt + 1

    def number(self, trial_id: str, ahead: int = 0) -> int:
        """Position in the order of creation, from 0; for a trial that is not there yet, the one that it will have.

        Args:
            ahead: How many others that are not there yet come before it.
        """
        row = self._rows.get(trial_id)
        return len(self._rows) + ahead if row is None else row.number

    def was_cut_off(self, trial_id: str) -> bool:
        """Whether the trial's last run was cut off, so that the next one goes on from what it saved."""
        row = self._rows.get(trial_id)
        return row is not None and row.status in (TrialState.INTERRUPTED, TrialState.RUNNING)

    def best_trials(self, count: int) -> list[str]:
        """The best completed trials, best first, without those that run another one again."""
        scored = [
            row
            for row in self._rows.values()
            if row.status is TrialState.COMPLETED
            and row.score is not None
            and row.rerun_of is None
            and not row.violation
        ]
        scored.sort(key=lambda row: row.score or 0.0, reverse=self._objective.direction == "max")
        return [row.trial_id for row in scored[:count]]

    def original(self, trial_id: str) -> TrialRow | None:
        """The trial, or the one that it runs again; `None` if there is none."""
        row = self._rows.get(trial_id)
        return row if row is None or row.rerun_of is None else self._rows.get(row.rerun_of)

    def trial_of(self, worker: str) -> str | None:
        """The trial that a worker runs or is about to run."""
        return self._trials.get(worker)

    def messages(self, status: TrialState) -> list[str]:
        """The messages of the trials with this status, in the order of creation."""
        return [row.message for row in self._rows.values() if row.status is status]

    def trial_started(self, trial: Trial, worker: str) -> None:
        """A trial runs, for the first time or again."""
        before, why = self._rows.get(trial.trial_id), trial.why
        if before is None:
            self._store.event(events.TrialCreated(), trial.trial_id)
        attempt = self.next_attempt(trial.trial_id)
        goes_on = before is not None and self.was_cut_off(trial.trial_id)
        began_s = self._clock() - (self._trained_s(before) if before is not None and goes_on else 0.0)
        self._store.event(events.TrialStarted(worker, attempt, began_s), trial.trial_id)
        self._began[trial.trial_id] = began_s
        self._put(
            TrialRow(
                trial_id=trial.trial_id,
                number=self.number(trial.trial_id),
                status=TrialState.RUNNING,
                hyperparameters=dict(trial.hyperparameters.values),
                started=time.time(),
                worker=worker,
                attempt=attempt,
                runs=0 if before is None else before.runs,
                planned_epochs=trial.hyperparameters.values.get(EPOCHS, self._epochs),
                first_attempt=before.first_attempt if before is not None and goes_on else attempt,
                origin=trial.origin,
                rerun_of=trial.rerun_of,
                reason="" if why is None else why.reason.value,
                predicted_mean=None if why is None else why.mean,
                predicted_deviation=None if why is None else why.deviation,
                known_results=None if why is None else why.results,
            )
        )
        self._trials[worker] = trial.trial_id
        self._set_worker(worker, trial_id=trial.trial_id, activity="")

    def trial_ended(
        self, trial: Trial, metrics: Mapping[str, float], executions: Sequence[reports.ExecutionResult]
    ) -> None:
        """The oracle has judged the trial; take over its status, score and message."""
        scores = [each.metrics.get(self._objective.name) for each in executions]
        row = self._rows[trial.trial_id]
        status = TrialState(trial.status)
        score = None if trial.score is None or math.isnan(trial.score) else float(trial.score)
        message = trial.message or ""
        self._store.event(events.TrialEnded(status.value, score, message), trial.trial_id)
        self._put(
            replace(
                row,
                status=status,
                score=score,
                best_epoch=trial.best_step if score is not None else None,
                hyperparameters=dict(trial.hyperparameters.values),
                ended=time.time(),
                duration_s=self._lasted_s(trial.trial_id),
                message=message,
                runs=row.runs + 1,
                metrics=dict(metrics),
                violation=trial.violation,
                other_scores=tuple(metrics.get(each.name, math.nan) for each in self._others),
                execution_scores=tuple(math.nan if score is None else score for score in scores),
            )
        )
        self._free(row)
        if status is TrialState.COMPLETED and score is not None and not trial.violation:
            best = self._rows[self._best] if self._best is not None else None
            if best is None or best.score is None or self._objective.ahead(score, row.number, best.score, best.number):
                self._best = trial.trial_id
                self._store.event(events.BestChanged(score), trial.trial_id)
                self._store.set_meta(best_trial_id=trial.trial_id)

    def trial_interrupted(self, trial_id: str, reason: str) -> None:
        """The trial was cut off: it will go on from what it saved, or be run again."""
        row = self._rows[trial_id]
        self._store.event(events.TrialRequeued(reason), trial_id)
        duration_s = self._lasted_s(trial_id)
        self._put(replace(row, status=TrialState.INTERRUPTED, ended=time.time(), duration_s=duration_s, message=reason))
        self._free(row)

    def worker_started(self, report: reports.WorkerStarted) -> None:
        self._store.event(events.WorkerStarted(report.worker, report.pid, report.device))
        self._workers[report.worker] = WorkerView(
            report.worker, report.pid, report.device, trial_id=self._trials.get(report.worker)
        )
        self._save_workers()

    def worker_status(self, report: reports.WorkerStatus) -> None:
        """What a worker is busy with; one that was ended on purpose is there no more."""
        if report.activity == ENDED:
            if self._workers.pop(report.worker, None) is not None:
                self._store.event(events.WorkerEnded(report.worker))
            self._save_workers()
        else:
            self._set_worker(report.worker, activity=report.activity)

    def worker_lost(self, report: reports.WorkerLost) -> None:
        self._store.event(events.WorkerLost(report.worker, report.message), report.trial_id)
        self._workers.pop(report.worker, None)
        self._save_workers()

    def workers_gone(self) -> None:
        """All workers were ended."""
        self._workers.clear()
        self._save_workers()

    def _lasted_s(self, trial_id: str) -> float | None:
        """For how long a trial has been trained that ends now."""
        began_s = self._began.pop(trial_id, None)
        return None if began_s is None else self._clock() - began_s

    def _trained_s(self, row: TrialRow) -> float:
        """For how long a trial was trained that was cut off."""
        if row.status is TrialState.INTERRUPTED:
            return row.duration_s or 0.0
        began_s = self._store.trial_began(row.trial_id)
        return 0.0 if began_s is None else max(0.0, self._taken_up_s - began_s)

    def _put(self, row: TrialRow) -> None:
        self._rows[row.trial_id] = row
        self._store.trial(row)

    def _free(self, row: TrialRow) -> None:
        """The trial's worker is free, unless it was given the next one already."""
        if self._trials.get(row.worker) == row.trial_id:
            del self._trials[row.worker]
            self._set_worker(row.worker, trial_id=None)

    def _set_worker(self, name: str, **changes: str | None) -> None:
        worker = self._workers.get(name)
        if worker is not None:
            self._workers[name] = replace(worker, **changes)  # type: ignore[arg-type]
            self._save_workers()

    def _save_workers(self) -> None:
        """Once for all changes of a transaction: there may be a thousand workers."""
        if not self._workers_changed:
            self._workers_changed = True
            self._store.before_commit(self._store_workers)

    def _store_workers(self) -> None:
        self._workers_changed = False
        self._store.set_meta(workers=[asdict(worker) for worker in self._workers.values()])

    def _find_best(self) -> str | None:
        best: TrialRow | None = None
        for row in self._rows.values():
            if row.status is not TrialState.COMPLETED or row.score is None or row.violation:
                continue
            if best is None or best.score is None or self._objective.better(row.score, best.score):
                best = row
        return None if best is None else best.trial_id
