"""Has a pruner judge each epoch of the running trials, and ends those that are not worth going on with."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from typing import TYPE_CHECKING

from tui_tuner.engine import events
from tui_tuner.engine.judged_epochs import Decision, JudgedEpochs
from tui_tuner.engine.store import TrialRow
from tui_tuner.engine.view import TrialState
from tui_tuner.engine.work import Work
from tui_tuner.worker.jobs import Control
from tui_tuner.worker.reports import EpochEnded

if TYPE_CHECKING:
    from tui_tuner.oracles import Trial
    from tui_tuner.oracles.pruners import Pruner


class Pruning:
    """Judges the trials of one search. All of it runs inside a transaction; answers go out once that is through.

    Only trials that the oracle proposed are stopped: what a person asked for, by hand, in the config or as a rerun,
    runs to its end. Epochs of reruns do not count for others either: they would multiply the configuration that they
    repeat. A trial that has come to its last epoch is not stopped any more. What was decided of a trial that was cut
    off before it ended stays decided: it ends where it would have, or at once if it goes on from after that.
    """

    def __init__(self, work: Work, pruner: Pruner) -> None:
        self._work = work
        self._pruner = pruner
        self._reported: dict[str, int] = {}  # epochs of each running trial in its present run
        self._decided: dict[str, Decision] = {}  # by trial, until it has ended
        self._unanswered: dict[str, None] = {}
        self._remembers = False
        self._bars: list[tuple[str, list[tuple[int, float]], bool]] = []

    def trial_started(self, trial_id: str) -> None:
        """The trial runs, for the first time or again."""
        self._reported[trial_id] = 0

    def epoch_ended(self, report: EpochEnded) -> None:
        """Judge an epoch of a running trial, and see to it that it is answered."""
        from tui_tuner.oracles.pruners import FinishedEpoch

        self._remember()
        work, trial_id = self._work, report.trial_id
        self._reported[trial_id] = self._reported.get(trial_id, 0) + 1
        if not self._unanswered:
            work.after_commit.append(self._answer)
        self._unanswered[trial_id] = None
        row = work.recorder.row(trial_id)
        if row.rerun_of is not None:
            return
        epoch = FinishedEpoch(trial_id, report.execution, report.epoch, report.metrics.get(work.spec.objective.name))
        self._pruner.take(epoch)
        if row.origin or not work.running.goes_on(trial_id) or self._is_last(row, report):
            return
        decision = self._decided.get(trial_id)
        if decision is None:
            reason = self._pruner.reason(epoch)
            if reason is None:
                return
            decision = self._decided[trial_id] = Decision(report.execution, report.epoch, reason)
            work.store.event(events.TrialPruned(reason, report.attempt, report.execution, report.epoch), trial_id)
        if (report.execution, report.epoch) >= (decision.execution, decision.epoch):
            work.running.tell_to_end(trial_id, decision.reason)

    def trial_ended(self, trial: Trial) -> None:
        """The oracle has judged the trial."""
        self._remember()
        self._reported.pop(trial.trial_id, None)
        self._decided.pop(trial.trial_id, None)
        if trial.status in (TrialState.COMPLETED, TrialState.STOPPED):
            self._pruner.end(trial.trial_id, completed=trial.status == TrialState.COMPLETED)
        else:
            self._pruner.forget(trial.trial_id)
        self._write_bars()

    def _write_bars(self) -> None:
        """Keep what trials are measured by, for people to see."""
        bars = [(bar.name, _thinned(bar.points), bar.goes_on) for bar in self._pruner.bars()]
        if bars != self._bars:
            self._bars = bars
            self._work.store.set_meta(pruner_bars=bars)

    def _remember(self) -> None:
        """Let the pruner know what it knew when the last engine ended: before the first epoch, because a search that
        goes on should not wait for it until then."""
        if self._remembers:
            return
        self._remembers = True
        from tui_tuner.oracles.pruners import EndedCurve, FinishedEpoch  # here: the app draws before they are loaded

        work, pruner = self._work, self._pruner
        with closing(JudgedEpochs(work.spec.directory.database, work.spec.objective.name)) as stored:
            for curve in stored.ended():
                pruner.take_ended(EndedCurve._make(curve))
            for epoch in stored.others():
                pruner.take(FinishedEpoch._make(epoch))
            self._decided.update(stored.decided())
        for row in work.recorder.rows():
            if row.status in (TrialState.COMPLETED, TrialState.STOPPED):
                pruner.end(row.trial_id, completed=row.status is TrialState.COMPLETED)

    def _is_last(self, row: TrialRow, report: EpochEnded) -> bool:
        """Whether nothing of the trial is left that could be spared."""
        if report.execution + 1 < self._work.spec.executions_per_trial or row.planned_epochs is None:
            return False
        return report.epoch + 1 >= row.planned_epochs

    def _answer(self) -> None:
        """Tell the trials that wait for it that their epochs have been judged, and what follows."""
        work = self._work
        for trial_id in self._unanswered:
            if trial_id in work.running:
                wish = work.running.wish(trial_id)
                if wish is Control.RUN and work.steering.blocked:
                    wish = Control.PAUSE
                work.executor.control(trial_id, wish, self._reported.get(trial_id, 0))
        self._unanswered.clear()


_MOST_POINTS = 200


def _thinned(points: Sequence[tuple[int, float]]) -> list[tuple[int, float]]:
    """At most so many points, the last one among them."""
    every = -(-len(points) // _MOST_POINTS)
    return list(points[:: -(every or 1)][::-1])
