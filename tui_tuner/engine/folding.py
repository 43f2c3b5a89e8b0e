"""Folds the events of a search, one after another, into its `Facts` and the changes of its trials."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from tui_tuner.engine import events, json_values
from tui_tuner.engine.commands import CommandKind
from tui_tuner.engine.history import Facts, Mark, MarkKind, Timeline, TrialChange, TrialMoment
from tui_tuner.engine.reader import limit_view, objective_in
from tui_tuner.engine.view import LimitView, SearchState, TrialState, TrialView, WorkerView, active_until

_COUNTED = (SearchState.STARTING, SearchState.RUNNING, SearchState.STOPPING)
"""The states in which a search is active."""

_CUT_OFF = (TrialState.RUNNING, TrialState.INTERRUPTED)


@dataclass(frozen=True)
class Entry:
    """An event, and where it stands in the history."""

    position: int
    time: float
    seq: int
    kind: str
    trial_id: str | None
    data: Mapping[str, Any]


class Folding:
    """Everything that events tell. Call `take` with each event in order, then `end`.

    Args:
        meta: All of `meta`, as JSON texts.
        rows: The trials as they are now, with the attempt that began their training.

    Attributes:
        facts: With the positions from which on they hold; the first at 0.
        changes: In order.
        marks: In order.
        deaths: The positions after which an engine was gone without a word.
    """

    def __init__(self, timeline: Timeline, meta: Mapping[str, str], rows: Mapping[str, TrialMoment]) -> None:
        self._timeline = timeline
        self._meta = {key: json_values.load(text) for key, text in meta.items() if key not in UNUSED_META}
        self._objective = objective_in(meta)
        self._rows = rows
        first = Facts(max_trials=self._planned("max_trials"), max_time_s=self._planned("max_time_s"))
        self.facts: list[tuple[int, Facts]] = [(0, first)]
        self.changes: list[TrialChange] = []
        self.marks: list[Mark] = []
        self.deaths: set[int] = set()
        self._trials: dict[str, TrialMoment] = {}
        self._workers: dict[str, WorkerView] = {}
        self._assigned: dict[str, str] = {}  # trials by the worker that runs them
        self._limits: dict[str, LimitView] = {}
        self._states = 0

    def _planned(self, name: str) -> Any:
        """A number of the plan as it was before a person changed it."""
        changed = self._meta.get("by_hand", {}).get(name)
        return self._meta.get(name) if changed is None else changed["instead_of"]

    @property
    def _now(self) -> Facts:
        return self.facts[-1][1]

    def _put(self, position: int, **changes: Any) -> None:
        facts = replace(self._now, **changes)
        if self.facts[-1][0] == position:
            self.facts[-1] = (position, facts)
        else:
            self.facts.append((position, facts))

    def take(self, entry: Entry) -> None:
        """Take in the next event."""
        data = entry.data
        match entry.kind:
            case events.SearchStarted.kind:
                self._started(entry)
            case events.StateChanged.kind:
                self._state_changed(entry)
            case events.SpaceChanged.kind:
                self._put(entry.position, space_size=self._now.space_size + len(data["names"]))
            case events.DataPrepared.kind:
                self._put(entry.position, data=events.data_summary_from_data(dict(data)))
            case events.WorkerStarted.kind:
                name = data["worker"]
                worker = WorkerView(name, data["pid"], data["device"], trial_id=self._assigned.get(name))
                self._workers[name] = worker
                self._put_workers(entry.position)
            case events.WorkerLost.kind | events.WorkerEnded.kind:
                self._workers.pop(data["worker"], None)
                self._put_workers(entry.position)
            case events.BestEvaluated.kind:
                metrics = json_values.load_metrics(json_values.dump(data["metrics"]))
                self._put(entry.position, test_metrics=metrics)
            case events.CommandAnswered.kind:
                self._answered(entry)
        row = self._rows.get(entry.trial_id or "")
        if row is not None:
            self._take_trial(entry, row)

    def _take_trial(self, entry: Entry, row: TrialMoment) -> None:
        match entry.kind:
            case events.TrialStarted.kind:
                self._trial_started(entry, row)
            case events.TrialEnded.kind:
                self._trial_ended(entry, row)
            case events.TrialRequeued.kind:
                self._requeued(entry, row)

    def end(self) -> None:
        """All events were taken in: what is stored without one."""
        timeline, meta = self._timeline, self._meta
        late = [row for row in self._rows.values() if row != self._trials.get(row.view.trial_id)]
        for row in late:
            position = timeline.position_of(row.view.seq)
            self.changes.append(TrialChange(position, row.view.trial_id, self._trials.get(row.view.trial_id), row))
        if late:
            self.changes.sort(key=lambda change: change.position)
        said = {
            "state": SearchState(meta.get("state", SearchState.STARTING.value)),
            "detail": meta.get("detail", ""),
        }
        if not self._states:  # brought in from elsewhere
            self.facts = [(position, replace(facts, **said)) for position, facts in self.facts]
        self._put(
            timeline.end,
            **said,
            max_trials=meta.get("max_trials"),
            max_time_s=meta.get("max_time_s"),
            wanted_workers=meta.get("by_hand", {}).get("workers", {}).get("value"),
            active_s=meta.get("active_s", 0.0),
            run_started=meta.get("run_started"),
            space_size=len(meta["space"]["space"]) if "space" in meta else 0,
            limits={name: limit_view(limit) for name, limit in meta.get("limits", {}).items()},
            best_trial_id=meta.get("best_trial_id"),
            workers=tuple(WorkerView(**worker) for worker in meta.get("workers", ())),
            disk_bytes=meta.get("disk_bytes"),
        )

    # The search

    def _started(self, entry: Entry) -> None:
        now = self._now
        active_s = now.active_s
        if now.run_started is not None and now.state.is_live and entry.position > 1:
            self.deaths.add(entry.position - 1)
            active_s = active_until(active_s, now.run_started, self._timeline.times[entry.position - 1])
        self._workers.clear()
        self._assigned.clear()
        self._put(entry.position, active_s=active_s, run_started=entry.time, workers=())

    def _state_changed(self, entry: Entry) -> None:
        self._states += 1
        now, state = self._now, SearchState(entry.data["state"])
        active_s, run_started = now.active_s, now.run_started
        if state in _COUNTED and run_started is None:
            run_started = entry.time
        elif state not in _COUNTED and run_started is not None:
            active_s, run_started = active_until(active_s, run_started, entry.time), None
        if not state.is_live:
            self._workers.clear()
            self._assigned.clear()
        self._put(
            entry.position,
            state=state,
            detail=entry.data.get("detail", ""),
            active_s=active_s,
            run_started=run_started,
            workers=tuple(self._workers.values()),
        )

    def _put_workers(self, position: int) -> None:
        self._put(position, workers=tuple(self._workers.values()))

    def _answered(self, entry: Entry) -> None:
        """A person asked for something; what the engine did follows."""
        self.marks.append(Mark(entry.position, MarkKind.INTERVENTION))
        arguments: Mapping[str, Any] = entry.data.get("arguments", {})
        if not entry.data.get("ok", True):
            return
        match entry.data["command"]:
            case CommandKind.SET_MAX_TRIALS:
                self._put(entry.position, max_trials=arguments["max_trials"])
            case CommandKind.SET_MAX_TIME:
                self._put(entry.position, max_time_s=arguments.get("max_time"))
            case CommandKind.SET_WORKERS:
                self._put(entry.position, wanted_workers=arguments["workers"])
            case CommandKind.LIMIT:
                limit = limit_view(arguments)
                rest = {name: left for name, left in self._now.limits.items() if name != arguments["name"]}
                # One that allows everything is none.
                self._put(entry.position, limits=rest if limit == LimitView() else {**rest, arguments["name"]: limit})

    # Trials

    def _trial_started(self, entry: Entry, row: TrialMoment) -> None:
        trial_id, attempt, worker = row.view.trial_id, entry.data["attempt"], entry.data["worker"]
        before = self._trials.get(trial_id)
        goes_on = before is not None and before.view.status in _CUT_OFF
        if row.view.seq == entry.seq:
            after = row
        else:
            view = replace(
                row.view,
                status=TrialState.RUNNING,
                score=None,
                best_epoch=None,
                started=row.view.started if row.view.attempt == attempt else entry.time,
                ended=None,
                duration_s=None,
                worker=worker,
                message="",
                attempt=attempt,
                began_s=entry.data.get("began_s"),
                epochs=None,
                execution_scores=(),
                seq=entry.seq,
            )
            after = TrialMoment(view, before.first_attempt if before is not None and goes_on else attempt)
        self._change(entry, after)
        self._assigned[worker] = trial_id
        self._assign(entry.position, worker, trial_id)

    def _trial_ended(self, entry: Entry, row: TrialMoment) -> None:
        before = self._trials.get(row.view.trial_id, row)
        status, score = TrialState(entry.data["status"]), _number(entry.data["score"])
        if row.view.seq == entry.seq:
            after = row
        else:
            view = replace(
                before.view,
                status=status,
                score=score,
                ended=entry.time,
                duration_s=self._lasted_s(before.view, entry.time),
                began_s=None,
                message=entry.data.get("message", ""),
                seq=entry.seq,
            )
            after = replace(before, view=view)
        self._change(entry, after)
        self._free(entry.position, before.view.worker)
        if status is TrialState.FAILED:
            self.marks.append(Mark(entry.position, MarkKind.FAILED))
        elif status is TrialState.COMPLETED and score is not None and row.view.is_feasible:
            self._may_be_best(entry.position, row.view, score)

    def _requeued(self, entry: Entry, row: TrialMoment) -> None:
        before = self._trials.get(row.view.trial_id, row)
        view = replace(
            before.view,
            status=TrialState.INTERRUPTED,
            ended=entry.time,
            duration_s=self._lasted_s(before.view, entry.time),
            began_s=None,
            message=entry.data["reason"],
            seq=entry.seq,
        )
        self._change(entry, row if row.view.seq == entry.seq else replace(before, view=view))
        self._free(entry.position, before.view.worker)

    def _lasted_s(self, trial: TrialView, now: float) -> float | None:
        return trial.lasted_s(active_until(self._now.active_s, self._now.run_started, now), now)

    def _may_be_best(self, position: int, trial: TrialView, score: float) -> None:
        """One that is only as good as the best, and was created before it, takes its place without being news."""
        moment = self._trials.get(self._now.best_trial_id or "")
        best = None if moment is None else moment.view
        if best is None or best.score is None or self._objective.better(score, best.score):
            self.marks.append(Mark(position, MarkKind.BEST))
        elif not self._objective.ahead(score, trial.number, best.score, best.number):
            return
        self._put(position, best_trial_id=trial.trial_id)

    def _change(self, entry: Entry, after: TrialMoment) -> None:
        trial_id = after.view.trial_id
        self.changes.append(TrialChange(entry.position, trial_id, self._trials.get(trial_id), after))
        self._trials[trial_id] = after

    def _free(self, position: int, worker: str) -> None:
        self._assigned.pop(worker, None)
        self._assign(position, worker, None)

    def _assign(self, position: int, worker: str, trial_id: str | None) -> None:
        if worker in self._workers:
            self._workers[worker] = replace(self._workers[worker], trial_id=trial_id)
            self._put_workers(position)


def _number(value: float | str | None) -> float | None:
    return json_values.number(value) if isinstance(value, str) else value


UNUSED_META = frozenset({"config", "oracle_state", "task", "warm_start"})
"""Large keys of `meta` that viewers do not need."""
