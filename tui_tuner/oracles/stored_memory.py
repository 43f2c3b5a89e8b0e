"""An oracle's memory in KerasTuner's files: `oracle.json`, and a `trial.json` for each trial."""

from __future__ import annotations

import math
import os
import time
import warnings
from pathlib import Path
from typing import Any

from tui_tuner.oracles.json_files import read_json, write_json
from tui_tuner.oracles.memory import WRITTEN_BY, OracleMemory
from tui_tuner.oracles.synchronization import synchronized
from tui_tuner.oracles.trial import Trial, TrialStatus
from tui_tuner.space import HyperParameters


class StoredMemory(OracleMemory):
    """A memory that can be saved in KerasTuner's files, and read from them.

    Attributes:
        unreadable_files: Files that the last `reload` could not use.
    """

    def __init__(self, hyperparameters: HyperParameters | None, seed: int | None) -> None:
        super().__init__(hyperparameters, seed)
        self.directory: str | os.PathLike[str] | None = None
        self.project_name: str | None = None
        self.unreadable_files: tuple[Path, ...] = ()

    def set_project_dir(self, directory: str | os.PathLike[str], project_name: str) -> None:
        """Say where `save` and `reload` find their files: in `<directory>/<project_name>`."""
        self.directory = directory
        self.project_name = project_name

    _set_project_dir = set_project_dir  # the name that KerasTuner's tuners call

    @property
    def project_dir(self) -> Path:
        """The search directory.

        Raises:
            ValueError: If `set_project_dir` was not called.
        """
        if self.directory is None or self.project_name is None:
            raise ValueError("The oracle has no project directory yet: call `set_project_dir` first.")
        return Path(self.directory) / self.project_name

    @synchronized
    def save(self) -> None:
        """Write `oracle.json`, and the `trial.json` of each trial that has changed since the last save.

        Its cost grows with the number of trials: call it when that is wanted, not for each event. It is for an engine,
        whose `search.db` has all of it, too: a `search.db` that lies there is not brought up to these files.
        """
        self.save_trials()
        # First in the file: so it can be seen without reading all of it.
        write_json(self.project_dir / "oracle.json", {WRITTEN_BY: "tui-tuner", **self.get_state()})

    @synchronized
    def save_as_only_record(self) -> None:
        """As `save`, where no engine writes a `search.db`: these files are all there is, as with KerasTuner."""
        self.save_trials()
        write_json(self.project_dir / "oracle.json", self.get_state())

    @synchronized
    def save_trials(self, within_s: float = math.inf) -> bool:
        """The first part of `save`, as far as one comes in so many seconds; whether it is done."""
        end = time.monotonic() + within_s
        while self._unsaved and time.monotonic() < end:
            trial_id = next(iter(self._unsaved))
            if trial_id in self.trials:
                write_json(trial_file(self.project_dir, trial_id), _for_keras_tuner(self.trials[trial_id]))
            del self._unsaved[trial_id]
        return not self._unsaved

    @synchronized
    def find_stale_files(self) -> None:
        """Let the next `save` write every trial whose file is missing, cut off, or of another status, too.

        For an oracle that was restored: after a crash its files may be behind. Reads all of them.
        """
        for trial_id, trial in self.trials.items():
            try:
                status = read_json(trial_file(self.project_dir, trial_id)).get("status")
            except (OSError, ValueError):
                status = None
            if status != _status_for_keras_tuner(trial):
                self._unsaved[trial_id] = None

    @synchronized
    def reload(self) -> None:
        """Bring back what `save` or KerasTuner wrote.

        Files that are cut off or missing are left out, named in a warning and in `unreadable_files`: a trial without
        its file is forgotten, and without `oracle.json` the memory is rebuilt from the trials.

        Raises:
            RuntimeError: If `oracle.json` is whole but not of this kind of oracle.
        """
        unreadable: list[Path] = []
        self.trials = {}
        for path in sorted(self.project_dir.glob("trial_*/trial.json")):
            try:
                trial = Trial.load(path)
                self.trials[trial.trial_id] = trial
            except (OSError, ValueError, KeyError, TypeError):
                unreadable.append(path)
        oracle_file = self.project_dir / "oracle.json"
        state = None
        try:
            state = read_json(oracle_file)
        except (OSError, ValueError):
            unreadable.append(oracle_file)
            running = [trial.trial_id for trial in self.trials.values() if trial.status == TrialStatus.RUNNING]
            self.restore(list(self.trials.values()), {}, running)
        if state is not None:
            try:
                self.set_state(state)
            except KeyError as error:
                raise RuntimeError(
                    f"{oracle_file} was written by another kind of search: it has no {error}. "
                    "Use another directory or project name, or pass `overwrite=True` to begin anew."
                ) from error
        self.trials = {trial_id: self.trials[trial_id] for trial_id in dict.fromkeys((*self.start_order, *self.trials))}
        self.unreadable_files = tuple(unreadable)
        if unreadable:
            names = ", ".join(str(path) for path in unreadable)
            warnings.warn(f"Could not be read and was left out: {names}", stacklevel=2)


def trial_file(project_dir: Path, trial_id: str) -> Path:
    """KerasTuner's file of a trial."""
    return project_dir / f"trial_{trial_id}" / "trial.json"


def _for_keras_tuner(trial: Trial) -> dict[str, Any]:
    return {**trial.get_state(), "status": _status_for_keras_tuner(trial)}


def _status_for_keras_tuner(trial: Trial) -> str:
    """The trial's status in a word that KerasTuner understands.

    It has no trial that was ended early: its Bayesian optimisation fails on one of status `STOPPED`. One that is
    `INVALID`, and not queued to be run again, is passed over everywhere and counts as no failure.
    """
    return str(TrialStatus.INVALID if trial.status == TrialStatus.STOPPED else trial.status)
