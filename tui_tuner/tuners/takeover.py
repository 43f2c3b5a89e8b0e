"""Takes the trials that an oracle has from KerasTuner's files over into `search.db`, so that the search can go on."""

from __future__ import annotations

from collections.abc import Mapping

from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.engine.events import TrialCreated
from tui_tuner.engine.lock import EngineLock
from tui_tuner.engine.store import Store, TrialRow
from tui_tuner.engine.view import TrialState
from tui_tuner.oracles import Oracle, Trial, TrialStatus
from tui_tuner.oracles.oracle import is_scored


def take_over(directory: SearchDirectory, oracle: Oracle) -> None:
    """Record the oracle's trials, if it has any and the directory has no search yet.

    KerasTuner's files tell neither when a trial ran nor how its epochs went. A trial that was running is recorded as
    interrupted: it will be run again.

    Raises:
        DirectoryInUseError: If an engine is about to begin a search there.
        TunerError: If `search.db` cannot be made.
    """
    if directory.exists() or not oracle.trials:
        return
    lock = EngineLock(directory.lock)
    lock.acquire()
    try:
        store = Store(directory.database)
        try:
            _record(store, oracle)
        finally:
            store.close()
    finally:
        lock.release()


def _record(store: Store, oracle: Oracle) -> None:
    with store.transaction():
        for number, trial in enumerate(oracle.trials.values()):
            store.event(TrialCreated(), trial.trial_id)
            store.trial(_row(number, trial))
        store.set_meta(space=oracle.get_space().get_config(), oracle_state=oracle.own_state())
        for best in filter(is_scored, oracle.get_best_trials()):
            store.set_meta(best_trial_id=best.trial_id)


def _row(number: int, trial: Trial) -> TrialRow:
    scored = is_scored(trial)
    return TrialRow(
        trial_id=trial.trial_id,
        number=number,
        status=_state(trial),
        hyperparameters=dict(trial.hyperparameters.values),
        score=trial.score if scored else None,
        best_epoch=trial.best_step if scored else None,
        message=trial.message or "",
        runs=1,
        metrics=_metrics(trial),
    )


def _state(trial: Trial) -> TrialState:
    if trial.status in (TrialStatus.RUNNING, TrialStatus.IDLE):
        return TrialState.INTERRUPTED
    return TrialState(str(trial.status))


def _metrics(trial: Trial) -> Mapping[str, float]:
    tracker = trial.metrics
    return {name: value for name in tracker.metrics if (value := tracker.get_best_value(name)) is not None}
