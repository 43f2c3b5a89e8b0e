"""A search at any moment of its own time, read once."""

from __future__ import annotations

import sqlite3
from bisect import bisect_left, bisect_right
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from tui_tuner.engine import json_values
from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.engine.events import ModelBuilt, model_summary_from_data
from tui_tuner.engine.folding import UNUSED_META, Entry, Folding
from tui_tuner.engine.history import Facts, Mark, Timeline, TrialChange, TrialMoment
from tui_tuner.engine.lock import is_held
from tui_tuner.engine.reader import ENGINE_GONE, NOTE, TRIAL_COLUMNS, objective_in, read_interventions, trial_view
from tui_tuner.engine.schema import LAST_SEQ, connect
from tui_tuner.engine.space_view import describe_space
from tui_tuner.engine.trial_epochs import COLUMNS, StoredEpoch, followed, one_curve, stored_epoch
from tui_tuner.engine.view import (
    EpochView,
    HyperParameterView,
    Intervention,
    Objective,
    SearchState,
    SearchView,
    TrialState,
    TrialView,
    active_until,
)
from tui_tuner.errors import TunerError
from tui_tuner.worker.jobs import Finding, ModelSummary

_KEPT_TRIALS = 64
"""The epochs of so many trials are kept in memory."""


class Past:
    """A search as it was at a position, see `engine.history`. Going from one position to another costs what has
    happened between them; nothing is computed twice.

    Args:
        root: The search directory.
        database: Where its `search.db` is, if that is not in the directory.

    Attributes:
        timeline: The positions and their times.
        marks: The moments worth going to, in order.
        deaths: The positions after which an engine was gone without a word.

    Raises:
        TunerError: If there is no search, or nothing has happened in it yet.
    """

    def __init__(self, root: Path, database: Path | None = None) -> None:
        self._directory = SearchDirectory(root)
        self._connection = connect(database or self._directory.database)
        try:
            self._connection.execute("BEGIN")
            self._load(root)
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            self._connection.close()
            raise TunerError(f"{self._directory.database}: cannot be read ({error}).") from error
        if self.timeline.end < 1:
            self._connection.close()
            raise TunerError(f"{root}: nothing has happened in this search yet.")
        self._position = 0
        self._trials: dict[str, TrialMoment] = {}
        self._epochs: dict[str, list[tuple[int, StoredEpoch]]] = {}

    def _load(self, root: Path) -> None:
        connection = self._connection
        last_seq: int = connection.execute(LAST_SEQ).fetchone()[0]
        meta = {key: text for key, text in connection.execute("SELECT key, value FROM meta") if key not in UNUSED_META}
        executions: int = json_values.load(meta.get("executions_per_trial", "1"))
        rows = {
            row[0]: TrialMoment(trial_view(row, executions), row[-1])
            for row in connection.execute(f"SELECT {TRIAL_COLUMNS}, first_attempt FROM trials")
        }
        self._rows = rows
        self.timeline = Timeline(connection, last_seq)
        folding = Folding(self.timeline, meta, rows)
        for entry in self._entries(last_seq):
            folding.take(entry)
        folding.end()
        self._facts = folding.facts
        self._facts_from = [position for position, _ in folding.facts]
        self._changes = folding.changes
        self._changes_from = [change.position for change in folding.changes]
        self.deaths = folding.deaths
        if folding.facts[-1][1].state.is_live and not is_held(self._directory.lock):
            self.deaths.add(self.timeline.end)
        self.marks: tuple[Mark, ...] = tuple(folding.marks)
        self._space = json_values.load(meta["space"])["space"] if "space" in meta else []
        self._spaces: dict[int, tuple[HyperParameterView, ...]] = {}
        self._base = SearchView(
            root=root,
            name=json_values.load(meta.get("name", '""')),
            tuner=json_values.load(meta.get("tuner", '""')),
            tuner_why=json_values.load(meta.get("tuner_why", '""')),
            other_objectives=tuple(Objective(**each) for each in json_values.load(meta.get("other_objectives", "[]"))),
            constraints=tuple(json_values.load(meta.get("constraints", "[]"))),
            objective=objective_in(meta),
            executions_per_trial=executions,
            created=json_values.load(meta.get("created", "null")),
            findings=tuple(Finding(**finding) for finding in json_values.load(meta.get("findings", "[]"))),
            notes={
                key.removeprefix(NOTE): json_values.load(text)["text"]
                for key, text in meta.items()
                if key.startswith(NOTE)
            },
        )

    def _entries(self, last_seq: int) -> list[Entry]:
        timeline = self.timeline
        rows = self._connection.execute(
            "SELECT seq, kind, trial_id, CASE kind WHEN ? THEN '{}' ELSE data END FROM events WHERE seq <= ?"
            " ORDER BY seq",
            (ModelBuilt.kind, last_seq),
        )
        entries = []
        for seq, kind, trial_id, data in rows:
            position = timeline.position_of(seq)
            entries.append(Entry(position, timeline.times[position], seq, kind, trial_id, json_values.load(data)))
        return entries

    def close(self) -> None:
        """Let go of the search's files."""
        self._connection.close()

    def facts_at(self, position: int) -> Facts:
        """What is known beside the trials."""
        return self._facts[bisect_right(self._facts_from, position) - 1][1]

    def _go(self, position: int) -> None:
        """Bring the trials to a position, forwards or backwards."""
        first = bisect_right(self._changes_from, self._position)
        last = bisect_right(self._changes_from, position)
        changes = self._changes
        for index in range(first, last):
            self._trials[changes[index].trial_id] = changes[index].after
        for index in range(first - 1, last - 1, -1):
            self._take_back(changes[index])
        self._position = position

    def _take_back(self, change: TrialChange) -> None:
        if change.before is None:
            del self._trials[change.trial_id]
        else:
            self._trials[change.trial_id] = change.before

    def view(self, position: int, *, is_gone: bool) -> SearchView:
        """The whole search.

        Args:
            is_gone: The engine has ended without a word since.
        """
        self._go(position)
        facts = self.facts_at(position)
        active_s = facts.active_s
        if is_gone:
            active_s = active_until(active_s, facts.run_started, self.timeline.times[position])
        trials = {}
        for trial_id, moment in self._trials.items():
            trial = moment.view
            if trial.status is TrialState.RUNNING:
                trial = self._with_progress(moment, position)
                if is_gone:
                    trial = trial.cut_off(active_s)
            elif moment != self._rows[trial_id]:  # it was run again
                last = max(self._trained(trial_id, position, moment.first_attempt), key=_order, default=None)
                trial = replace(trial, epochs=None if last is None else last.view.epoch + 1)
            trials[trial_id] = trial
        view = replace(
            self._base,
            seq=self.timeline.seqs[position],
            state=facts.state,
            detail=facts.detail,
            max_trials=facts.max_trials,
            max_time_s=facts.max_time_s,
            active_s=active_s,
            run_started=facts.run_started,
            space=self._space_of(facts.space_size),
            limits=facts.limits,
            wanted_workers=facts.wanted_workers,
            trials=MappingProxyType(trials),
            best_trial_id=facts.best_trial_id,
            workers=facts.workers,
            data=facts.data,
            test_metrics=facts.test_metrics,
            disk_bytes=facts.disk_bytes,
        )
        if not is_gone:
            return view
        return replace(view, state=SearchState.INTERRUPTED, detail=ENGINE_GONE, run_started=None, workers=())

    def _space_of(self, size: int) -> tuple[HyperParameterView, ...]:
        if size not in self._spaces:
            self._spaces[size] = describe_space({"space": self._space[:size]})
        return self._spaces[size]

    def _with_progress(self, moment: TrialMoment, position: int) -> TrialView:
        curve = one_curve(self._trained(moment.view.trial_id, position, moment.first_attempt))
        return followed(moment.view, [each.view for each in curve], self._base.objective)

    def _trained(self, trial_id: str, position: int, first_attempt: int) -> list[StoredEpoch]:
        """The epochs of a trial that had ended, from an attempt on."""
        last_seq = self.timeline.seqs[position]
        return [each for seq, each in self._all_epochs(trial_id) if seq <= last_seq and each.attempt >= first_attempt]

    def _all_epochs(self, trial_id: str) -> list[tuple[int, StoredEpoch]]:
        epochs = self._epochs.pop(trial_id, None)
        if epochs is None:
            rows = self._connection.execute(f"SELECT {COLUMNS}, seq FROM epochs WHERE trial_id = ?", (trial_id,))
            epochs = [(row[-1], stored_epoch(row)) for row in rows]
        self._epochs[trial_id] = epochs
        while len(self._epochs) > _KEPT_TRIALS:
            del self._epochs[next(iter(self._epochs))]
        return epochs

    def epochs(self, trial_id: str, position: int) -> tuple[EpochView, ...]:
        """The epochs of the trial's training then; as long as it had none, those of the latest attempt that had."""
        self._go(position)
        moment = self._trials.get(trial_id)
        trained = self._trained(trial_id, position, 0)
        if moment is None or not trained:
            return ()
        first = min(moment.first_attempt, max(each.attempt for each in trained))
        return tuple(each.view for each in one_curve(each for each in trained if each.attempt >= first))

    def epochs_ended(self, trial_id: str, position: int) -> int:
        """How many epochs of all attempts at a trial had ended."""
        return len(self._trained(trial_id, position, 0))

    def is_over(self, trial_id: str, position: int) -> bool:
        """Whether a trial had ended, and nothing happened to it afterwards."""
        self._go(position)
        moment = self._trials.get(trial_id)
        return moment is not None and moment.view.status is not TrialState.RUNNING and moment == self._rows[trial_id]

    def model_summary(self, trial_id: str, position: int) -> ModelSummary | None:
        """The trial's built model, once it was known."""
        row = self._connection.execute(
            "SELECT data FROM events WHERE trial_id = ? AND kind = ? AND seq <= ? ORDER BY seq DESC LIMIT 1",
            (trial_id, ModelBuilt.kind, self.timeline.seqs[position]),
        ).fetchone()
        return None if row is None else model_summary_from_data(json_values.load(row[0]))

    def interventions(self, position: int) -> tuple[Intervention, ...]:
        """What people had asked of the search."""
        return read_interventions(self._connection, self.timeline.seqs[position])

    def next_change(self, position: int, by: int) -> int:
        """The position at which a trial next began or ended (`by` 1), or had done so before (-1)."""
        places = self._changes_from
        if by > 0:
            index = bisect_right(places, position)
            return places[index] if index < len(places) else self.timeline.end
        index = bisect_left(places, position) - 1
        return places[index] if index >= 0 else 1


def _order(epoch: StoredEpoch) -> tuple[int, int, int]:
    return epoch.attempt, *epoch.position
