"""Reads a directory that KerasTuner wrote, as far as its files are whole. Writes nothing."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from tui_tuner.engine.store import TrialRow
from tui_tuner.engine.view import Scalar, TrialState
from tui_tuner.interop.keras_tuner_guesses import planned_trials, possible_objectives, tuner_name
from tui_tuner.interop.project import ENDED, Project, ProjectTrial
from tui_tuner.oracles import Trial, TrialStatus
from tui_tuner.oracles.json_files import read_json
from tui_tuner.oracles.memory import STATE_KEYS, WRITTEN_BY
from tui_tuner.oracles.oracle import is_scored
from tui_tuner.space import HyperParameters
from tui_tuner.space.reserved import EPOCHS

_UNREADABLE = (OSError, ValueError, KeyError, TypeError, AttributeError)
"""What comes of files that are missing, cut off, or hold something else."""

_FRESH_S = 2.0
_PATIENCE = 5
_PAUSE_S = 0.05


def is_project(root: Path) -> bool:
    """Whether KerasTuner's files are in the directory."""
    return (root / "oracle.json").is_file() or next(root.glob("trial_*/trial.json"), None) is not None


def read_project(root: Path) -> Project:
    """Read the project.

    A trial whose file cannot be read is there as a failed one without values, and its message says what is wrong: its
    id, its folder and whatever weights it has stay its own.
    """
    problems: dict[str, str] = {}
    state: Mapping[str, Any] = {}
    try:
        state = _read(root / "oracle.json")
    except _UNREADABLE as error:
        problems["oracle.json"] = _reason(error)
    trials: dict[str, Trial | None] = {}
    for path in root.glob("trial_*/trial.json"):
        trial_id = path.parent.name.removeprefix("trial_")
        try:
            trials[trial_id] = _trial(path, trial_id)
        except _UNREADABLE as error:
            problems[f"trial_{trial_id}/trial.json"] = _reason(error)
            trials[trial_id] = None
    started = [trial_id for trial_id in _strings(state.get("start_order")) if _may_name_a_folder(trial_id)]
    for trial_id in started:
        if trial_id not in trials:
            problems[f"trial_{trial_id}/trial.json"] = "is missing"
            trials[trial_id] = None
    order = [*dict.fromkeys(started), *sorted(trials.keys() - set(started), key=_by_number)]
    read = [trial for trial_id in order if (trial := trials[trial_id]) is not None]
    ended = set(_strings(state.get("end_order"))) - set(_strings(state.get("retry_queue")))
    return Project(
        tuner=tuner_name(state, read),
        objectives=possible_objectives(read),
        max_trials=planned_trials(state),
        trials=tuple(
            _project_trial(root, number, trial_id, trials[trial_id], state, trial_id in ended, problems)
            for number, trial_id in enumerate(order)
        ),
        space=_space(state, read),
        oracle_state=_oracle_state(state, {trial.trial_id: trial for trial in read}) if state else None,
        problems=tuple(f"{name} {reason}" for name, reason in problems.items()),
    )


def _read(path: Path) -> dict[str, Any]:
    """Read a JSON object; one that was written a moment ago may be in the making, and is read again."""
    for _ in range(_PATIENCE):
        try:
            return read_json(path)
        except ValueError:
            if abs(time.time() - path.stat().st_mtime) > _FRESH_S:
                break
            time.sleep(_PAUSE_S)
    return read_json(path)


def _trial(path: Path, trial_id: str) -> Trial:
    # Its early versions kept no message.
    trial = Trial.from_state({"message": None, "score": None, "best_step": 0, **_read(path), "trial_id": trial_id})
    values = trial.hyperparameters.values
    trial.hyperparameters.values = {name: value for name, value in values.items() if isinstance(value, Scalar)}
    return trial


