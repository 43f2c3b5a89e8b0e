"""What is measured of trials beside the metrics that training logs, where a search asks for it."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from tui_tuner.engine.work import Work
from tui_tuner.worker import reports
from tui_tuner.worker.jobs import Control


class Measuring:
    """Adds measures to the results of trials, and ends those early that cannot keep to a constraint any more."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._parameters: dict[str, int] = {}
        self._durations: dict[str, tuple[int, list[float]]] = {}  # with the attempt that began the training

    def model_built(self, report: reports.ModelBuilt) -> None:
        """How large a model is, is known before it is trained."""
        from tui_tuner.oracles.constraints import PARAMETERS  # here: viewers draw before the oracles are loaded

        work, trial_id = self._work, report.trial_id
        if PARAMETERS not in work.spec.measures:
            return
        self._parameters[trial_id] = report.summary.parameters
        for constraint in work.oracle.constraints:
            if constraint.name == PARAMETERS and constraint.slack(report.summary.parameters) < 0.0:
                work.running.tell_to_end(trial_id, f"{report.summary.parameters:,} parameters: it must be {constraint}")
                work.tell(trial_id, Control.SKIP)

    def epoch_ended(self, report: reports.EpochEnded) -> None:
        """How long an epoch took."""
        work, trial_id = self._work, report.trial_id
        if not work.spec.measures:
            return
        first = work.recorder.row(trial_id).first_attempt
        if trial_id not in self._durations or self._durations[trial_id][0] != first:
            # Of attempts before: those of this one are not written yet.
            self._durations[trial_id] = first, work.store.epoch_durations(trial_id, first, report.attempt)
        self._durations[trial_id][1].append(report.duration_s)

    def with_measures(self, report: reports.TrialEnded) -> reports.TrialEnded:
        """The results of a trial with what was measured of it; a metric of the same name counts more."""
        if not self._work.spec.measures or not report.executions:
            return report
        measures = self._measures(report.trial_id)
        executions = tuple(replace(each, metrics={**measures, **each.metrics}) for each in report.executions)
        return replace(report, executions=executions)

    def _measures(self, trial_id: str) -> Mapping[str, float]:
        from tui_tuner.oracles.constraints import EPOCH_TIME, PARAMETERS, TRAINING_TIME

        work = self._work
        if trial_id not in self._durations and {EPOCH_TIME, TRAINING_TIME} & set(work.spec.measures):
            # It was cut off when all epochs were trained: another engine has heard of them.
            row = work.recorder.row(trial_id)
            self._durations[trial_id] = 0, work.store.epoch_durations(trial_id, row.first_attempt, row.attempt)
        _, durations = self._durations.pop(trial_id, (0, []))
        parameters = self._parameters.pop(trial_id, None)
        if parameters is None and PARAMETERS in work.spec.measures:
            # Only a trial's first execution tells of its model: an engine before this one may have heard it.
            parameters = work.store.model_parameters().get(trial_id)
        return measures(work.spec.measures, durations, parameters)


def measures(names: Iterable[str], durations: Sequence[float], parameters: int | None) -> Mapping[str, float]:
    """What was measured of a trial.

    Args:
        names: What is wanted, of `oracles.constraints.MEASURES`.
        durations: Seconds of its epochs.
        parameters: Of its model.
    """
    from tui_tuner.oracles.constraints import EPOCH_TIME, PARAMETERS, TRAINING_TIME

    found: dict[str, float] = {}
    if durations:
        found = {EPOCH_TIME: statistics.median(durations), TRAINING_TIME: math.fsum(durations)}
    if parameters is not None:
        found[PARAMETERS] = float(parameters)
    return {name: found[name] for name in names if name in found}
