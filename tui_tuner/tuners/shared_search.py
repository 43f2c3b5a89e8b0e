"""A search that several processes share: the chief hands out trials, the workers run them by their tuner's methods."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from tui_tuner.distribute.environment import Role
from tui_tuner.errors import FatalRuntimeError
from tui_tuner.oracles import Trial, TrialStatus
from tui_tuner.oracles.oracle import is_scored
from tui_tuner.oracles.stages import stage_of
from tui_tuner.tuners.runner import TunerRunner
from tui_tuner.worker.jobs import TrialJob
from tui_tuner.worker.protocol import Reporter

if TYPE_CHECKING:
    from tui_tuner.tuners.base_tuner import BaseTuner

_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.1, 5.0


def serve_as_chief(tuner: BaseTuner, role: Role) -> None:
    """Answer the workers until the search is over. No trial runs here, and no hook is called.

    Raises:
        RoleError: If the chief cannot listen on its address.
        RuntimeError: If too many trials failed in a row, or if none completed.
    """
    from tui_tuner.distribute.chief import serve  # here: it loads gRPC

    tuner.save()
    serve(tuner.oracle, role)
    if not any(is_scored(trial) for trial in tuner.oracle.trials.values()):
        raise FatalRuntimeError(f"The search in {tuner.project_dir} failed: no trial completed.")


def work_for_chief(tuner: BaseTuner, runner: TunerRunner) -> None:
    """Run the trials that the chief hands out until it has no more.

    Raises:
        Exception: What must end the search: a fatal error of a trial, a hook's, or the chief's.
    """
    from tui_tuner.distribute.client import OracleClient

    if isinstance(tuner.oracle, OracleClient):
        tuner.oracle.begin_search()
    tuner.on_search_begin()
    tuner.pre_create_trial()
    number, wait_s, idle = 0, _FIRST_WAIT_S, threading.Event()
    while runner.error is None:
        trial = tuner.oracle.create_trial(tuner.tuner_id)
        if trial.status == TrialStatus.STOPPED:
            break
        if trial.status != TrialStatus.RUNNING:  # nothing to run until another worker has ended its trial
            idle.wait(wait_s)
            wait_s = min(wait_s * 2, _LONGEST_WAIT_S)
            continue
        wait_s = _FIRST_WAIT_S
        runner.run_trial(_job(trial, number), Reporter(tuner.tuner_id, lambda report: None))
        number += 1
    if runner.error is not None:
        raise runner.error
    tuner.on_search_end()


def _job(trial: Trial, ahead: int) -> TrialJob:
    stage = stage_of(trial.hyperparameters.values)
    return TrialJob(
        trial_id=trial.trial_id,
        number=int(trial.trial_id) if trial.trial_id.isdigit() else ahead,
        attempt=0,
        hyperparameters=trial.hyperparameters.get_config(),
        epochs=None if stage is None else stage.epochs,
        initial_epoch=0 if stage is None else stage.initial_epoch,
        continues=None if stage is None else stage.parent,
        may_be_continued=stage is not None and stage.may_be_continued,
    )