def _project_trial(
    root: Path,
    number: int,
    trial_id: str,
    trial: Trial | None,
    state: Mapping[str, Any],
    has_ended: bool,
    problems: Mapping[str, str],
) -> ProjectTrial:
    file = f"trial_{trial_id}/trial.json"
    if trial is None:
        message = f"{file} {problems[file]}"
        return ProjectTrial(TrialRow(trial_id, number, TrialState.FAILED, {}, message=message))
    status = _status(trial, has_ended)
    scored = is_scored(trial) or (status is TrialState.STOPPED and trial.score is not None)
    counted = _mapping(state.get("run_times")).get(trial_id)
    runs = counted if isinstance(counted, int) else 0
    if status in ENDED:
        runs = max(runs, 1)
    tracker = trial.metrics
    row = TrialRow(
        trial_id=trial_id,
        number=number,
        status=status,
        hyperparameters=trial.hyperparameters.values,
        score=trial.score if scored else None,
        best_epoch=trial.best_step if scored else None,
        started=_start(state, trial_id),
        message=trial.message or "",
        attempt=max(0, runs - 1) if status is not TrialState.INTERRUPTED else runs,
        runs=runs,
        planned_epochs=_whole(trial.hyperparameters.values.get(EPOCHS)),
        metrics={name: value for name in tracker.metrics if (value := tracker.get_best_value(name)) is not None},
    )
    return ProjectTrial(row, _epochs(trial), (root / file).stat().st_mtime)


def _status(trial: Trial, has_ended: bool) -> TrialState:
    if trial.status in (TrialStatus.RUNNING, TrialStatus.IDLE):
        return TrialState.INTERRUPTED
    if trial.status == TrialStatus.INVALID and has_ended:  # how `Oracle.save` says that a trial was ended early
        return TrialState.STOPPED
    return TrialState(str(trial.status))


def _epochs(trial: Trial) -> tuple[tuple[int, Mapping[str, float]], ...]:
    by_step: dict[int, dict[str, float]] = {}
    for name, history in trial.metrics.metrics.items():
        for observation in history.get_history():
            by_step.setdefault(observation.step, {})[name] = observation.mean()
    return tuple(sorted(by_step.items()))


def _space(state: Mapping[str, Any], trials: Iterable[Trial]) -> dict[str, Any] | None:
    try:
        return HyperParameters.from_config(state["hyperparameters"]).get_config()
    except _UNREADABLE:
        pass
    space = HyperParameters()
    for trial in trials:
        space.merge(trial.hyperparameters, overwrite=False)
    return space.get_config() if space.space else None


def _oracle_state(state: Mapping[str, Any], trials: Mapping[str, Trial]) -> dict[str, Any]:
    ended = [trial_id for trial_id in _strings(state.get("end_order")) if trial_id in trials]
    failures = 0
    while failures < len(ended) and trials[ended[-1 - failures]].status == TrialStatus.FAILED:
        failures += 1
    own = {
        "retry_queue": [trial_id for trial_id in _strings(state.get("retry_queue")) if trial_id in trials],
        "run_times": {
            trial_id: times
            for trial_id, times in _mapping(state.get("run_times")).items()
            if isinstance(times, int) and trial_id not in ended
        },
        "consecutive_failures": failures,
        "subclass": {key: value for key, value in state.items() if key not in (*STATE_KEYS, WRITTEN_BY)},
    }
    return own | {key: state[key] for key in ("seed", "seed_state") if isinstance(state.get(key), int)}


def _start(state: Mapping[str, Any], trial_id: str) -> float | None:
    """When the trial began; only searches that printed something have kept it."""
    said = _mapping(_mapping(state.get("display")).get("trial_start")).get(trial_id)
    try:
        return datetime.fromisoformat(said).timestamp() if isinstance(said, str) else None
    except (ValueError, OverflowError, OSError):
        return None


def _reason(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return "is missing"
    if isinstance(error, OSError):
        return f"cannot be read ({error.strerror or error})"
    if isinstance(error, ValueError):
        return "is cut off, or no JSON"
    return f"is not as KerasTuner writes it ({type(error).__name__}: {error})"


def _may_name_a_folder(trial_id: str) -> bool:
    return not {"/", "\0"} & set(trial_id)


def _strings(value: object) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) else None


def _by_number(trial_id: str) -> tuple[float, str]:
    return int(trial_id) if trial_id.isdecimal() else math.inf, trial_id
